"""Which arrays a layer of each class owns, in Keras' order, and what shapes they must have.

To teach the reader a layer: a function from its configuration to its arrays here, and its name in `RULES`.
A class that is not listed keeps its arrays under the names the file gives them.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

Config = Mapping[str, object]
Pattern = tuple[int | None, ...]  # None stands for what the layer's input decides


@dataclass(frozen=True, slots=True)
class Role:
    """One array: its role, its shape (None: any), and whether training moves it."""

    name: str
    shape: Pattern | None = None
    trainable: bool = True
    optional: bool = False
    whole: bool = False  # holds a whole number that counts something, and may be an integer


def _int(config: Config, key: str) -> int | None:
    value = config.get(key)
    return value if type(value) is int else None


def _kernel(config: Config, rank: int) -> Pattern:
    size = config.get("kernel_size")
    if type(size) is int:
        return (size,) * rank
    if isinstance(size, list) and len(size) == rank and all(type(extent) is int for extent in size):
        return tuple(size)
    return (None,) * rank


def _bias(config: Config, channels: int | None) -> list[Role]:
    return [Role("bias", (channels,))] if config.get("use_bias", True) else []


def _conv(config: Config) -> list[Role]:
    filters = _int(config, "filters")
    return [Role("kernel", (*_kernel(config, 2), None, filters)), *_bias(config, filters)]


def _depthwise(config: Config) -> list[Role]:
    multiplier = _int(config, "depth_multiplier")
    return [Role("depthwise_kernel", (*_kernel(config, 2), None, multiplier)), *_bias(config, None)]


def _separable(config: Config) -> list[Role]:
    filters = _int(config, "filters")
    return [
        Role("depthwise_kernel", (*_kernel(config, 2), None, _int(config, "depth_multiplier"))),
        Role("pointwise_kernel", (1, 1, None, filters)),
        *_bias(config, filters),
    ]


def _dense(config: Config) -> list[Role]:
    units = _int(config, "units")
    return [Role("kernel", (None, units)), *_bias(config, units)]


def _batch_norm(config: Config) -> list[Role]:
    roles = [Role("gamma", (None,))] if config.get("scale", True) else []
    roles += [Role("beta", (None,))] if config.get("center", True) else []
    return [*roles, Role("moving_mean", (None,), trainable=False), Role("moving_variance", (None,), trainable=False)]


def _normalization(config: Config) -> list[Role]:
    if config.get("mean") is not None:
        return []
    return [
        Role("mean", trainable=False),
        Role("variance", trainable=False),
        Role("count", (), trainable=False, optional=True, whole=True),
    ]


def _ovsf(config: Config) -> list[Role]:
    filters = _int(config, "filters")
    return [Role("coefficients", (None, filters)), *_bias(config, filters)]


def _none(config: Config) -> list[Role]:
    return []


def _threshold(config: Config) -> list[Role]:
    return [Role("threshold", (None,))]


def _rprelu(config: Config) -> list[Role]:
    return [Role(name, (None,)) for name in ("shift", "slope", "offset")]


def _alpha(config: Config) -> list[Role]:
    return [Role("alpha")]


MERGES = ("Add", "Subtract", "Multiply", "Average", "Maximum", "Minimum", "Concatenate")

RULES: dict[str, Callable[[Config], list[Role]]] = {
    **dict.fromkeys(("Conv2D", "QuantConv2D", "BinaryConv2D"), _conv),
    **dict.fromkeys(("DepthwiseConv2D", "QuantDepthwiseConv2D", "BinaryDepthwiseConv2D"), _depthwise),
    **dict.fromkeys(("SeparableConv2D", "QuantSeparableConv2D"), _separable),
    **dict.fromkeys(("Dense", "QuantDense", "BinaryDense"), _dense),
    **dict.fromkeys(("BatchNormalization", "SyncBatchNormalization", "Int8BatchNormalization"), _batch_norm),
    "Normalization": _normalization,
    "OvsfConv2D": _ovsf,
    "PReLU": _alpha,
    "RSign": _threshold,
    "RPReLU": _rprelu,
    **dict.fromkeys(
        (
            "InputLayer", "Activation", "ReLU", "LeakyReLU", "Softmax", "Flatten", "Reshape", "Permute", "Dropout",
            "SpatialDropout2D", "GaussianNoise", "GaussianDropout", "MaxPooling2D", "AveragePooling2D",
            "GlobalMaxPooling2D", "GlobalAveragePooling2D", "ZeroPadding2D", "Cropping2D", "UpSampling2D", "Rescaling",
            "Sign", "Clip", "FixedPoint", *MERGES,
        ),
        _none,
    ),
}  # fmt: skip


def roles_of(kind: str, config: Config) -> list[Role] | None:
    """The arrays a layer must have, in Keras' order; None where the class is not known."""
    rule = RULES.get(kind)
    return None if rule is None else rule(config)


def role_of_name(path: str) -> str:
    """The role at the end of a stored name: "conv/kernel:0" is "kernel"."""
    return path.rsplit("/", 1)[-1].split(":", 1)[0]
