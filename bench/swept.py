"""Which components are swept: realistic ranges, the small ones for every family, the large ones for ECP5 only."""

from collections.abc import Iterator
from typing import Any

Rows = tuple[tuple[Any, ...], ...]

# A kind, the names of its numbers, and a row for each component.
SMALL: tuple[tuple[str, str, Rows], ...] = (
    ("skid", "width lanes", ((1, 64), (1, 9), (13, 4))),
    ("fork", "width lanes ways", ((1, 64, 2), (8, 16, 3))),
    (
        "fifo",
        "width lanes depth",
        ((1, 64, 1), (8, 8, 2), (1, 8, 5), (8, 8, 10), (8, 16, 40), (1, 128, 100), (8, 4, 600)),
    ),
    (
        "adapter",
        "width channels lanes to",
        (
            (1, 64, 64, 8),
            (1, 64, 8, 64),
            (1, 576, 576, 36),
            (8, 32, 1, 16),
            (12, 16, 16, 2),
            (1, 128, 1, 128),
            (8, 12, 4, 6),
            (10, 64, 16, 1),
            (1, 576, 576, 72),
        ),
    ),
    ("adds", "width lanes inputs", ((8, 16, 2), (12, 8, 2), (10, 4, 3))),
    ("concats", "width lanes", ((8, 16), (1, 32))),
    (
        "top",
        "width channels lanes k",
        ((8, 10, 1, 1), (12, 10, 10, 1), (10, 10, 2, 1), (14, 100, 4, 1), (10, 100, 5, 3)),
    ),
    (
        "thresholds",
        "width channels lanes",
        ((8, 16, 16), (10, 64, 64), (12, 64, 8), (11, 128, 4), (9, 256, 1), (14, 40, 20), (11, 64, 16), (8, 512, 2)),
    ),
    ("affines", "width channels lanes bits", ((12, 10, 1, 12), (8, 16, 16, 6), (10, 64, 4, 8), (14, 10, 10, 10))),
    (
        "piecewise_affine",
        "width channels lanes relu",
        ((12, 40, 40, True), (10, 16, 16, False), (9, 32, 4, False), (14, 20, 2, True)),
    ),
    ("clips", "width lanes to", ((12, 16, 8), (10, 4, 8), (16, 8, 8))),
    ("border", "width size channels lanes around", ((8, (14, 14), 16, 4, 1), (1, (28, 28), 64, 64, 2))),
    ("gathers", "width channels lanes pixels", ((1, 64, 64, 4), (1, 576, 64, 4), (12, 40, 8, 2))),
    ("scatters", "width channels lanes to pixels", ((11, 64, 4, 4, 4), (1, 64, 64, 64, 2), (12, 128, 8, 16, 2))),
    (
        "replays",
        "width size channels lanes run copies",
        ((-8, (28, 28), 1, 1, 1, 40), (12, (14, 14), 40, 8, 1, 1), (1, (14, 14), 64, 16, 4, 1)),
    ),
    (
        "window",
        "width size channels lanes kernel stride border fill",
        (
            (1, (32, 32), 64, 64, 3, 1, 0, None),
            (1, (28, 28), 64, 16, 3, 1, 1, 0),
            (1, (14, 14), 128, 128, 3, 1, 1, 0),
            (1, (14, 14), 128, 16, 3, 1, 1, 0),
            (1, (10, 10), 128, 32, 3, 1, 0, None),
            (-8, (32, 32), 3, 3, 3, 1, 0, None),
            (-8, (28, 28), 1, 1, 3, 1, 1, 0),
            (12, (28, 28), 40, 4, 3, 1, 1, 0),
            (1, (7, 7), 128, 4, 3, 1, 1, 0),
            (1, (16, 16), 32, 32, 5, 1, 0, None),
            (-8, (28, 28), 1, 1, 5, 2, 0, None),
            (1, (14, 14), 64, 64, 3, 2, 1, 1),
            (8, (20, 20), 16, 2, 3, 2, 1, 0),
        ),
    ),
    (
        "max_pool",
        "width size channels lanes kernel stride border flips",
        (
            (1, (28, 28), 64, 64, 2, 2, 0, False),
            (1, (28, 28), 64, 8, 2, 2, 0, True),
            (1, (10, 10), 128, 128, 2, 2, 0, True),
            (1, (14, 14), 128, 16, 2, 2, 0, False),
            (10, (28, 28), 16, 16, 2, 2, 0, False),
            (12, (26, 26), 40, 10, 2, 2, 0, False),
            (12, (28, 28), 40, 8, 3, 2, 1, False),
            (10, (14, 14), 32, 2, 2, 2, 0, True),
            (8, (7, 7), 64, 64, 7, 7, 0, False),
            (12, (28, 28), 40, 1, 2, 2, 0, False),
            (11, (14, 14), 128, 4, 2, 2, 0, False),
            (12, (28, 28), 40, 8, 3, 1, 1, False),
        ),
    ),
    (
        "sums",
        "width size channels lanes kernel",
        ((8, (7, 7), 64, 64, (7, 7)), (1, (8, 8), 32, 8, (2, 2)), (10, (14, 14), 16, 16, (2, 2))),
    ),
)
# Of arrays: width of an input, n, m, simd, pe, and the largest weight (1: all are -1 or +1). Those of less than
# ROM_WORDS words keep their weights in logic.
ROM_WORDS = 64
ARRAYS: Rows = (
    (1, 576, 64, 64, 1, 1), (1, 576, 64, 64, 4, 1), (1, 576, 64, 36, 8, 1), (1, 576, 64, 16, 16, 1),
    (1, 144, 32, 12, 8, 1),
    (1, 256, 64, 4, 16, 1), (1, 512, 512, 32, 4, 1), (1, 256, 10, 256, 2, 1), (1, 512, 10, 8, 1, 1),
    (1, 576, 64, 9, 2, 1),
    (1, 144, 32, 144, 2, 1), (1, 64, 16, 64, 1, 1), (1, 72, 16, 24, 16, 1), (1, 36, 16, 36, 2, 1),
    (1, 9, 16, 9, 16, 1), (1, 36, 16, 36, 16, 1), (1, 64, 10, 64, 10, 1), (1, 64, 2, 64, 2, 1),
    (1, 144, 16, 144, 16, 1),
    (-8, 27, 64, 9, 4, 1), (-8, 9, 40, 9, 4, 1), (-8, 9, 40, 3, 10, 1), (-8, 25, 16, 5, 4, 1), (-8, 784, 64, 16, 4, 1),
    (-8, 9, 64, 1, 8, 1), (8, 144, 32, 16, 4, 1), (-8, 9, 40, 9, 40, 1), (-8, 9, 16, 9, 16, 1), (-8, 25, 6, 25, 6, 1),
    (-4, 36, 16, 36, 16, 1), (1, 512, 10, 8, 10, 127), (1, 256, 10, 16, 2, 127), (1, 640, 10, 4, 5, 500),
    (-8, 784, 32, 4, 4, 127), (8, 256, 10, 8, 2, 127), (12, 160, 10, 4, 1, 500), (-8, 27, 16, 9, 4, 127),
    (-4, 64, 10, 16, 2, 7),
    (8, 144, 16, 3, 8, 127), (-8, 25, 6, 25, 1, 127), (-8, 9, 8, 9, 8, 127),
)  # fmt: skip
# Of the papers' own units, for ECP5 only.
UNITS: tuple[tuple[str, str, Rows], ...] = (
    (
        "transforms",
        "width elements lanes codes",
        (
            (1, 64, 16, 16),
            (1, 128, 16, 32),
            (1, 64, 8, 64),
            (8, 16, 16, 16),
            (4, 64, 8, 40),
        ),
    ),
    (
        "generates",
        "width elements simd codes outputs pe step stored",
        (
            (1, 64, 16, 16, 8, 2, 1, 0),
            (1, 64, 16, 16, 8, 2, 2, 8),
            (8, 32, 8, 8, 8, 1, 1, 0),
            (8, 32, 8, 8, 8, 1, 1, 8),
        ),
    ),
    ("collects", "width size planes lanes", ((12, (8, 8), 8, 2), (14, (4, 4), 4, 1), (16, (14, 14), 32, 2))),
    (
        "lookups",
        "width channels lanes to",
        ((5, 32, 32, 8), (4, 64, 64, 6), (5, 64, 16, 8), (6, 16, 4, 8), (5, 128, 8, 8)),
    ),
    ("affines", "width channels lanes bits", ((10, 8, 1, 15), (10, 8, 8, 15))),
    ("shift_affines", "width channels lanes bits", ((10, 8, 8, 15), (10, 8, 1, 15), (8, 16, 4, 8), (12, 10, 2, 10))),
    ("shift_adds", "width planes filters lanes", ((8, 8, 32, 16), (8, 4, 32, 16), (8, 8, 4, 32), (5, 4, 8, 8))),
    ("knees", "width channels lanes bits", ((10, 8, 8, 8), (10, 8, 1, 8), (14, 16, 4, 8), (8, 16, 16, 6))),
    ("equalises", "size", (((32, 32),), ((16, 16),), ((48, 40),))),
    ("standardises", "size places bits", (((32, 32), 5, 8), ((16, 16), 5, 8), ((48, 40), 8, 12))),
)
LARGE: Rows = (
    (1, 1152, 128, 128, 8, 1), (1, 2304, 256, 96, 4, 1), (1, 1152, 128, 288, 4, 1),
    (1, 144, 64, 72, 8, 1), (1, 576, 64, 8, 32, 1), (1, 1152, 128, 24, 16, 1), (1, 144, 32, 144, 32, 1),
    (1, 27, 64, 27, 64, 1),
    (1, 72, 32, 72, 32, 1), (1, 256, 10, 256, 10, 1), (12, 360, 40, 36, 2, 1),

    (-8, 27, 32, 27, 32, 1), (-8, 9, 128, 9, 128, 1), (1, 1960, 10, 40, 1, 200),
    (15, 7840, 10, 8, 1, 255), (-8, 27, 64, 3, 16, 1),
)  # fmt: skip
# The rest of the arrays, with what is unusual about each.
UNUSUAL: tuple[dict[str, Any], ...] = (
    {"width": 1, "shape": (1, 576, 64), "simd": 64, "pe": 8, "storage": "rom", "border": True},
    {"width": 1, "shape": (1, 1152, 128), "simd": 32, "pe": 16, "storage": "rom", "border": True},
    {"width": 1, "shape": (1, 576, 64), "simd": 48, "pe": 4, "storage": "rom", "border": True, "beside": 4},
    {"width": 1, "shape": (1, 144, 32), "simd": 144, "pe": 2, "border": True},
    {"width": 1, "shape": (1, 36, 8), "simd": 36, "pe": 8, "border": True},
    {"width": 1, "shape": (1, 576, 64), "simd": 36, "pe": 4, "storage": "rom", "beside": 4},
    {"width": 1, "shape": (1, 144, 32), "simd": 16, "pe": 8, "beside": 4},
    {"width": 1, "shape": (64, 9, 1), "simd": 9, "pe": 1},
    {"width": 1, "shape": (64, 9, 1), "simd": 9, "pe": 1, "parallel": 16},
    {"width": 1, "shape": (16, 9, 1), "simd": 9, "pe": 1, "parallel": 16},
    {"width": 12, "shape": (40, 9, 1), "simd": 9, "pe": 1, "parallel": 4},
    {"width": 12, "shape": (40, 9, 1), "simd": 9, "pe": 1, "parallel": 10},
    {"width": 12, "shape": (10, 9, 1), "simd": 9, "pe": 1, "parallel": 10},
    {"width": 12, "shape": (40, 9, 1), "simd": 9, "pe": 1},
    {"width": 12, "shape": (40, 9, 1), "simd": 3, "pe": 1},
    {"width": 8, "shape": (16, 9, 2), "simd": 9, "pe": 2, "parallel": 16},
    {"width": 12, "shape": (40, 9, 1), "simd": 9, "pe": 1, "planes": 40},
    {"width": 12, "shape": (40, 9, 1), "simd": 9, "pe": 1, "parallel": 2, "planes": 20},
    {"width": 1, "shape": (1, 1960, 10), "simd": 7, "pe": 1, "limit": 200, "storage": "ram"},
    {"width": 1, "shape": (1, 32, 10), "simd": 32, "pe": 10, "limit": 60},
)


