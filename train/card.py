"""The model card of a run: what was trained on what, how, and what came out of it."""

from importlib.metadata import version
from pathlib import Path

from binloom.train.data import KNOWN, Dataset
from binloom.train.recipe import Recipe


def write_card(path: Path, recipe: Recipe, data: Dataset, keras: int, integers: int, seed: int, quick: bool) -> None:
    """Writes it, in Markdown."""
    known, total, pixel = KNOWN.get(data.name), len(data.y_test), recipe.model.pixel
    source = known.source if known else data.name
    whole = known is not None and known.digest == data.digest()
    lines = [
        f"# {recipe.name}",
        "",
        f"{recipe.model.about()}.",
        "",
        f"Data: {source}.",
        "",
        *(["**A quick run**, on a small share of the data: its accuracy says nothing.", ""] if quick else []),
        "| | |",
        "|---|---|",
        f"| command | `binloom train {recipe.name} --seed {seed}{' --quick' if quick else ''}` |",
        f"| data | {len(data.x_train):,} training and {total:,} test images of {' x '.join(map(str, data.shape))}"
        f"{', the whole set' if whole else ''} |",
        *(f"| {name} | {text} |" for name, text in recipe.how.rows()),
        f"| input | a pixel p is given as {'p' if pixel == 1 else f'{pixel} p'} |",
        f"| right in Keras | {keras:,} of {total:,} ({100 * keras / total:.2f}%) |",
        f"| right in integers | {integers:,} of {total:,} ({100 * integers / total:.2f}%) |",
        f"| made with | binloom {version('binloom')}, Keras {version('keras')} |",
        "",
    ]
    path.write_text("\n".join(lines))
