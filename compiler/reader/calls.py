"""Reads how a Functional model's layers are called: nested lists in Keras 2, arguments with tensors in Keras 3."""

from collections.abc import Iterator

from binloom.compiler.errors import InputError
from binloom.compiler.reader.limits import NAME_LENGTH
from binloom.compiler.reader.spec import Call, Ref


def parse_calls(nodes: object, label: str, layer: str) -> tuple[Call, ...]:
    """A layer's `inbound_nodes`."""
    if nodes is None:
        return ()
    if not isinstance(nodes, list):
        raise _broken(label, layer)
    return tuple(
        _keras3(node, label, layer) if isinstance(node, dict) else _keras2(node, label, layer) for node in nodes
    )


def parse_refs(value: object, label: str, model: str) -> tuple[Ref, ...]:
    """`input_layers` or `output_layers`: one reference, a list of them, or a dict of them."""
    refs = [_ref(leaf, label, model) for leaf in _leaves(value)]
    if not refs:
        raise InputError(f"{label}: model {model} names no inputs or outputs", "save the model again")
    return tuple(refs)


def _keras2(node: object, label: str, layer: str) -> Call:
    """[["a", 0, 0, {}], ["b", 0, 0, {}]]; keyword arguments may hold further tensors as ["c", 0, 0]."""
    inputs: list[Ref] = []
    constants = False
    for leaf in _leaves(node):
        if leaf[0] == "_CONSTANT_VALUE":
            constants = True
        else:
            inputs.append(_ref(leaf[:3], label, layer))
        for value in leaf[3].values() if len(leaf) > 3 and isinstance(leaf[3], dict) else ():
            nested = list(_leaves(value))
            inputs += [_ref(item, label, layer) for item in nested if item[0] != "_CONSTANT_VALUE"]
            constants |= not nested and isinstance(value, int | float) and not isinstance(value, bool)
    return Call(tuple(inputs), constants)


def _keras3(node: dict[str, object], label: str, layer: str) -> Call:
    """{"args": [...], "kwargs": {...}} with tensors as {"class_name": "__keras_tensor__", ...}."""
    inputs: list[Ref] = []
    constants = False
    stack: list[object] = [node.get("kwargs"), node.get("args")]
    while stack:
        item = stack.pop()
        if isinstance(item, dict):
            config = item.get("config")
            if item.get("class_name") == "__keras_tensor__":
                inputs.append(_ref(config.get("keras_history") if isinstance(config, dict) else None, label, layer))
            else:
                stack.extend(reversed(item.values()))
        elif isinstance(item, list):
            stack.extend(reversed(item))
        elif isinstance(item, int | float) and not isinstance(item, bool):
            constants = True
    return Call(tuple(inputs), constants)


def _leaves(value: object) -> Iterator[list[object]]:
    """The lists that begin with a layer's name, in order; those of a dict by its sorted keys, as Keras does."""
    stack = [value]
    while stack:
        item = stack.pop()
        if isinstance(item, dict):
            stack.extend(item[key] for key in sorted(item, reverse=True))
        elif isinstance(item, list) and len(item) >= 3 and isinstance(item[0], str) and isinstance(item[1], int):
            yield item
        elif isinstance(item, list):
            stack.extend(reversed(item))


def _ref(value: object, label: str, layer: str) -> Ref:
    if isinstance(value, list) and len(value) == 3:
        name, call, tensor = value
        numbers = type(call) is int and type(tensor) is int and call >= 0 and tensor >= 0
        if numbers and isinstance(name, str) and name.isprintable() and len(name) <= NAME_LENGTH:
            return Ref(name, call, tensor)
    raise _broken(label, layer)


def _broken(label: str, layer: str) -> InputError:
    return InputError(f"{label}: the connections of {layer} cannot be read", "save the model again")