def components(family: str) -> Iterator[dict[str, Any]]:
    """What is swept for a family: all for ECP5, half for others."""
    yield from list(_all(family))[:: 1 if family == "ecp5" else 2]
    for kind, names, rows in UNITS if family == "ecp5" else ():
        for row in rows:
            yield {"kind": kind, **dict(zip(names.split(), row, strict=True))}


def _all(family: str) -> Iterator[dict[str, Any]]:
    for kind, names, rows in SMALL:
        for row in rows:
            yield {"kind": kind, **dict(zip(names.split(), row, strict=True))}
    for width, n, m, simd, pe, limit in ARRAYS + (LARGE if family == "ecp5" else ()):
        words = n * m // (simd * pe)
        storage = {"storage": "rom"} if words >= ROM_WORDS else {}
        bias = {"limit": limit, "bias": True} if limit > 1 else {}
        yield {"kind": "array", "width": width, "shape": (1, n, m), "simd": simd, "pe": pe, **bias, **storage}
    for options in UNUSUAL:
        yield {"kind": "array", **options}


# Those whose clock is measured as well: of each kind one of middling size.
CLOCKED: tuple[dict[str, Any], ...] = (
    {"kind": "top", "width": 12, "lanes": 10},
    {"kind": "thresholds", "width": 11, "channels": 128},
    {"kind": "max_pool", "width": 12, "size": (26, 26)},
    {"kind": "window", "size": (14, 14), "channels": 128, "lanes": 16},
    {"kind": "array", "shape": (1, 576, 64), "simd": 36, "pe": 8},
    {"kind": "array", "shape": (1, 64, 10), "simd": 64},
    {"kind": "array", "shape": (1, 27, 64), "simd": 9},
    {"kind": "array", "shape": (1, 256, 10), "simd": 16},
    {"kind": "array", "width": 8, "shape": (1, 256, 10), "simd": 8},
    {"kind": "array", "width": -8, "shape": (1, 9, 40), "simd": 9, "pe": 40},
)


def clocked(spec: dict[str, Any]) -> bool:
    """Whether the clock of this component is measured."""
    return any(all(spec.get(name) == value for name, value in wanted.items()) for wanted in CLOCKED)
