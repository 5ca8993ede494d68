"""Block RAM and multiplier against their second description, under random operations that often meet in one place."""

import random

import numpy as np
import pytest

from binloom.sim.netlist import CELLS
from binloom.sim.simulator import Job, Port, Shell, launch
from binloom.toolchain.run import ToolError
from binloom.toolchain.verilator import Library, Settings
from tests.sim.cells.ecp5 import SELECT, Mult, MultModel, MultPins, PortPins, Ram, RamModel

SOURCES = tuple(sorted((CELLS / "ecp5").glob("*.v")))
OPERATIONS = 1500

RAMS = [
    Ram(18, 18),
    Ram(9, 9, write=("READBEFOREWRITE", "WRITETHROUGH")),
    Ram(4, 4, write=("WRITETHROUGH", "READBEFOREWRITE"), register=(True, False)),
    Ram(2, 2, register=(False, True), select=True),
    Ram(1, 1, write=("WRITETHROUGH", "NORMAL"), asynchronous=True),
    Ram(1, 18, write=("READBEFOREWRITE", "WRITETHROUGH")),
    Ram(18, 4, write=("WRITETHROUGH", "READBEFOREWRITE"), register=(True, True), asynchronous=True),
    Ram(9, 2, inverted=True),
    Ram(36, 36),
    Ram(36, 18, register=(False, True), select=True),
    Ram(36, 9, inverted=True, register=(False, True)),
    Ram(36, 2),
    Ram(36, 36, "PDPW16KD"),
    Ram(36, 36, "PDPW16KD", register=(True, True), select=True),
    Ram(36, 18, "PDPW16KD", asynchronous=True),
    Ram(36, 4, "PDPW16KD", inverted=True),
    Ram(36, 1, "PDPW16KD"),
]
MULTS = [
    Mult(),
    Mult(((0, 0, 0), (1, 1, 1), (2, 2, 2), (3, 3, 3), (0, 1, 2))),
    Mult(((3, 2, 1), None, None, (1, 1, 0), None), asynchronous=True),
    Mult((None, (1, 3, 2), (0, 0, 1), None, (2, 0, 3)), asynchronous=True),
]


def bus(name: str, width: int, wire: str, first: int = 0) -> str:
    """Each pin of a bus on its wire of a vector."""
    return ", ".join(f".{name}{bit}({wire}[{bit - first}])" for bit in range(first, first + width))


def simulate(body: str, i_bits: int, o_bits: int, beats: list[int]) -> list[int]:
    """What comes out in each cycle of a module whose pins `pins` take a beat a cycle and whose results are `seen`."""
    verilog = f"""module dut (input clk, input rst, input [{i_bits - 1}:0] i__payload, input i__valid, output i__ready,
        output [{o_bits - 1}:0] o__payload, output o__valid, input o__ready);
      wire [{i_bits - 1}:0] pins = i__valid ? i__payload : 0;
      wire [{o_bits - 1}:0] seen;
      assign i__ready = 1, o__valid = i__valid, o__payload = seen;
      {body}
    endmodule
    """
    shell = Shell("dut", (Port.of("i", i_bits),), (Port.of("o", o_bits),))
    size = (i_bits + 7) // 8
    data = np.frombuffer(b"".join(beat.to_bytes(size, "little") for beat in beats), np.uint8).reshape(-1, size)
    simulator = shell.build(verilog, Settings(optimise="-O0", cells=Library(SOURCES)))
    out = launch(simulator, shell, Job({"i": data}, {"o": len(beats)})).beats["o"]
    return [int.from_bytes(beat.tobytes(), "little") for beat in out]


