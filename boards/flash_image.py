"""What a board's flash holds where it starts without a host: a bitstream, and the weights that it reads."""

ERASED = b"\xff"


def flash_image(bitstream: bytes, weights: bytes, weights_at: int) -> bytes:
    """The bytes of the flash from its first on. ValueError where the bitstream reaches into the weights."""
    if len(bitstream) > weights_at:
        raise ValueError(f"a bitstream of {len(bitstream):,} bytes reaches beyond {weights_at:#x}, where weights begin")
    return bitstream.ljust(weights_at, ERASED) + weights
