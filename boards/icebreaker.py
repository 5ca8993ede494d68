"""iCEBreaker: an iCE40 UP5K with 128 KB of SPRAM, a clock of 12 MHz, the serial line of its FT2232H (second port).

Of its flash of 16 MiB a bitstream takes the first 104,090 bytes. SPI is on PMOD1A, pins as Digilent's Pmod has them.
"""

from binloom.boards.board import Board, board_of, flash_of, lamps_of, platform, pmod_of

WEIGHTS_AT = 1 << 18


def icebreaker() -> Board:
    found = platform("icebreaker", "ICEBreakerPlatform")
    red, green = lamps_of(found)
    return board_of(
        found,
        "icebreaker",
        lamps=(green, red),
        pad=True,
        flash=flash_of(found, WEIGHTS_AT),
        spi=pmod_of(found, "ice40"),
    )
