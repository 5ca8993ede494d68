"""The model card of a run: what was trained on what, how, and what came out of it."""

from importlib.metadata import version
from pathlib import Path

from binloom.train.data import KNOWN, Dataset
from binloom.train.recipe import Recipe


def write_card(path: Path, recipe: Recipe, data: Dataset, keras: int, integers: int, seed: int, quick: bool) -> None:
    """Writes it, in Markdown."""
    known, total = KNOWN.get(data.name), len(data.y_test)
    source = known.source if known else data.name
    whole = known is not None and known.digest == data.digest()
    lines = [
        f"# {recipe.name}",
        "",
        f"LB-CNN ({', '.join(map(str, recipe.lbcnn.multipliers))}), trained as an extreme learning machine.",
        "",
        f"Data: {source}.",
        "",
        *(["**A quick run**, on a small share of the data: its accuracy says nothing.", ""] if quick else []),
        "| | |",
        "|---|---|",
        f"| command | `binloom train {recipe.name} --seed {seed}{' --quick' if quick else ''}` |",
        f"| data | {len(data.x_train):,} training and {total:,} test images of {' x '.join(map(str, data.shape))}"
        f"{', the whole set' if whole else ''} |",
        f"| kernels | -1 and +1, drawn by chance with seed {seed}{_trials(recipe)} |",
        f"| dense layer | ridge regression, C = {recipe.elm.c:g}"
        + (f", {recipe.elm.epochs} epochs of Adam from {recipe.elm.rate:g}" if recipe.elm.epochs else "")
        + f", then whole numbers of {recipe.elm.bits} bits |",
        "| input | a pixel p counts p / 255 |",
        f"| right in Keras | {keras:,} of {total:,} ({100 * keras / total:.2f}%) |",
        f"| right in integers | {integers:,} of {total:,} ({100 * integers / total:.2f}%) |",
        f"| made with | binloom {version('binloom')}, Keras {version('keras')} |",
        "",
    ]
    path.write_text("\n".join(lines))


def _trials(recipe: Recipe) -> str:
    """How the draw was chosen, where there were several."""
    count = recipe.elm.trials
    return f" and after it, the best of {count} by leaving out one training image at a time" if count > 1 else ""
