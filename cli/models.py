"""The networks of the zoo by name, with their classes and images."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from binloom import api
from binloom.build import Build
from binloom.compiler.classes import beside
from binloom.compiler.errors import InputError


@dataclass(frozen=True, slots=True)
class Model:
    """Files of one network; of images and names of classes those that are there."""

    name: str
    file: Path
    images: Path | None
    classes: Path | None

    def compile(self, out: Path, on_step: Callable[[str], None] | None = None) -> Build:
        return api.compile(self.file, out, name=self.name, classes=self.classes, on_step=on_step)


def models() -> dict[str, Model]:
    """Images are named by the data set, which is how the name of a network begins."""
    from binloom import zoo

    folder = Path(zoo.__path__[0])

    def there(name: str) -> Path | None:
        return folder / name if (folder / name).is_file() else None

    return {
        file.stem: Model(file.stem, file, there(f"{file.stem.partition('_')[0]}_images.npz"), there(beside(file).name))
        for file in sorted(folder.glob("*.h5"))
    }


def model(name: str) -> Model:
    """InputError where the zoo has none of this name."""
    known = models()
    if name not in known:
        raise InputError(f"{name} is no folder and no network of the zoo", f"the zoo has {', '.join(known)}")
    return known[name]
