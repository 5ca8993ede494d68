"""A LiteX SoC with a digit classifier in it: pixels and logits are registers of its bus.

    binloom compile ../../zoo/mnist_tiny.h5 -o digits --name digits --cycles 20000
    python soc.py digits build           # build/classifier_soc.v and build/csr.json

It has no processor: whoever is at the Wishbone port `host` writes and reads the registers, as a processor's program or
a bridge would.
"""

import json
import sys
from pathlib import Path

from litex.build.generic_platform import Pins, Subsignal
from litex.build.sim import SimPlatform
from litex.gen import LiteXModule
from litex.soc.integration.export import get_csr_json
from litex.soc.integration.soc_core import SoCMini
from litex.soc.interconnect import stream, wishbone
from litex.soc.interconnect.csr import CSRStatus, CSRStorage
from migen import ClockDomain

ONES = ("cyc", "stb", "ack", "we", "err")
WISHBONE = {"adr": 30, "dat_w": 32, "dat_r": 32, "sel": 4, "cti": 3, "bte": 2} | dict.fromkeys(ONES, 1)
PINS = [
    ("sys_clk", 0, Pins(1)),
    ("sys_rst", 0, Pins(1)),
    ("host", 0, *(Subsignal(name, Pins(width)) for name, width in WISHBONE.items())),
]


class Classifier(LiteXModule):
    """Four pixels a write, the first in the low byte; a logit a read, once `ready` says that there is one."""

    def __init__(self, network):
        self.network = network
        self.pixels = CSRStorage(32, description="Four pixels.")
        self.logit = CSRStatus(16, description="The next logit; reading it takes it.")
        self.ready = CSRStatus(1, description="There is a logit.")
        self.room = CSRStatus(1, description="There is room for pixels.")

        self.words = words = stream.SyncFIFO([("data", 32)], 256)
        self.bytes = stream.Converter(32, 8)
        self.logits = logits = stream.SyncFIFO([("data", 16)], 16)
        self.comb += [
            words.sink.valid.eq(self.pixels.re),
            words.sink.data.eq(self.pixels.storage),
            self.room.status.eq(words.sink.ready),
            words.source.connect(self.bytes.sink),
            self.bytes.source.connect(network.sink),
            network.source.connect(logits.sink),
            self.logit.status.eq(logits.source.data),
            self.ready.status.eq(logits.source.valid),
            logits.source.ready.eq(self.logit.we),
        ]


class ClassifierSoC(SoCMini):
    def __init__(self, platform, network):
        self.cd_sys = ClockDomain()
        self.comb += [
            self.cd_sys.clk.eq(platform.request("sys_clk")),
            self.cd_sys.rst.eq(platform.request("sys_rst")),
        ]
        SoCMini.__init__(self, platform, clk_freq=100_000_000, ident="digit classifier", ident_version=False)
        host = wishbone.Interface(data_width=32, adr_width=30)
        self.comb += host.connect_to_pads(platform.request("host"), mode="slave")
        self.bus.add_master("host", master=host)
        self.classifier = Classifier(network)


def main(build: Path, out: Path) -> None:
    sys.path.insert(0, str(build))
    from digits_litex import Digits

    platform = SimPlatform("SIM", PINS)
    soc = ClassifierSoC(platform, Digits(platform))
    soc.finalize()
    out.mkdir(exist_ok=True)
    platform.get_verilog(soc, name="classifier_soc").write(str(out / "classifier_soc.v"))
    (out / "csr.json").write_text(get_csr_json(soc.csr_regions, soc.constants, soc.mem_regions))
    (out / "sources.json").write_text(json.dumps([source[0] for source in platform.sources]))


if __name__ == "__main__":
    main(Path(sys.argv[1]).resolve(), Path(sys.argv[2]))
