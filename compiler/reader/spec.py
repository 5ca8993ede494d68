"""A model's configuration as a tree: layers as the file lists them, nested models still inside."""

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Ref:
    """The result of a layer's call: which layer, which of its calls, which of its results."""

    layer: str
    call: int
    tensor: int


@dataclass(frozen=True, slots=True)
class Call:
    """One use of a layer: the tensors it is given, and whether constants stand among its arguments."""

    inputs: tuple[Ref, ...]
    constants: bool = False


@dataclass(frozen=True, slots=True, eq=False)
class LayerSpec:
    """One layer of a configuration. `model` is set where the layer is a model itself."""

    name: str
    kind: str
    package: str
    config: dict[str, object]
    calls: tuple[Call, ...]
    model: "ModelSpec | None" = None

    @property
    def trainable(self) -> bool:
        return self.config.get("trainable", True) is not False

    @property
    def is_operation(self) -> bool:
        """A bare Keras operation, such as `x * 2`: it takes part in the graph but is no layer and owns no weights."""
        return self.package == "keras.ops"


@dataclass(frozen=True, slots=True, eq=False)
class ModelSpec:
    """A Sequential or Functional model."""

    name: str
    sequential: bool
    layers: tuple[LayerSpec, ...]
    inputs: tuple[Ref, ...]
    outputs: tuple[Ref, ...]
    keras2: bool = False  # connections written as nested lists
    build_shape: object = None  # the input's shape, where a Sequential has no InputLayer
    by_name: dict[str, LayerSpec] = field(default_factory=dict)
