"""Training images as the dense layer sees them: features, and what each of them counts."""

from dataclasses import dataclass, replace

import numpy as np


@dataclass(frozen=True, slots=True, eq=False)
class Samples:
    """Features (n, features), whole numbers that count `unit` each, and labels from 0 to `classes` - 1.

    With `gains`, each image's features are multiplied by one of them, and there is no bias, which would have to be
    multiplied as well. An LB-CNN is made for that: twice the pixels are twice the logits, and the same class.
    """

    features: np.ndarray
    labels: np.ndarray
    classes: int
    unit: float
    gains: np.ndarray | None = None

    def __len__(self) -> int:
        return len(self.labels)

    def rows(self, part: slice | np.ndarray) -> np.ndarray:
        """float32, and behind the features a column for the bias: ones, or zeros where there is none."""
        chosen = self.features[part]
        rows = np.empty((len(chosen), chosen.shape[1] + 1), np.float32)
        np.multiply(chosen, np.float32(self.unit), out=rows[:, :-1], casting="unsafe")
        rows[:, -1] = self.gains is None
        if self.gains is not None:
            rows *= self.gains[part, np.newaxis]
        return rows

    def targets(self, part: slice | np.ndarray = slice(None)) -> np.ndarray:
        """+1 for the class of each image, -1 for the others."""
        return targets_of(self.labels[part], self.classes)


def joined(parts: list[Samples]) -> Samples:
    """All of them as one."""
    if len(parts) == 1:
        return parts[0]
    features, labels = (np.concatenate([getattr(part, name) for part in parts]) for name in ("features", "labels"))
    gains = None if parts[0].gains is None else np.concatenate([part.gains for part in parts])
    return replace(parts[0], features=features, labels=labels, gains=gains)


def targets_of(labels: np.ndarray, classes: int) -> np.ndarray:
    """+1 for the class of each label, -1 for the others."""
    return np.where(labels[:, np.newaxis] == np.arange(classes), 1.0, -1.0)


def gains_of(features: np.ndarray, unit: float) -> np.ndarray:
    """What makes all images' features as large as each other: of a mean square of one."""
    squares = [
        np.square(part.astype(np.float32)).mean(axis=1) for part in np.array_split(features, -(-len(features) // 500))
    ]
    return (1 / (unit * np.sqrt(np.maximum(np.concatenate(squares), 1)))).astype(np.float32)