def ram_instance(number: int, ram: Ram, contents: list[int]) -> str:
    base, sync = 36 * number, "ASYNC" if ram.asynchronous else "SYNC"
    mode = ["OUTREG" if register else "NOREG" for register in ram.register]
    code = f'"0b{SELECT:03b}"' if ram.select else '"0b000"'
    inits = [
        sum(word << 20 * place for place, word in enumerate(contents[row : row + 16])) for row in range(0, 1024, 16)
    ]
    common = [f".INITVAL_{row:02X}(320'h{value:x})" for row, value in enumerate(inits)]
    common += [f'.RESETMODE("{sync}"), .ASYNC_RESET_RELEASE("{sync}")']
    if ram.cell == "DP16KD":
        ports = zip("AB", (ram.a, ram.b), ram.write, mode, strict=True)
        parameters = [
            f'.DATA_WIDTH_{port}({width}), .WRITEMODE_{port}("{write}"), .REGMODE_{port}("{register}")'
            f", .CSDECODE_{port}({code})"
            for port, width, write, register in ports
        ]
        parameters += ['.CLKBMUX("INV")'] if ram.inverted else []
        pins = [
            f"{bus(f'AD{port}', 14, at)}, {bus(f'DI{port}', 18, f'{at}_di')}, {bus(f'CS{port}', 3, f'{at}_cs')}, "
            f".CE{port}({at}_ce), .OCE{port}({at}_oce), .WE{port}({at}_we), .RST{port}({at}_rst), .CLK{port}(clk), "
            f"{bus(f'DO{port}', 18, f'seen_{number}_{at}')}"
            for port, at in (("A", "a"), ("B", "b"))
        ]
    else:
        parameters = [
            f'.DATA_WIDTH_W(36), .DATA_WIDTH_R({ram.b}), .REGMODE("{mode[1]}")',
            f".CSDECODE_W({code}), .CSDECODE_R({code})",
        ]
        parameters += ['.CLKRMUX("INV")'] if ram.inverted else []
        pins = [
            f"{bus('BE', 4, 'a')}, {bus('ADW', 9, 'a[13:5]')}, {bus('ADR', 14, 'b')}, {bus('DI', 18, 'a_di')}, "
            f"{bus('DI', 18, 'b_di', 18)}, {bus('CSW', 3, 'a_cs')}, {bus('CSR', 3, 'b_cs')}, .CEW(a_ce), .CER(b_ce), "
            f".OCER(b_oce), .CLKW(clk), .CLKR(clk), .RST(b_rst), {bus('DO', 18, f'seen_{number}_b')}, "
            f"{bus('DO', 18, f'seen_{number}_a', 18)}"
        ]
        pins = [pins[0].replace("a[13:5][", "row[")]
    return f"""wire [17:0] seen_{number}_a, seen_{number}_b;
      {ram.cell} #({", ".join([*parameters, *common])}) ram_{number} ({", ".join(pins)});
      assign seen[{base} +: 36] = {{seen_{number}_b, seen_{number}_a}};
    """


def ram_beats(rng: random.Random, count: int) -> list[int]:
    """39 bits a port: address, data, cs, rst, we, oce, ce, the last highest. Often both ports are in one row."""

    def port(row: int) -> int:
        cs = rng.choice([0, 0, 0, SELECT, SELECT, rng.randrange(8)])
        control = (
            cs
            | (rng.random() < 0.05) << 3
            | (rng.random() < 0.5) << 4
            | (rng.random() < 0.7) << 5
            | (rng.random() < 0.8) << 6
        )
        return row << 5 | rng.randrange(32) | rng.getrandbits(18) << 14 | control << 32

    beats = []
    for _ in range(count):
        a, b = (rng.choice([0, 0, 511, rng.randrange(512)]) for _ in range(2))
        beats.append(port(a) | port(a if rng.random() < 0.5 else b) << 39)
    return beats


def port_pins(beat: int) -> PortPins:
    control = beat >> 32
    cs, rst, we, oce, ce = control & 7, *(control >> bit & 1 for bit in range(3, 7))
    return PortPins(beat & 0x3FFF, beat >> 14 & 0x3FFFF, ce, oce, we, rst, cs)


def test_block_rams():
    """Every width, write mode, register, reset, chip select and clock edge; contents; byte enables; meeting ports."""
    rng = random.Random(1)
    contents = [rng.getrandbits(18) for _ in range(1024)]
    beats = ram_beats(rng, OPERATIONS)
    wires = "".join(
        f"""wire [13:0] {at} = pins[{base} +: 14]; wire [17:0] {at}_di = pins[{base + 14} +: 18];
        wire [2:0] {at}_cs = pins[{base + 32} +: 3];
        wire {at}_rst = pins[{base + 35}], {at}_we = pins[{base + 36}];
        wire {at}_oce = pins[{base + 37}], {at}_ce = pins[{base + 38}];
        """
        for at, base in (("a", 0), ("b", 39))
    )
    body = wires + "wire [8:0] row = a[13:5];\n"
    body += "".join(ram_instance(number, ram, contents) for number, ram in enumerate(RAMS))
    got = simulate(body, 78, 36 * len(RAMS), beats)
    for number, ram in enumerate(RAMS):
        model = RamModel(ram, contents)
        for cycle, beat in enumerate(beats):
            pins = (port_pins(beat), port_pins(beat >> 39))
            if ram.cell == "PDPW16KD":
                pins[0].rst = pins[1].rst
            if ram.inverted:
                model.clock((1,), pins)
            seen = got[cycle] >> 36 * number
            a, b = model.outputs(pins)
            mask = (1 << 18) - 1
            if not ram.wide or ram.b == 36:
                assert (seen & mask) == a, f"{ram}, cycle {cycle}: port A gives {seen & mask:018b}, expected {a:018b}"
            assert (seen >> 18 & mask) == b, (
                f"{ram}, cycle {cycle}: port B gives {seen >> 18 & mask:018b}, expected {b:018b}"
            )
            model.clock((0,) if ram.inverted else (0, 1), pins)


