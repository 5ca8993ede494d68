"""`NAME.core`: the build as a core of FuseSoC, which other cores depend on; it lints, and runs its own bench."""

from collections.abc import Mapping, Sequence

from binloom.compiler.emit.ports import Ports

LIBRARY = "binloom:networks"


def write_core(ports: Ports, manifest: Mapping, sources: Sequence[str], bench: str) -> str:
    """`sources` are the Verilog files; the last of them holds the module that a linter begins at."""
    name = manifest["name"]
    vectors = [f"vectors/{port.name}.hex" for port in (*ports.inputs, *ports.outputs)]
    weights = [manifest["loads"]["file"]] if manifest["loads"] else []
    return "\n".join(
        [
            "CAPI=2:",
            f"# The network {name}, made by binloom {manifest['binloom']}.",
            f"#   fusesoc --cores-root . run --target=lint {LIBRARY}:{name}",
            f"#   fusesoc --cores-root . run --target=sim {LIBRARY}:{name}",
            f"name: {LIBRARY}:{name}:0",
            f"description: {name}, {manifest['timing']['cycles_per_frame']} clock cycles a frame (predicted)",
            "",
            "filesets:",
            "  rtl:",
            "    files:",
            *(f"      - {source}" for source in sources),
            "    file_type: verilogSource",
            "  bench:",
            "    files:",
            f"      - {bench}.v",
            *(f"      - {file}: {{file_type: user, copyto: {file}}}" for file in (*vectors, *weights)),
            "    file_type: systemVerilogSource",
            "",
            "targets:",
            "  default:",
            "    filesets: [rtl]",
            "  lint:",
            "    flow: lint",
            "    flow_options:",
            "      tool: verilator",
            "      # Yosys writes sums whose carry is not used, and cases of which some never come.",
            "      verilator_options: [-Wno-WIDTHEXPAND, -Wno-WIDTHTRUNC, -Wno-CASEINCOMPLETE]",
            "    filesets: [rtl]",
            f"    toplevel: {sources[-1].removesuffix('.v')}",
            "  sim:",
            "    flow: sim",
            "    flow_options:",
            "      tool: verilator",
            "      mode: binary",
            "      verilator_options: [-Wno-fatal, -Wno-lint]",
            "    filesets: [rtl, bench]",
            f"    toplevel: {bench}",
            "",
        ]
    )
