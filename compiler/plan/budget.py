"""What there is to spend: the resources of a device, and the share of them that a plan may take."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from binloom.compiler.targets.area import Area
from binloom.compiler.targets.device import Device

# Fields of an Area, and what a reader calls them.
RESOURCES: Mapping[str, str] = {
    "lut": "LUTs",
    "ff": "registers",
    "bram": "block RAMs",
    "dsp": "multipliers",
    "spram": "single-port RAMs",
}

# What a device has none of counts as so little that using any is out of the question.
NONE = 1e-3


@dataclass(frozen=True)
class Budget:
    """How much of each resource a device has, and how much of that there is to spend."""

    has: Mapping[str, int]
    spend: Mapping[str, float]

    @classmethod
    def of(cls, device: Device, share: float = 1.0, bounds: Mapping[str, float] | None = None) -> "Budget":
        """That share of everything, and no more of a resource than `bounds` say."""
        has = {
            "lut": device.luts,
            "ff": device.ffs,
            "bram": device.rams[0].count,
            "dsp": device.dsp.count if device.dsp else 0,
            "spram": device.loaded,
        }
        return cls(has, {what: min(share * count, (bounds or {}).get(what, count)) for what, count in has.items()})

    @property
    def limits(self) -> np.ndarray:
        """What there is to spend of each of RESOURCES, never 0."""
        return np.array([max(self.spend[what], NONE) for what in RESOURCES])

    def less(self, taken: np.ndarray) -> "Budget":
        """What is left when so much of each resource is set aside."""
        pairs = zip(RESOURCES, taken, strict=True)
        return Budget(self.has, {what: max(0.0, self.spend[what] - float(count)) for what, count in pairs})

    def shares(self, area: np.ndarray) -> np.ndarray:
        """Areas (..., resources) as parts of what there is to spend."""
        return area / self.limits


def vector(area: Area) -> np.ndarray:
    """An area as one number for each of RESOURCES."""
    return np.array([getattr(area, what) for what in RESOURCES], float)