def mult_instance(number: int, mult: Mult) -> str:
    parameters = ['.RESETMODE("ASYNC")'] if mult.asynchronous else []
    for name, register in zip(("INPUTA", "INPUTB", "INPUTC", "PIPELINE", "OUTPUT"), mult.registers, strict=True):
        if register is not None:
            kinds = zip(("CLK", "CE", "RST"), register, strict=True)
            parameters += [f'.REG_{name}_{kind}("{kind}{choice}")' for kind, choice in kinds]
    pins = [bus(name, 18, name.lower()) for name in ("A", "B", "C", "SRIA", "SRIB")]
    pins += [bus("CE", 4, "ce"), bus("RST", 4, "reset"), *(f".CLK{clock}(clk)" for clock in range(4))]
    pins += [".SIGNEDA(sign[0]), .SIGNEDB(sign[1]), .SOURCEA(source[0]), .SOURCEB(source[1])"]
    at = f"seen_{number}"
    pins += [bus("P", 36, at), f".SIGNEDP({at}[36])"]
    pins += [bus(name, 18, f"{name.lower()}_{number}") for name in ("ROA", "ROB", "ROC", "SROA", "SROB")]
    return f"""wire [36:0] {at};
      wire [17:0] roa_{number}, rob_{number}, roc_{number}, sroa_{number}, srob_{number};
      MULT18X18D #({", ".join(parameters)}) mult_{number} ({", ".join(pins)});
      assign seen[{127 * number} +: 127] =
          {{srob_{number}, sroa_{number}, roc_{number}, rob_{number}, roa_{number}, {at}}};
    """


def test_multipliers():
    """Signs, shift chain, each register with its own clock, enable and reset, both kinds of reset."""
    rng = random.Random(2)
    corners = [0, 1, (1 << 17) - 1, 1 << 17, (1 << 18) - 1]

    def number() -> int:
        return rng.choice(corners) if rng.random() < 0.3 else rng.getrandbits(18)

    def controls() -> int:
        return rng.getrandbits(4) | rng.getrandbits(4) | sum((rng.random() < 0.1) << 4 + bit for bit in range(4))

    beats = []
    for _ in range(OPERATIONS):
        numbers = sum(number() << 18 * place for place in range(5))
        beats.append(numbers | rng.getrandbits(4) << 90 | controls() << 94)
    body = """wire [17:0] a = pins[0 +: 18], b = pins[18 +: 18], c = pins[36 +: 18];
      wire [17:0] sria = pins[54 +: 18], srib = pins[72 +: 18];
      wire [1:0] sign = pins[90 +: 2], source = pins[92 +: 2];
      wire [3:0] ce = pins[94 +: 4], reset = pins[98 +: 4];
    """
    body += "".join(mult_instance(number, mult) for number, mult in enumerate(MULTS))
    got = simulate(body, 102, 127 * len(MULTS), beats)
    for place, mult in enumerate(MULTS):
        model = MultModel(mult)
        for cycle, beat in enumerate(beats):
            a, b, c, chain_a, chain_b = (beat >> 18 * field & 0x3FFFF for field in range(5))
            pins = MultPins(a, b, c, beat >> 90 & 3, beat >> 92 & 3, beat >> 94 & 15, beat >> 98 & 15, chain_a, chain_b)
            expected = model.outputs(pins)
            expected |= (expected >> 37 & ((1 << 36) - 1)) << 91  # the chain hands on what the inputs hold
            seen = got[cycle] >> 127 * place & ((1 << 127) - 1)
            assert seen == expected, f"{mult}, cycle {cycle}: got {seen:0127b}, expected {expected:0127b}"
            model.clock(pins)


@pytest.mark.parametrize(
    ("cell", "words"),
    [
        ("DP16KD #(.DATA_WIDTH_A(8))", "an ECP5 block RAM is 1, 2, 4, 9, 18 or 36 bits wide, not 8"),
        ('DP16KD #(.RESETMODE("ASYNC"))', "RESETMODE and ASYNC_RESET_RELEASE must be the same"),
        ("PDPW16KD #(.DATA_WIDTH_W(18))", "PDPW16KD writes 36 bits, not 18"),
        ('MULT18X18D #(.SOURCEB_MODE("C_SHIFT"))', "of SOURCEB_MODE only B_SHIFT is modelled"),
    ],
)
def test_what_is_not_modelled_is_refused(cell, words):
    with pytest.raises(ToolError, match=words):
        simulate(f"{cell} dut_cell (); assign seen = 0;", 1, 1, [0])
