"""`NAME_tb.v`: a bench in plain Verilog, for Verilator 5: frames of vectors/ in, what comes out held against them.

Random stalls on both sides. It ends with a line PASS, or with a line FAIL and $fatal.
"""

from collections.abc import Mapping

from binloom.compiler.emit.ports import Port, Ports

PATIENCE = 20  # times what a frame is said to take

NOTES = (
    "// Runs where the build lies, or with +vectors=FOLDER; +seed=N is that of the random stalls. For Verilator 5: a",
    "// simulator that waits for events may never look at what does not change when time begins, and see X there.",
)


def write_testbench(bench: str, ports: Ports, manifest: Mapping, frames: int) -> str:
    """The module `bench`. Weights are in the folder around that of the vectors."""
    name, timing = manifest["name"], manifest["timing"]
    limit = 10_000 + PATIENCE * frames * max(timing["cycles_per_frame"], *timing["latency_last"].values())
    if ports.load:
        limit += PATIENCE * ports.load.map.beats
    done = " && ".join(f"{port.name}_index == {frames * port.map.beats}" for port in ports.outputs)
    read = [
        f'    $readmemh({{vectors, "/{port.name}.hex"}}, {port.name}_words);'
        for port in (*ports.inputs, *ports.outputs)
    ]
    if ports.load:
        read.append(f'    $readmemh({{vectors, "/../{manifest["loads"]["file"]}"}}, {ports.load.name}_words);')
    loaded = f"{ports.load.name}_index == {ports.load.map.beats}" if ports.load else "1'b1"
    return "\n".join(
        [
            f"// Bench of {name}: {frames} frames of vectors/ in, and what comes out must be what vectors/ says.",
            *NOTES,
            "`timescale 1ns / 1ps",
            "",
            f"module {bench};",
            f"  reg {ports.clock} = 0, {ports.reset} = {ports.reset_active};",
            f"  always #5 {ports.clock} = ~{ports.clock};",
            "  reg running = 0;",
            f"  wire loaded = {loaded};",
            "  integer cycle = 0, seed = 1, dice;",
            "  reg [8*4096-1:0] vectors;",
            "  initial begin",
            '    if (!$value$plusargs("vectors=%s", vectors)) vectors = "vectors";',
            '    if (!$value$plusargs("seed=%d", seed)) seed = 1;',
            "    dice = seed;",
            *read,
            f"    repeat (3) @(posedge {ports.clock});",
            f"    {ports.reset} <= {1 - ports.reset_active};",
            "    running <= 1;",
            "  end",
            "",
            *(line for port in ports.sources for line in _source(port, ports, frames)),
            *(line for port in ports.outputs for line in _sink(port, ports, frames)),
            f"  {name} dut (",
            f"    .{ports.clock}({ports.clock}), .{ports.reset}({ports.reset}),",
            ",\n".join(f"    {_pins(port)}" for port in (*ports.sources, *ports.outputs)),
            "  );",
            "",
            f"  always @(posedge {ports.clock}) begin",
            "    cycle <= cycle + 1;",
            f"    if ({done}) begin",
            f'      $display("PASS: {frames} frames of {name}, %0d cycles, seed %0d", cycle, seed);',
            "      $finish;",
            "    end",
            f"    if (cycle > {limit}) begin",
            f'      $display("FAIL: {name} is stuck, cycle %0d", cycle);',
            "      $fatal;",
            "    end",
            "  end",
            "endmodule",
            "",
        ]
    )


def _pins(port: Port) -> str:
    wires = [port.payload, port.valid, port.ready, *([port.last] if port.last else [])]
    return ", ".join(f".{wire}({wire})" for wire in wires)


def _source(port: Port, ports: Ports, frames: int) -> list[str]:
    """Offers its beats in order; what it has offered stays until it is taken."""
    is_load = port == ports.load
    name, beats = port.name, port.map.beats * (1 if is_load else frames)
    may = "running" if is_load else "running && loaded"
    lines = [
        f"  reg [{port.width - 1}:0] {name}_words [0:{beats - 1}];",
        f"  integer {name}_index = 0;",
        f"  reg {port.valid} = 0;",
        f"  wire {port.ready};",
        f"  wire [{port.width - 1}:0] {port.payload} = {name}_words[{name}_index < {beats} ? {name}_index : 0];",
    ]
    if port.last:
        lines.append(f"  wire {port.last} = ({name}_index + 1) % {port.map.beats} == 0;")
    return [
        *lines,
        f"  wire {name}_taken = {port.valid} && {port.ready};",
        f"  always @(posedge {ports.clock}) begin",
        f"    if ({name}_taken) {name}_index <= {name}_index + 1;",
        f"    if (!{port.valid} || {port.ready})",
        f"      {port.valid} <= {may} && {name}_index + {name}_taken < {beats} && $random(dice) % 4 != 0;",
        "  end",
        "",
    ]


def _sink(port: Port, ports: Ports, frames: int) -> list[str]:
    """Takes beats and holds each against the one expected."""
    name, beats = port.name, port.map.beats
    wrong = f"{port.payload} !== {name}_words[{name}_index]"
    if port.last:
        wrong += f" || {port.last} !== (({name}_index + 1) % {beats} == 0)"
    return [
        f"  reg [{port.width - 1}:0] {name}_words [0:{frames * beats - 1}];",
        f"  integer {name}_index = 0;",
        f"  reg {port.ready} = 0;",
        f"  wire {port.valid};",
        f"  wire [{port.width - 1}:0] {port.payload};",
        *([f"  wire {port.last};"] if port.last else []),
        f"  always @(posedge {ports.clock}) begin",
        f"    {port.ready} <= running && $random(dice) % 4 != 0;",
        f"    if ({port.valid} && {port.ready}) begin",
        f"      if ({wrong}) begin",
        f'        $display("FAIL: {name}, frame %0d, beat %0d: got %h, expected %h, cycle %0d",',
        f"          {name}_index / {beats}, {name}_index % {beats}, {port.payload}, "
        f"{name}_words[{name}_index], cycle);",
        "        $fatal;",
        "      end",
        f"      {name}_index <= {name}_index + 1;",
        "    end",
        "  end",
        "",
    ]
