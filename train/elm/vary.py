"""More training images out of those that are there: moved by some pixels, mirrored."""

from collections.abc import Iterator

import numpy as np


def variants(images: np.ndarray, shifts: int, mirror: bool) -> Iterator[np.ndarray]:
    """The images (n, height, width, channels) as they are, then all of them moved by up to `shifts` pixels each way
    (what lies at the edge is repeated), and, with `mirror`, each of these from left to right."""
    height, width = images.shape[1:3]
    padded = np.pad(images, ((0, 0), (shifts, shifts), (shifts, shifts), (0, 0)), mode="edge")
    moves = [(y, x) for y in range(2 * shifts + 1) for x in range(2 * shifts + 1)]
    for y, x in sorted(moves, key=lambda move: move != (shifts, shifts)):
        moved = padded[:, y : y + height, x : x + width]
        yield moved
        if mirror:
            yield moved[:, :, ::-1]


def count(shifts: int, mirror: bool) -> int:
    """How many variants there are."""
    return (2 * shifts + 1) ** 2 * (1 + mirror)
