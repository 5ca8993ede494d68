"""Three pins for a design of hundreds: what stands around it where nextpnr knows no design without pins."""

from collections.abc import Mapping

TOP = "binloom_three_pins"
INSTANCE = "design"


def harness(manifest: Mapping) -> str:
    """Verilog of a module TOP with the pins clk, d and q around a build's design.

    A shift register from d feeds all inputs; all outputs go into registers, whose parity is q. So every path of the
    design starts and ends at a register, and nothing of it can be left out.
    """
    ports = manifest["ports"]
    inputs: list[tuple[str, int]] = [(ports["reset"], 1)]
    outputs: list[tuple[str, int]] = []
    taking = [*ports["inputs"], *([ports["load"]] if ports["load"] else [])]
    for sources, sinks, found in ((inputs, outputs, taking), (outputs, inputs, ports["outputs"])):
        for port in found:
            sources += [(port["payload"], port["width"]), (port["valid"], 1)]
            sources += [(port["last"], 1)] if port["last"] else []
            sinks.append((port["ready"], 1))
    lines = [f"    .{ports['clock']}(clk)", *_connections(inputs, "feed"), *_connections(outputs, "seen")]
    fed, seen = (sum(width for _, width in found) for found in (inputs, outputs))
    connections = ",\n".join(lines)
    return f"""\
module {TOP}(input clk, input d, output reg q);
  reg [{fed - 1}:0] feed;
  reg [{seen - 1}:0] kept;
  wire [{seen - 1}:0] seen;
  always @(posedge clk) begin
    feed <= {{feed, d}};
    kept <= seen;
    q <= ^kept;
  end
  {manifest["name"]} {INSTANCE} (
{connections}
  );
endmodule
"""


def _connections(ports: list[tuple[str, int]], vector: str) -> list[str]:
    lines, low = [], 0
    for name, width in ports:
        lines.append(f"    .{name}({vector}[{low + width - 1}:{low}])")
        low += width
    return lines
