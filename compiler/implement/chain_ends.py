"""Ends of carry chains that place and route would spend slots on for nothing, taken off a netlist for an ECP5.

nextpnr puts a whole CCU2C before a chain whose carry in is a constant, and another behind one whose last carry out is
connected, be it to nothing that reads it. So

- a carry out that nobody reads is left open;
- the first half of a chain with a constant carry in, c, makes its carry without it. Half a CCU2C gives S = P ^ cin and
  cout = P ? cin : G; with P = 0 and G = (P ? c : G) the carry is the same whatever cin is, and S, where somebody reads
  it, is P ^ c from a LUT of its own: one slot for two. G has two inputs, so P ? c : G may depend on no more.

All else stays as it is, and the netlist computes the same function of the same registers.
"""

from collections import Counter
from collections.abc import Iterator, Mapping
from itertools import product
from typing import Any

CARRY, LUT, OPEN = "CCU2C", "LUT4", "x"
PINS = ("A0", "B0", "C0", "D0")
CONSTANTS = {"0": 0, "1": 1, "x": 0, "z": 0}  # of a pin that nobody drives we choose

Table = Mapping[tuple[int, ...], int]  # by the values of A, B, C and D, as far as these can occur


def trim(module: dict) -> None:
    """Do this to a module of cells, in the form of yosys' JSON."""
    readers = Counter(_read(module))
    cells: dict[str, dict] = module["cells"]
    for name, cell in list(cells.items()):
        if cell["type"] != CARRY:
            continue
        for pin in ("CIN", "COUT"):
            if pin not in cell["connections"]:
                _leave_open(cell, pin)
        if not readers[_bit(cell, "COUT")]:
            _leave_open(cell, "COUT")
        if _bit(cell, "CIN") in ("0", "1") and (lut := _without_carry_in(cell, readers)) is not None:
            _leave_open(cell, "CIN")
            if lut:
                cells[_free(f"{name}_sum", module)] = lut


def _without_carry_in(cell: dict, readers: Mapping[object, int]) -> dict | None:
    """Rewrites the first half, where that can be: gives the LUT that makes its sum, empty where nobody reads that."""
    if cell["parameters"].get("INJECT1_0") != "NO":
        return None
    init = int(cell["parameters"]["INIT0"], 2)
    carry_in = int(_bit(cell, "CIN"))
    pins = [str(CONSTANTS[bit]) if (bit := _bit(cell, pin)) in CONSTANTS else bit for pin in PINS]
    carries = {
        values: carry_in if (init >> _index(values)) & 1 else (init >> _index(values[:2])) & 1
        for values in product(*((CONSTANTS[pin],) if pin in CONSTANTS else (0, 1) for pin in pins))
    }
    inputs = _support(carries)
    if len(inputs) > 2:
        return None
    lut = {}
    if readers[total := _bit(cell, "S0")]:
        lut = {
            "hide_name": 1,
            "type": LUT,
            "parameters": {"INIT": f"{init ^ (0xFFFF if carry_in else 0):016b}"},
            "attributes": {},
            "port_directions": {**dict.fromkeys("ABCD", "input"), "Z": "output"},
            "connections": {**{pin: [bit] for pin, bit in zip("ABCD", pins, strict=True)}, "Z": [total]},
        }
    _leave_open(cell, "S0")
    made = 0
    for values in product((0, 1), repeat=2):
        fixed = dict(zip(inputs, values, strict=False))
        match = (carry for at, carry in carries.items() if all(at[pin] == value for pin, value in fixed.items()))
        made |= next(match, 0) << _index(values)
    cell["parameters"]["INIT0"] = f"{made:016b}"  # with C and D at 1 P is 0, and with C and D at 0 it is G
    used = [pins[pin] for pin in inputs]
    for pin, bit in zip(PINS, [*used, *"00"[len(used) :], "1", "1"], strict=True):
        cell["connections"][pin] = [bit]
    return lut


def _support(table: Table) -> list[int]:
    """The pins that make a difference."""
    return [
        pin
        for pin in range(len(PINS))
        if any(
            value != table.get((*at[:pin], 1 - at[pin], *at[pin + 1 :]), value)  # a value that cannot occur makes none
            for at, value in table.items()
        )
    ]


def _index(values: tuple[int, ...]) -> int:
    return sum(value << place for place, value in enumerate(values))


def _bit(cell: Mapping, pin: str) -> Any:
    """What a pin is connected to: a net's number, a constant "0", "1" or "x", or None."""
    return next(iter(cell["connections"].get(pin, ())), None)


def _leave_open(cell: dict, pin: str) -> None:
    """Connected to nothing, but named: nextpnr asks for both carries of a CCU2C."""
    cell["connections"][pin] = [OPEN]
    cell["port_directions"][pin] = "input" if pin == "CIN" else "output"


def _free(name: str, module: Mapping) -> str:
    """The name, longer where a cell or a net has it already."""
    while name in module["cells"] or name in module.get("netnames", ()):
        name += "_"
    return name


def _read(module: Mapping) -> Iterator[object]:
    """Each net once for every pin and port that reads it."""
    for port in module["ports"].values():
        if port["direction"] != "input":
            yield from port["bits"]
    for cell in module["cells"].values():
        for pin, direction in cell["port_directions"].items():
            if direction != "output":
                yield from cell["connections"][pin]
