"""XNOR and popcount in the carry chains of an ECP5: 1.5 slots a bit, where lookup tables and adders take 2.6.

Half a CCU2C, a slot, makes S = P ^ cin and cout = P ? cin : G of P, a function of its inputs A, B, C and D, and G, the
same function with C = D = 0. With the right functions a slot is

- PAIR: the sum of two differences A ^ B and C ^ D, and a carry;
- ADD: the sum of two bits A and B, and a carry (C = 1);
- JOIN: no sum (P = 0): S shows the carry that ends one number, and G = A ^ B is the carry into the next.

So a slot takes in two weights and their inputs for nothing, an addition takes in one more difference as its carry in,
and many additions share one chain. Differences are counted; the last addition adds complements, whose sum is the
complement of that: the number of equal bits.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

from amaranth.hdl import Const, Instance, Module, Signal, Value

PAIR, ADD, JOIN = 0x6996, 0x006A, 0x0006
ADD_COMPLEMENTS, JOIN_COMPLEMENT = 0x0065, 0x0009
LENGTH = 48  # slots of a chain: the static timing takes a carry through all of them for possible
SMALLEST = 8  # bits


@dataclass(frozen=True, slots=True)
class Wire:
    """A bit: input or weight `index`, number `index` of the sums, or a constant `index`."""

    kind: str  # "x", "w", "s" or "const"
    index: int


Number = tuple[Wire, ...]


@dataclass(frozen=True, slots=True)
class Slot:
    """One half of a CCU2C: the function and its inputs A, B, C, D; S is sum `o`, or not needed."""

    init: int
    inputs: Number
    o: int | None


Chain = tuple[Slot, ...]
ZERO, ONE = Wire("const", 0), Wire("const", 1)
NEVER_EQUAL = (ZERO, ONE)


@dataclass(frozen=True, slots=True)
class _Addition:
    """The slot that brings in the carry, those of the sum, and the sum's highest wire, which the next slot shows."""

    join: Slot
    slots: list[Slot]
    last: int


@dataclass(frozen=True, slots=True)
class CarryCount:
    """Chains level by level, which lead to the wires of the count, lowest first."""

    levels: tuple[tuple[Chain, ...], ...]
    count: Number


def carry_levels(bits: int) -> int:
    return bits.bit_length() - 1


def carry_count(bits: int) -> CarryCount:
    """How many of `bits` inputs equal their weights."""
    if bits < SMALLEST:
        raise ValueError(f"carry chains count {SMALLEST} bits or more, got {bits}")
    last = carry_levels(bits)
    additions: list[list[_Addition]] = [[] for _ in range(last)]
    sums = 0

    def grow(level: int, differences: list[Number]) -> Number:
        """The number of differences, at most 2**(level + 1) - 1. What is missing to that counts as different."""
        nonlocal sums
        if not differences:
            return (ONE,) * (level + 1)
        carry, *rest = differences
        full = 2**level - 1
        if level > 1:
            add, join = (ADD, JOIN) if level < last else (ADD_COMPLEMENTS, JOIN_COMPLEMENT)
            pairs = zip(grow(level - 1, rest[:full]), grow(level - 1, rest[full:]), strict=True)
            inputs = [(a, b, ONE, ZERO) for a, b in pairs]
        else:
            (a, b), (c, d) = [*rest, NEVER_EQUAL, NEVER_EQUAL][:2]
            add, join, inputs = PAIR, JOIN, [(a, b, c, d)]
        names = list(range(sums, sums + level + 1))
        sums += level + 1
        slots = [Slot(add, wires, name) for wires, name in zip(inputs, names, strict=False)]
        additions[level - 1].append(_Addition(Slot(join, (*carry, ONE, ZERO), None), slots, names[-1]))
        return tuple(Wire("s", name) for name in names)

    count = grow(last, [(Wire("x", j), Wire("w", j)) for j in range(bits)])
    return CarryCount(tuple(_chains(level) for level in additions), count)


def _chains(additions: list[_Addition]) -> tuple[Chain, ...]:
    """Additions behind each other, each begun by the slot that ends the one before."""
    chains: list[Chain] = []
    slots: list[Slot] = []
    last: int | None = None
    for index, addition in enumerate(additions):
        slots += [replace(addition.join, o=last), *addition.slots]
        last = addition.last
        if index == len(additions) - 1 or len(slots) + len(addition.slots) + 2 > LENGTH:
            chains.append((*slots, Slot(JOIN, (ZERO, ZERO, ONE, ZERO), last)))
            slots, last = [], None
    return tuple(chains)


def build(
    m: Module,
    plan: CarryCount,
    name: str,
    x: Callable[[int, int], Value],
    w: Callable[[int, int], Value],
    per_stage: int,
    hold: Callable[[list[Value], str], list[Value]],
) -> list[Value]:
    """The circuit of a plan, with `hold` after every `per_stage` levels but the last.

    `x(j, stage)` is input j so many stages late, `w` the same for weights.
    """  # fmt: skip
    sums: dict[int, Value] = {}
    for level, chains in enumerate(plan.levels):
        stage = level // per_stage

        def value(wire: Wire, stage: int = stage, sums: dict[int, Value] = sums) -> Value:
            if wire.kind == "const":
                return Const(wire.index, 1)
            return sums[wire.index] if wire.kind == "s" else (x if wire.kind == "x" else w)(wire.index, stage)

        made: dict[int, Value] = {}
        for index, chain in enumerate(chains):
            _instances(m, chain, f"{name}_{level}_{index}", value, made)
        sums = made
        if (level + 1) % per_stage == 0 and level + 1 < len(plan.levels):
            sums = dict(zip(made, hold(list(made.values()), f"{name}_held_{level}"), strict=True))
    return [sums[wire.index] for wire in plan.count]


def _instances(m: Module, chain: Chain, name: str, value: Callable[[Wire], Value], sums: dict[int, Value]) -> None:
    carry: Signal | None = None
    for place, pair in enumerate(_pairs(chain)):
        ports: dict[str, object] = {"p_INJECT1_0": "NO", "p_INJECT1_1": "NO"}
        for half, slot in enumerate(pair):
            ports[f"p_INIT{half}"] = Const(slot.init, 16)
            ports |= {f"i_{pin}{half}": value(wire) for pin, wire in zip("ABCD", slot.inputs, strict=True)}
            if slot.o is not None:
                sums[slot.o] = total = Signal(name=f"{name}_sum_{slot.o}")
                ports[f"o_S{half}"] = total
        # A carry that nothing reads is left open: nextpnr spends a slot on every end that is not.
        if carry is not None:
            ports["i_CIN"] = carry
        if 2 * place + 2 < len(chain):
            carry = Signal(name=f"{name}_carry_{place}")
            ports["o_COUT"] = carry
        m.submodules[f"{name}_{place}"] = Instance("CCU2C", **ports)


def _pairs(chain: Chain) -> Iterator[tuple[Slot, Slot]]:
    rest = Slot(0, (ZERO, ZERO, ZERO, ZERO), None)
    slots = [*chain, rest] if len(chain) % 2 else list(chain)
    return zip(slots[::2], slots[1::2], strict=True)
