"""Lays a tree of models flat: one entry for each call of a layer, in topological order."""

from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from heapq import heapify, heappop, heappush

from binloom.compiler.errors import InputError
from binloom.compiler.reader import limits
from binloom.compiler.reader.spec import Call, LayerSpec, ModelSpec, Ref

BROKEN = "save the model again"


@dataclass(frozen=True, slots=True)
class FlatCall:
    """One use of one layer. A layer that is called twice gives `conv` and `conv__2`, with the same spec."""

    name: str
    spec: LayerSpec
    inputs: tuple[str, ...]
    constants: bool


def flatten(model: ModelSpec, label: str) -> tuple[list[FlatCall], tuple[str, ...]]:
    """The calls, the model's inputs first, and the names of its outputs."""
    work = _Flattener(label)
    for ref in model.inputs:
        spec = model.by_name.get(ref.layer)
        if spec is None or spec.model is not None:
            raise work.error(f"the input {ref.layer} of model {model.name} is not an input layer", BROKEN)
        work.add(spec.name, spec, Call(()), ())
    outputs = work.expand(model, "", [call.name for call in work.calls])
    return work.calls, tuple(outputs)


class _Flattener:
    def __init__(self, label: str) -> None:
        self.label = label
        self.calls: list[FlatCall] = []
        self.taken: set[str] = set()
        self.uses: Counter[str] = Counter()

    def error(self, message: str, remedy: str = "") -> InputError:
        return InputError(f"{self.label}: {message}", remedy)

    def add(self, name: str, spec: LayerSpec, call: Call, inputs: tuple[str, ...]) -> str:
        if len(self.calls) >= limits.LAYERS:
            raise self.error(f"the model has more than {limits.LAYERS} layers once its nested models are laid flat")
        unique, number = name, self.uses[name] or 1
        while unique in self.taken:
            number += 1
            unique = f"{name}__{number}"
        self.uses[name] = number
        self.taken.add(unique)
        self.calls.append(FlatCall(unique, spec, inputs, call.constants))
        return unique

    def expand(self, model: ModelSpec, prefix: str, given: list[str]) -> list[str]:
        """Adds one run through a model on the named tensors; returns the names of its results."""
        tensors: dict[tuple[str, int], list[str]] = {}
        if len(model.inputs) not in (len(given), 0):
            raise self.error(f"model {model.name} has {len(model.inputs)} inputs but is given {len(given)}", BROKEN)
        for ref, tensor in zip(model.inputs, given, strict=False):
            tensors[ref.layer, 0] = [tensor]
        offsets = _first_calls(model)
        for spec, index in self._order(model, offsets):
            if (spec.name, index) in tensors:
                continue
            call = spec.calls[index]
            inputs = [self._tensor(tensors, model, ref, offsets) for ref in call.inputs]
            # The first layer of a nested Sequential without an InputLayer takes what the model is given.
            inputs = inputs or (given if model.sequential else [])
            if not inputs:
                raise self.error(f"layer {prefix}{spec.name} ({spec.kind}) takes no input", BROKEN)
            if spec.model is not None:
                tensors[spec.name, index] = self.expand(spec.model, f"{prefix}{spec.name}/", inputs)
            else:
                tensors[spec.name, index] = [self.add(f"{prefix}{spec.name}", spec, call, tuple(inputs))]
        counted = _output_calls(model)
        return [self._tensor(tensors, model, ref, counted) for ref in model.outputs]

    def _tensor(
        self, tensors: dict[tuple[str, int], list[str]], model: ModelSpec, ref: Ref, offsets: dict[str, int]
    ) -> str:
        results = tensors.get((ref.layer, ref.call - offsets.get(ref.layer, 0)))
        if results is None:
            raise self.error(
                f"model {model.name} refers to call {ref.call} of {ref.layer}, which does not exist", BROKEN
            )
        if ref.tensor >= len(results):
            raise self.error(f"layer {ref.layer} has no result number {ref.tensor}", "use layers with one result")
        return results[ref.tensor]

    def _order(self, model: ModelSpec, offsets: dict[str, int]) -> list[tuple[LayerSpec, int]]:
        """The calls of a model's layers in topological order, and otherwise as the configuration lists them."""
        rank: dict[tuple[str, int], tuple[int, int]] = {}
        for position, spec in enumerate(model.layers):
            for index in range(len(spec.calls)):
                rank[spec.name, index] = (position, index)
        fixed = {ref.layer for ref in model.inputs}
        waiting: dict[tuple[int, int], int] = {}
        users = defaultdict(list)
        for (name, index), place in rank.items():
            refs = model.layers[place[0]].calls[index].inputs
            keys = {(ref.layer, ref.call - offsets.get(ref.layer, 0)) for ref in refs} if name not in fixed else set()
            keys = {key for key in keys if key[0] not in fixed}
            for key in keys:
                if key[0] not in model.by_name:
                    raise self.error(f"layer {name} takes its input from {key[0]}, which does not exist", BROKEN)
                if key not in rank:
                    raise self.error(f"layer {name} refers to a call of {key[0]} that does not exist", BROKEN)
                users[rank[key]].append(place)
            waiting[place] = len(keys)
        ready = [place for place, count in waiting.items() if not count]
        heapify(ready)
        order = []
        while ready:
            place = heappop(ready)
            order.append((model.layers[place[0]], place[1]))
            for user in users[place]:
                waiting[user] -= 1
                if not waiting[user]:
                    heappush(ready, user)
        if len(order) < len(rank):
            stuck = min(place for place, count in waiting.items() if count)
            raise self.error(f"layer {model.layers[stuck[0]].name} depends on its own result", "the layers form a loop")
        return order


def _first_calls(model: ModelSpec) -> dict[str, int]:
    """The number by which the layers' inputs know the first call of each nested model.

    A nested model stands connected to its own input already; Keras 2 counts that as call 0 and Keras 3 does not.
    """
    used = _used(ref for spec in model.layers for call in spec.calls for ref in call.inputs)
    offsets = {}
    for spec in model.layers:
        if spec.model is not None and 0 not in (calls := used[spec.name]):
            offsets[spec.name] = int(model.keras2 or max(calls, default=0) >= len(spec.calls))
    return offsets


def _output_calls(model: ModelSpec) -> dict[str, int]:
    """The same for `output_layers`, where Keras 3 counts like Keras 2, save for a nested Sequential."""
    offsets = {}
    for name, calls in _used(model.outputs).items():
        spec = model.by_name.get(name)
        if spec is not None and spec.model is not None and 0 not in calls:
            offsets[name] = int(model.keras2 or not spec.model.sequential or max(calls) >= len(spec.calls))
    return offsets


def _used(refs: Iterable[Ref]) -> defaultdict[str, set[int]]:
    used: defaultdict[str, set[int]] = defaultdict(set)
    for ref in refs:
        used[ref.layer].add(ref.call)
    return used
