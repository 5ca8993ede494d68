"""The depthwise kernels of a model as one thing that is drawn, changed and compared: -1 and +1, layer after layer."""

import hashlib
from dataclasses import dataclass, replace
from typing import Self

import keras
import numpy as np

Place = tuple[int, int]  # of a kernel: which depthwise layer, which of its outputs


@dataclass(frozen=True, slots=True, eq=False)
class Kernels:
    """An int8 array (height, width, outputs) a depthwise layer. Output c * M + m is kernel m over input c."""

    layers: tuple[np.ndarray, ...]

    @classmethod
    def of(cls, model: keras.Model) -> Self:
        """Those that a model has."""
        return cls(tuple(_flat(layer.get_weights()[0]).astype(np.int8) for layer in depthwise(model)))

    def set(self, model: keras.Model) -> None:
        """Gives them to a model of the same shapes."""
        for layer, found in zip(depthwise(model), self.layers, strict=True):
            layer.set_weights([found.reshape(layer.kernel.shape).astype(np.float32)])

    def drawn(self, seed: int) -> Self:
        """As many, by chance."""
        random = np.random.default_rng(seed)
        return replace(self, layers=tuple(random.choice([-1, 1], one.shape).astype(np.int8) for one in self.layers))

    def places(self) -> list[Place]:
        """Of every kernel."""
        return [(layer, output) for layer, found in enumerate(self.layers) for output in range(found.shape[-1])]

    def flipped(self, place: Place, random: np.random.Generator) -> Self:
        """One kernel changed: one or two of its signs are the other way round."""
        layer, output = place
        changed = [one.copy() for one in self.layers]
        kernel = changed[layer][..., output].reshape(-1)  # a copy: its elements lie apart
        kernel[random.choice(len(kernel), random.integers(1, 3), replace=False)] *= -1
        changed[layer][..., output] = kernel.reshape(changed[layer].shape[:2])
        return replace(self, layers=tuple(changed))

    def crossed(self, other: Self, random: np.random.Generator) -> Self:
        """Each chain, from a kernel of the first layer to all that come of it, from the one or the other parent."""
        count = self.layers[0].shape[-1]
        first = random.random(count) < 0.5
        return replace(
            self,
            layers=tuple(
                np.where(np.repeat(first, one.shape[-1] // count), one, two)
                for one, two in zip(self.layers, other.layers, strict=True)
            ),
        )

    def digest(self) -> str:
        """The same for the same kernels."""
        digest = hashlib.sha256()
        for one in self.layers:
            digest.update(repr(one.shape).encode() + one.tobytes())
        return digest.hexdigest()

    def packed(self) -> bytes:
        """A bit an element, 1 for +1, in order."""
        return np.packbits(np.concatenate([one.reshape(-1) for one in self.layers]) > 0).tobytes()

    def unpacked(self, bits: bytes) -> Self:
        """Kernels of these shapes out of `packed`."""
        sizes = np.cumsum([one.size for one in self.layers])
        signs = np.unpackbits(np.frombuffer(bits, np.uint8), count=int(sizes[-1])).astype(np.int8) * 2 - 1
        parts = np.split(signs, sizes[:-1])
        return replace(
            self, layers=tuple(part.reshape(one.shape) for part, one in zip(parts, self.layers, strict=True))
        )


def depthwise(model: keras.Model) -> list[keras.layers.DepthwiseConv2D]:
    """The layers that have kernels, in order."""
    return [layer for layer in model.layers if isinstance(layer, keras.layers.DepthwiseConv2D)]


def _flat(kernel: np.ndarray) -> np.ndarray:
    return kernel.reshape(*kernel.shape[:2], -1)
