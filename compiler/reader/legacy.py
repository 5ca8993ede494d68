"""Weights as `model.save("x.h5")` stores them: a group for each top layer, with its arrays listed in `weight_names`.

Keras itself loads them by order alone: for each layer the trained arrays and then the others, and for a nested model
first the trained arrays of all its layers. Names are used where they tell, and the order where they do not.
"""

from binloom.compiler.reader.hdf5 import Store
from binloom.compiler.reader.roles import role_of_name, roles_of
from binloom.compiler.reader.spec import LayerSpec, ModelSpec
from binloom.compiler.reader.weights import IGNORED, Arrays, Named, check_arrays, leaves, mismatch


def read_legacy(model: ModelSpec, store: Store, root: str) -> dict[LayerSpec, Arrays]:
    """The arrays of every layer. `root` is their group: "model_weights", or "" for a file of weights alone."""
    listed = store.texts(root, "layer_names")
    if listed is None:
        raise store.error("the list of layers (layer_names) is missing", "save the model again")
    groups = {name: store.texts(f"{root}/{name}", "weight_names") for name in listed}
    arrays: dict[LayerSpec, Arrays] = {}
    for spec, group in _pair(model, groups, store):
        found: Named = []
        for name in groups.get(group) or ():
            if role_of_name(name) not in IGNORED:
                found.append((name, store.array(f"{root}/{group}/{name}")))
        if spec.model is None:
            arrays[spec] = check_arrays(spec.name, spec, found, store)
        else:
            arrays |= _nested(spec, found, store)
    return arrays


def _pair(model: ModelSpec, groups: dict[str, list[str] | None], store: Store) -> list[tuple[LayerSpec, str]]:
    """Each top layer with the group that holds its arrays: of the same name, else the next one that holds any."""
    specs = [spec for spec in model.layers if not spec.is_operation]
    full = [
        name for name, weights in groups.items() if any(role_of_name(weight) not in IGNORED for weight in weights or ())
    ]
    if set(full) <= {spec.name for spec in specs}:
        return [(spec, spec.name) for spec in specs]
    owners = [spec for spec in specs if _owns_arrays(spec)]
    if len(owners) != len(full):
        raise mismatch(store, f"{len(owners)} layers of the configuration have weights but {len(full)} in the file do")
    pairs = dict(zip(owners, full, strict=True))
    return [(spec, pairs.get(spec, "")) for spec in specs]


def _owns_arrays(spec: LayerSpec) -> bool:
    if spec.model is not None:
        return any(_owns_arrays(leaf) for _, leaf in leaves(spec.model))
    roles = roles_of(spec.kind, spec.config)
    return roles is None or bool(roles)


def _nested(spec: LayerSpec, found: Named, store: Store) -> dict[LayerSpec, Arrays]:
    """Shares out the arrays of a nested model among its layers."""
    assert spec.model is not None
    inner = list(leaves(spec.model, f"{spec.name}/"))
    by_name = _share_by_name(inner, found)
    shares = by_name if by_name is not None else _share_by_order(spec, inner, found, store)
    return {leaf: check_arrays(name, leaf, shares[leaf], store) for name, leaf in inner}


def _share_by_name(inner: list[tuple[str, LayerSpec]], found: Named) -> dict[LayerSpec, Named] | None:
    """By the layer's name just before the role, where each such name is one layer's only."""
    by_name = {leaf.name: leaf for _, leaf in inner}
    shares: dict[LayerSpec, Named] = {leaf: [] for _, leaf in inner}
    for label, values in found:
        parts = label.split("/")
        leaf = by_name.get(parts[-2]) if len(parts) > 1 else None
        if leaf is None:
            return None
        shares[leaf].append((label, values))
    complete = len(by_name) == len(inner)
    for leaf, share in shares.items():
        roles = roles_of(leaf.kind, leaf.config)
        complete &= roles is None or len(share) in (len(roles), sum(not role.optional for role in roles))
    return shares if complete else None


def _share_by_order(
    spec: LayerSpec, inner: list[tuple[str, LayerSpec]], found: Named, store: Store
) -> dict[LayerSpec, Named]:
    """By Keras' order: the trained arrays of all layers, then the rest."""
    assert spec.model is not None
    order: list[tuple[LayerSpec, str]] = []
    frozen: list[tuple[LayerSpec, str]] = []
    for name, leaf in inner:
        roles = roles_of(leaf.kind, leaf.config)
        if roles is None:
            raise store.error(f"the arrays of layer {name} ({leaf.kind}) cannot be told apart", "lay the model flat")
        for role in roles:
            (order if role.trainable and leaf.trainable and spec.trainable else frozen).append((leaf, role.name))
    order += frozen
    if len(order) != len(found):
        raise mismatch(store, f"the nested model {spec.name} needs {len(order)} arrays but the file holds {len(found)}")
    shares: dict[LayerSpec, Named] = {leaf: [] for _, leaf in inner}
    for (leaf, label), (_, values) in zip(order, found, strict=True):
        shares[leaf].append((label, values))
    return shares
