"""Weights as Keras 3 stores them: `layers/<class>[_<count>]/vars/<number>`.

The path says nothing about a layer's name: the class in snake case, numbered among the layers of its model, as the
configuration lists them. Within a layer the arrays are numbered in Keras' order.
"""

from collections import Counter
from string import ascii_lowercase, ascii_uppercase

from binloom.compiler.reader.hdf5 import Store
from binloom.compiler.reader.spec import LayerSpec, ModelSpec
from binloom.compiler.reader.weights import Arrays, Named, check_arrays

# Keras 2.12 to 2.15 file the layers under the second name.
CONTAINERS = ("layers", "_layer_checkpoint_dependencies")

CAPITALS, SMALL = frozenset(ascii_uppercase), frozenset(ascii_lowercase)


def container(store: Store, path: str = "") -> str | None:
    """The group that holds a model's layers."""
    for name in CONTAINERS:
        if store.is_group(f"{path}{name}"):
            return f"{path}{name}"
    return None


def read_variables(model: ModelSpec, store: Store, path: str = "", prefix: str = "") -> dict[LayerSpec, Arrays]:
    """The arrays of every layer of a model and of the models inside it."""
    base = container(store, path) or f"{path}{CONTAINERS[0]}"
    arrays: dict[LayerSpec, Arrays] = {}
    seen: Counter[str] = Counter()
    for spec in model.layers:
        if spec.is_operation or (model.sequential and spec.kind == "InputLayer"):
            continue
        name = snake_case(spec.kind)
        place = f"{base}/{name}_{seen[name]}" if seen[name] else f"{base}/{name}"
        seen[name] += 1
        if spec.model is not None:
            arrays |= read_variables(spec.model, store, f"{place}/", f"{prefix}{spec.name}/")
            continue
        names = store.names(f"{place}/vars")
        if not all(name.isdecimal() and name.isascii() and len(name) < 4 for name in names):
            raise store.error(
                f"the arrays of layer {prefix}{spec.name} are not numbered 0, 1, ...", "save the model again"
            )
        found: Named = [(name, store.array(f"{place}/vars/{name}")) for name in sorted(names, key=int)]
        arrays[spec] = check_arrays(f"{prefix}{spec.name}", spec, found, store)
    return arrays


def snake_case(name: str) -> str:
    """Keras' name for a class: "DepthwiseConv2D" is "depthwise_conv2d", "PReLU" is "p_re_lu"."""
    letters = [letter for letter in name if letter.isalnum() or letter == "_"]
    words = ""
    for before, letter, after in zip(["", *letters], letters, [*letters[1:], ""], strict=False):
        # A capital begins a word behind a small letter, and where it is the last of several.
        begins = letter in CAPITALS and before and not SMALL.isdisjoint((before, after))
        words += f"_{letter}" if begins else letter
    return words.lower()
