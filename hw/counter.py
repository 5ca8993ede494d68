"""Counters that chain: the carry of one steps the next."""

from amaranth.hdl import Const, Module, Mux, Signal, Value


def counter(m: Module, name: str, limit: int, step, *, clear=None) -> tuple[Value, Value]:
    """A number that counts 0 .. limit - 1 with `step` and starts over, and its carry: stepping from the last value.

    `clear` goes before `step`. A limit of 1 needs no register.
    """
    if limit == 1:
        return Const(0), step
    value = Signal(range(limit), name=name)
    last = value == limit - 1
    with m.If(step):
        m.d.sync += value.eq(Mux(last, 0, value + 1))
    if clear is not None:
        with m.If(clear):
            m.d.sync += value.eq(0)
    return value, step & last
