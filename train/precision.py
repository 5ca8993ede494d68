"""Mixed precision: which layers may compute in fewer bits than float32 and still mean what is compiled.

bfloat16 holds whole numbers up to 256, and 8 significant bits of others. So bits survive it, and moving or comparing
them; a sum of 300 bits does not, nor a normalisation of such sums, nor pixels over 255. The layers of
`binloom.train.layers` therefore stay in float32 under `mixed_bfloat16` and its like, all but `Sign`. Keras' own layers
obey the policy: `rounding` names those that then give other numbers in training than on the chip.
"""

from typing import Any

import keras

HALF = ("bfloat16", "float16", "float8")
# Of Keras: they move or compare what they are given, and make no new numbers.
SAFE = (
    keras.layers.InputLayer,
    keras.layers.Flatten,
    keras.layers.Reshape,
    keras.layers.MaxPooling2D,
    keras.layers.GlobalMaxPooling2D,
    keras.layers.ZeroPadding2D,
    keras.layers.Concatenate,
    keras.layers.ReLU,
)


def exact(config: dict[str, Any]) -> dict[str, Any]:
    """A layer's arguments with float32 to compute in, where its policy or the global one has less."""
    given = config.get("dtype")
    policy = keras.config.dtype_policy() if given is None else keras.dtype_policies.get(given)
    return {**config, "dtype": "float32"} if short(policy) else config


def rounding(model: keras.Model) -> list[str]:
    """The names of the layers that round to fewer bits than float32 has what they compute."""
    found = []
    for layer in model._flatten_layers(include_self=False):
        safe = isinstance(layer, SAFE) or getattr(layer, "keeps_bits", False) or isinstance(layer, keras.Model)
        if short(layer.dtype_policy) and not safe:
            found.append(layer.name)
    return found


def short(policy: Any) -> bool:
    """Whether what is computed under it has fewer bits than float32."""
    return str(policy.compute_dtype).startswith(HALF)
