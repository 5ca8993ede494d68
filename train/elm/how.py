"""What an extreme learning machine is trained with."""

from collections.abc import Iterator
from dataclasses import dataclass

from binloom.compiler.errors import InputError


@dataclass(frozen=True, slots=True)
class Elm:
    """`trials` draws of kernels, of which the best is kept. `c` weighs the data against small weights. Without `epochs`
    of Adam ridge regression has the last word.

    `rate` and `batch` are Adam's; `bits` is what a weight of the dense layer has in the end.
    """

    trials: int = 1
    c: float = 300.0
    epochs: int = 0
    rate: float = 2e-4
    batch: int = 250
    bits: int = 8

    def __post_init__(self) -> None:
        for name, least, most in (("trials", 1, None), ("batch", 1, None), ("bits", 2, 16)):
            value = getattr(self, name)
            if value < least or (most is not None and value > most):
                upto = f" to {most}" if most else " up"
                raise InputError(f"[elm]: {name} is {value}", f"give a whole number from {least}{upto}")

    def rows(self) -> Iterator[tuple[str, str]]:
        """What a model card says of it."""
        best = f", the best of {self.trials} draws by leaving out one training image at a time"
        tuned = f", {self.epochs} epochs of Adam from {self.rate:g}" if self.epochs else ""
        yield "kernels", f"-1 and +1, drawn by chance{best if self.trials > 1 else ''}"
        yield "dense layer", f"ridge regression, C = {self.c:g}{tuned}, then whole numbers of {self.bits} bits"
