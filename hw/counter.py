"""Counters that chain: the carry of one steps the next."""

from collections.abc import Sequence

import numpy as np
from amaranth.hdl import Array, Const, Module, Mux, Signal, Value

from binloom.hw.stream import Map


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


def word_counter(m: Module, name: str, words: int, sweeps: int, step, pixel_done, sweep_done, sweep: Value) -> Value:
    """The number of the word that belongs to a step, where each pixel of a sweep takes the same `words`, one a step,
    and each of so many `sweeps`, of which `sweep` is the one at hand, has words of its own."""
    if sweeps == 1:
        return counter(m, name, words, step)[0]
    if words == 1:
        return sweep
    word, first = Signal(range(words * sweeps), name=name), Signal(range(words * sweeps), name=f"{name}_first")
    following = Mux(word == words * sweeps - 1, 0, word + 1)
    with m.If(step):
        m.d.sync += word.eq(Mux(pixel_done & ~sweep_done, first, following))
    with m.If(sweep_done):
        m.d.sync += first.eq(following)
    return word


def channel_words(m: Module, name: str, map: Map, step) -> Value:
    """The number of the word of constants, one a beat of all channels in their order, that belongs to a beat of a map;
    `step` takes the beat."""
    if map.sweeps == 1:
        return counter(m, name, map.groups, step)[0]
    _, pixel_done = counter(m, f"{name}_beat", map.groups, step)
    _, sweep_done = counter(m, f"{name}_pixel", map.pixels, pixel_done)
    sweep, _ = counter(m, f"{name}_sweep", map.sweeps, sweep_done)
    return word_counter(m, name, map.groups, map.sweeps, step, pixel_done, sweep_done, sweep)


def walk(m: Module, name: str, table: np.ndarray, step, *, clear=None) -> tuple[Sequence[Value], Value]:
    """A counter over the rows of a table of bools: the row where it stands, out of registers, and its carry."""
    rows, columns = table.shape
    position, carry = counter(m, name, rows, step, clear=clear)
    words = [Const(sum(int(flag) << column for column, flag in enumerate(row)), columns) for row in table]
    row = Signal(columns, name=f"{name}_flags", init=words[0])
    if rows > 1:
        with m.If(step):
            m.d.sync += row.eq(Array([*words[1:], words[0]])[position])
        if clear is not None:
            with m.If(clear):
                m.d.sync += row.eq(words[0])
    constant = (table == table[0]).all(axis=0)
    return [Const(int(table[0, n])) if constant[n] else row[n] for n in range(columns)], carry
