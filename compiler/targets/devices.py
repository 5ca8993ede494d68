"""The table of devices. LUTs, registers, blocks and multipliers are as nextpnr 0.11.1 counts them in its report."""

from binloom.compiler.targets.device import Device, Dsp, Family, Ram

ECP5 = Family(
    "ecp5",
    # Without muxes of several LUTs: ABC then knows what a LUT costs, and wide logic takes fewer.
    synth="synth_ecp5 -nowidelut",
    nextpnr="ecp5",
    cells={
        "lut": "LUT4",
        "carry": "CCU2C",
        "ff": "TRELLIS_FF",
        "lutram": "TRELLIS_DPR16X4",
        "bram": "DP16KD|PDPW16KD",
        "dsp": "MULT(18X18|9X9)D",
    },
    # A RAM of 16 x 4 fills two slices, and a third one addresses it.
    slots={"carry": 2, "lutram": 6},
    placed=("TRELLIS_COMB",),
    context=("--out-of-context",),
    constraints=("--lpf", "{}"),
    output="--textcfg",
    packer="ecppack",
    bitstream="bit",
)
ICE40 = Family(
    "ice40",
    synth="synth_ice40",
    nextpnr="ice40",
    cells={
        "lut": "SB_LUT4",
        "carry": "SB_CARRY",
        "ff": "SB_DFF.*",
        "bram": "SB_RAM40_4K.*",
        "dsp": "SB_MAC16",
        "spram": "SB_SPRAM256KA",
    },
    slots={},  # a carry shares the cell of the LUT that adds
    placed=("ICESTORM_LC",),
    lone=0.68,  # 0.65 to 0.71 in six networks on a UP5K
    constraints=("--pcf", "{}"),
    output="--asc",
    packer="icepack",
    bitstream="bin",
)
GOWIN = Family(
    "gowin",
    synth="synth_gowin",
    nextpnr="himbaechel-gowin",
    cells={
        "lut": "LUT[1-4]",
        "carry": "ALU",
        "ff": "DFF.*",
        "lutram": "RAM16S.*",
        "bram": "(DP|SDP|SP|pROM)X?9?B?",
        "dsp": "MULT.*",
    },
    slots={"carry": 1, "lutram": 6},
    placed=("LUT4", "ALU"),
    constraints=("--vopt", "cst={}"),
    output="--write",
    packer="gowin_pack",
    bitstream="fs",
    whole=True,
)
NEXUS = Family(
    "nexus",
    synth="synth_nexus",
    nextpnr="",  # nextpnr-nexus 0.11.1 refuses the constant carries that yosys 0.70 gives it
    cells={
        "lut": "LUT4",
        "carry": "CCU2",
        "ff": "FD1P3.*",
        "lutram": "DPR16X4",
        "bram": "(PDPSC|PDP|DP|SP)16K(_MODE)?",
        "dsp": "MULT.*",
    },
    slots={"carry": 2, "lutram": 6},
    placed=("OXIDE_COMB",),
)

# 16 Kbit, or 18 where the parity bits serve; the widest shape has one side that writes and one that reads.
BLOCK_18K = ((16384, 1), (8192, 2), (4096, 4), (2048, 9), (1024, 18), (512, 36))
BLOCK_4K = ((2048, 2), (1024, 4), (512, 8), (256, 16))


def _ecp5(name: str, die: str, luts: int, blocks: int, multipliers: int, speed: str = "6") -> Device:
    rams, dsp = (Ram("DP16KD", blocks, BLOCK_18K),), Dsp("MULT18X18D", multipliers, (18, 18))
    return Device(name, ECP5, luts, luts, rams, dsp, (f"--{die}",), package="CABGA381", speed=speed)


def _gw2a(name: str, part: str, package: str, revision: str, pins: str) -> Device:
    rams, dsp, family = (Ram("BSRAM", 46, BLOCK_18K),), Dsp("MULT18X18", 48, (18, 18)), f"GW2A-18{revision}"
    args = ("--device", part, "--vopt", f"family={family}")
    return Device(name, GOWIN, 20_736, 15_552, rams, dsp, args, package, "C8/I7", chip=family, pins=pins)


DEVICES = {
    device.name: device
    for device in (
        # Lattice sells the 12F with half of the 25F's die.
        _ecp5("ecp5-12f", "12k", 24_288, 56, 28),
        _ecp5("ecp5-25f", "25k", 24_288, 56, 28),
        _ecp5("ecp5-45f", "45k", 43_848, 108, 72),
        _ecp5("ecp5-85f", "85k", 83_640, 208, 156),
        # The same dies with fast transceivers, which this project does not use.
        _ecp5("ecp5um5g-45f", "um5g-45k", 43_848, 108, 72, "8"),
        _ecp5("ecp5um5g-85f", "um5g-85k", 83_640, 208, 156, "8"),
        Device("ice40-hx8k", ICE40, 7_680, 7_680, (Ram("ICESTORM_RAM", 32, BLOCK_4K),), None, ("--hx8k",), "ct256"),
        Device(
            "ice40-up5k",
            ICE40,
            5_280,
            5_280,
            (
                Ram("ICESTORM_RAM", 30, BLOCK_4K),
                Ram("ICESTORM_SPRAM", 4, ((16384, 16),), ports=1, initialised=False),
            ),
            Dsp("ICESTORM_DSP", 8, (16, 16)),
            ("--up5k",),
            "sg48",
            options="-dsp -spram",
        ),
        Device(
            "gw1n-9",
            GOWIN,
            8_640,
            6_480,
            (Ram("BSRAM", 26, BLOCK_18K),),
            Dsp("MULT18X18", 20, (18, 18)),
            ("--device", "GW1NR-LV9QN88PC6/I5", "--vopt", "family=GW1N-9C"),
            package="QN88P",
            speed="C6/I5",
            chip="GW1N-9C",
            pins='IO_LOC "clk" 52;\nIO_LOC "d" 10;\nIO_LOC "q" 11;\n',
        ),
        _gw2a("gw2a-18", "GW2A-LV18PG256C8/I7", "PBGA256", "", 'IO_LOC "clk" H11;\nIO_LOC "d" T10;\nIO_LOC "q" R7;\n'),
        # The same die, a later revision, in a package that also holds a memory chip.
        _gw2a("gw2ar-18", "GW2AR-LV18QN88C8/I7", "QN88", "C", 'IO_LOC "clk" 4;\nIO_LOC "d" 15;\nIO_LOC "q" 16;\n'),
        Device(
            "lifcl-40",
            NEXUS,
            32_256,
            32_256,
            (
                Ram("OXIDE_EBR", 84, BLOCK_18K),
                Ram("LRAM_CORE", 2, ((16384, 32),)),
            ),
            Dsp("MULT18_CORE", 56, (18, 18)),
            ("--device", "LIFCL-40-9BG400C"),
            package="BG400",
            speed="9",
        ),
    )
}
