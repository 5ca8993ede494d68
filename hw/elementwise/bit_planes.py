"""The bits of a number as channels of their own: wires, and nothing else."""

from dataclasses import replace

import numpy as np
from amaranth.hdl import Cat, Module

from binloom.hw.element import BIT
from binloom.hw.stream import Block, Map


class BitPlanes(Block):
    """o[c * planes + p] = bit (bits - planes + p) of i[c], for numbers of 0..2**bits - 1.

    All planes of a number pass in one beat, so `o` has `planes` times the lanes of `i`. Latency 0, a beat a cycle,
    ready passes straight through.
    """

    def __init__(self, i_map: Map, planes: int, bits: int) -> None:
        if not 1 <= planes <= bits:
            raise ValueError(f"planes must lie in 1..bits, got {planes} of {bits}")
        if i_map.element.bit or i_map.element.signed or i_map.element.width > bits:
            raise ValueError(f"planes of {bits} bits need numbers 0..{(1 << bits) - 1}, got {i_map.element}")
        if i_map.planes > 1:
            raise ValueError(f"planes are taken of a map in one plane, got {i_map}")
        self.planes, self.bits = planes, bits
        self.i_map = i_map
        channels, lanes = i_map.channels * planes, i_map.lanes * planes
        self.o_map = replace(i_map, channels=channels, run=channels, lanes=lanes, element=BIT)
        super().__init__()

    @property
    def latency(self) -> int:
        return 0

    def needs(self) -> np.ndarray:
        return np.arange(1, self.o_map.beats + 1)

    def model(self, beats: np.ndarray) -> np.ndarray:
        places = np.arange(self.bits - self.planes, self.bits)
        return (np.asarray(beats, np.int64)[:, :, np.newaxis] >> places & 1).reshape(-1, self.o_map.lanes)

    def elaborate(self, platform) -> Module:
        m = Module()
        for lane in range(self.i_map.lanes):
            number = Cat(self.i.payload[lane], [0] * (self.bits - self.i_map.element.width))
            for plane, bit in enumerate(number[self.bits - self.planes :]):
                m.d.comb += self.o.payload[lane * self.planes + plane].eq(bit)
        m.d.comb += [self.o.valid.eq(self.i.valid), self.i.ready.eq(self.o.ready)]
        return m
