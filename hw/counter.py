"""Counters that chain: the carry of one steps the next."""

from amaranth.hdl import Module, Mux, Signal, Value


def counter(m: Module, name: str, limit: int, step) -> tuple[Signal, Value]:
    """A signal that counts 0 .. limit - 1 with `step` and starts over, and its carry: stepping from the last value."""
    value = Signal(range(limit), name=name)
    last = value == limit - 1
    with m.If(step):
        m.d.sync += value.eq(Mux(last, 0, value + 1))
    return value, step & last
