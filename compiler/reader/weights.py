"""Hands each layer its arrays, by role, from whichever of Keras' three ways of storing them the file uses."""

from collections.abc import Iterator, Mapping

import numpy as np

from binloom.compiler.errors import InputError
from binloom.compiler.reader.hdf5 import Store
from binloom.compiler.reader.roles import Role, role_of_name, roles_of
from binloom.compiler.reader.spec import LayerSpec, ModelSpec
from binloom.compiler.reader.text import short

Arrays = Mapping[str, np.ndarray]
Named = list[tuple[str, np.ndarray]]  # what the file calls an array, and its values
SAVE_AGAIN = "save the model again, with its weights"

# Random generators keep their state beside the weights; it means nothing here.
IGNORED = ("seed_generator_state",)


def leaves(model: ModelSpec, path: str = "") -> Iterator[tuple[str, LayerSpec]]:
    """The layers that own arrays themselves, each once, with their full names, as the configuration lists them."""
    for spec in model.layers:
        if spec.is_operation:
            continue
        if spec.model is not None:
            yield from leaves(spec.model, f"{path}{spec.name}/")
        else:
            yield path + spec.name, spec


def check_arrays(name: str, spec: LayerSpec, found: Named, store: Store) -> Arrays:
    """A layer's arrays under their roles; refuses missing and superfluous ones, wrong shapes, NaN and infinities."""
    _refuse_quantized(name, spec, store)
    roles = roles_of(spec.kind, spec.config)
    if roles is None:
        arrays = {role_of_name(label): values for label, values in found}
        if len(arrays) < len(found):
            arrays = dict(found)
        for label, values in arrays.items():
            _check_values(name, spec, Role(label), values, store)
        return arrays
    arrays = _by_role(name, spec, roles, found, store)
    for role in roles:
        if role.name in arrays:
            _check_values(name, spec, role, arrays[role.name], store)
    lengths = {values.shape for values in arrays.values()}
    if spec.kind == "BatchNormalization" and len(lengths) > 1:
        raise store.error(
            f"the arrays of layer {name} (BatchNormalization) differ in length: {_shapes(found)}", SAVE_AGAIN
        )
    return arrays


def _by_role(name: str, spec: LayerSpec, roles: list[Role], found: Named, store: Store) -> dict[str, np.ndarray]:
    wanted = [role.name for role in roles]
    # Keras 3 calls a depthwise kernel plainly "kernel".
    alias = {"kernel": "depthwise_kernel"} if wanted[:1] == ["depthwise_kernel"] else {}
    labels = [alias.get(role_of_name(label), role_of_name(label)) for label, _ in found]
    required = [role.name for role in roles if not role.optional]
    if set(required) <= set(labels) <= set(wanted) and len(set(labels)) == len(labels):
        return dict(zip(labels, (values for _, values in found), strict=True))
    numbered = all(label.isdigit() for label in labels)
    if len(found) > len(wanted):
        extra = [label for label in labels if label not in wanted] or labels
        raise store.error(
            f"layer {name} ({spec.kind}) has {len(found)} arrays where it needs {len(wanted)}"
            + ("" if numbered else f"; {short(extra[0])} is not one of {', '.join(wanted) or 'none'}"),
            "the configuration and the weights do not belong together",
        )
    if len(found) < len(required):
        missing = required[len(found) :] if numbered else [role for role in required if role not in labels]
        raise store.error(f"layer {name} ({spec.kind}) lacks its {' and '.join(missing or required)}", SAVE_AGAIN)
    # Names of their own, such as those of a layer renamed after it was built: Keras goes by the order.
    chosen = required if len(found) == len(required) else wanted
    return dict(zip(chosen, (values for _, values in found), strict=True))


def _check_values(name: str, spec: LayerSpec, role: Role, values: np.ndarray, store: Store) -> None:
    what = f"layer {name} ({spec.kind}): {role.name}"
    pattern = role.shape
    if pattern is not None and (
        len(pattern) != values.ndim
        or any(want not in (None, got) for want, got in zip(pattern, values.shape, strict=True))
    ):
        need = ", ".join("?" if extent is None else str(extent) for extent in pattern)
        raise store.error(
            f"{what} has the shape {values.shape} where its configuration needs ({need})",
            "the configuration and the weights do not belong together",
        )
    if values.size == 0:
        raise store.error(f"{what} is empty: its shape is {values.shape}", SAVE_AGAIN)
    if values.dtype.kind != "f" and not role.whole and roles_of(spec.kind, spec.config) is not None:
        raise store.error(f"{what} is stored as {values.dtype}", "save the model with float weights, before quantize()")
    if values.dtype.kind == "f" and not np.isfinite(values).all():
        where = tuple(int(i) for i in np.argwhere(~np.isfinite(values))[0])
        raise store.error(f"{what}{list(where)} is {values[where]}", "the training diverged: train it again")


def _refuse_quantized(name: str, spec: LayerSpec, store: Store) -> None:
    """Keras' own quantisation stores integers and scales in the place of the weights."""
    policy = spec.config.get("dtype")
    settings = policy.get("config") if isinstance(policy, dict) else None
    mode = settings.get("mode") if isinstance(settings, dict) else None
    if mode is not None or (isinstance(policy, str) and "_from_" in policy):
        raise store.error(
            f"layer {name} is quantised by Keras ({str(mode or policy)[:40]})", "save it before quantize()"
        )


def _shapes(found: Named) -> str:
    return ", ".join(f"{role_of_name(label)} {values.shape}" for label, values in found)


def mismatch(store: Store, message: str) -> InputError:
    return store.error(message, "the configuration and the weights do not belong together")
