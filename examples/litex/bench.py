"""cocotb bench of the SoC: a host writes the pixels of a frame to its bus, and reads the logits back from it."""

import json
import os
from pathlib import Path

import cocotb
from cocotb.clock import Clock
from cocotb.triggers import FallingEdge

BUILD, SOC = Path(os.environ["BUILD"]), Path(os.environ["SOC"])
REGISTERS = {name: entry["addr"] for name, entry in json.loads((SOC / "csr.json").read_text())["csr_registers"].items()}


def words(port):
    """A port's vectors as numbers."""
    return [int(line, 16) for line in next((BUILD / "vectors").glob(f"{port}.hex")).read_text().split()]


class Host:
    """Reads and writes registers by name, over Wishbone."""

    def __init__(self, dut):
        self.dut = dut

    async def write(self, name, value):
        await self._cycle(name, 1, value)

    async def read(self, name):
        return await self._cycle(name, 0, 0)

    async def _cycle(self, name, write, value):
        dut = self.dut
        dut.host_adr.value, dut.host_dat_w.value = REGISTERS[f"classifier_{name}"] >> 2, value
        dut.host_sel.value, dut.host_we.value, dut.host_cyc.value, dut.host_stb.value = 15, write, 1, 1
        while True:
            await FallingEdge(dut.sys_clk)
            if int(dut.host_ack.value):
                break
        told = int(dut.host_dat_r.value)
        dut.host_cyc.value = dut.host_stb.value = 0
        await FallingEdge(dut.sys_clk)
        return told


@cocotb.test()
async def two_frames(dut):
    """Each logit is the one that the build's vectors have."""
    manifest = json.loads((BUILD / "manifest.json").read_text())
    (source,), (sink,) = manifest["ports"]["inputs"], manifest["ports"]["outputs"]
    pixels, logits = words(source["name"]), words(sink["name"])
    for wire in ("cyc", "stb", "we", "cti", "bte"):
        getattr(dut, f"host_{wire}").value = 0
    dut.sys_rst.value = 1
    Clock(dut.sys_clk, 10, "ns").start()
    for _ in range(4):
        await FallingEdge(dut.sys_clk)
    dut.sys_rst.value = 0
    host = Host(dut)
    for frame in range(2):
        first = frame * source["beats"]
        for at in range(first, first + source["beats"], 4):
            while not await host.read("room"):
                pass
            await host.write("pixels", int.from_bytes(bytes(pixels[at : at + 4]), "little"))
        for at in range(frame * sink["beats"], (frame + 1) * sink["beats"]):
            while not await host.read("ready"):
                pass
            got = await host.read("logit")
            assert got & ((1 << sink["width"]) - 1) == logits[at], f"frame {frame}: logit {at}: {got:#x}"
