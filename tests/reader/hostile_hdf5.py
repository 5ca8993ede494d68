"""Hostile HDF5 files: damaged, deep, huge, linked, of strange types."""

import zlib
from collections.abc import Callable
from pathlib import Path

import h5py
import numpy as np

from tests.reader import standins as s
from tests.reader.hostile import CASES, case, good, net, raw

__all__ = ["CASES"]


def with_kernel(path: Path, make: Callable[[h5py.Group], None]) -> Path:
    """The good file with its first kernel replaced by what `make` puts under the name "kernel:0"."""
    file_path = good(path)
    with h5py.File(file_path, "a") as file:
        group = file["model_weights/conv/conv"]
        del group["kernel:0"]
        make(group)
    return file_path


@case("is a damaged or truncated HDF5 file")
def truncated(path: Path) -> Path:
    file = good(path)
    data = file.read_bytes()
    file.write_bytes(data[: len(data) // 2])
    return file


@case("is a damaged or truncated HDF5 file")
def only_the_magic(path: Path) -> Path:
    return raw(b"\x89HDF\r\n\x1a\n" + bytes(200), "m.h5")(path)


@case("no Keras model is in it")
def no_model(path: Path) -> Path:
    with h5py.File(path / "m.h5", "w") as file:
        file["a/b"] = np.zeros(3)
    return path / "m.h5"


@case("holds weights without an architecture; .*--config")
def no_config(path: Path) -> Path:
    return s.write_keras2_h5(path / "m.h5", net(), weights_only=True)


@case("holds an architecture but no weights")
def no_weights(path: Path) -> Path:
    file_path = good(path)
    with h5py.File(file_path, "a") as file:
        del file["model_weights"]
    return file_path


@case(r"the list of layers \(layer_names\) is missing")
def no_layer_names(path: Path) -> Path:
    file_path = good(path)
    with h5py.File(file_path, "a") as file:
        del file["model_weights"].attrs["layer_names"]
    return file_path


@case("attribute layer_names is not text")
def layer_names_are_numbers(path: Path) -> Path:
    file_path = good(path)
    with h5py.File(file_path, "a") as file:
        file["model_weights"].attrs["layer_names"] = [1, 2]
    return file_path


@case(r"\.\./\.\./conv is not a path a model has")
def path_upwards(path: Path) -> Path:
    layers = net()
    layers[1][1]["name"] = "../../conv"
    file_path = good(path)
    with h5py.File(file_path, "a") as file:
        file["model_weights"].attrs["layer_names"] = ["../../conv"]
    return file_path


@case("the model's configuration is not valid JSON")
def config_is_no_json(path: Path) -> Path:
    file_path = good(path)
    with h5py.File(file_path, "a") as file:
        file.attrs["model_config"] = "{'class_name': 3}"
    return file_path


@case("attribute model_config is not UTF-8 text")
def config_is_no_text(path: Path) -> Path:
    file_path = good(path)
    with h5py.File(file_path, "a") as file:
        file.attrs["model_config"] = np.bytes_(b"{\xff\xfe}")
    return file_path


@case("the model's configuration is nested too deep")
def config_nested_deep(path: Path) -> Path:
    file_path = good(path)
    with h5py.File(file_path, "a") as file:
        file.attrs["model_config"] = '{"a":' + "[" * 10_000 + "]" * 10_000 + "}"
    return file_path


@case("the model's configuration is nested more than 200 deep")
def config_nested(path: Path) -> Path:
    file_path = good(path)
    with h5py.File(file_path, "a") as file:
        file.attrs["model_config"] = '{"a":' * 300 + "1" + "}" * 300
    return file_path


@case("the model's configuration has .* MB, more than")
def config_is_long(path: Path) -> Path:
    file_path = good(path)
    with h5py.File(file_path, "a") as file:
        file.attrs["model_config"] = '{"a": "' + "a" * 20_000_000 + '"}'
    return file_path


@case("groups are nested more than 100 deep")
def groups_nested_deep(path: Path) -> Path:
    file_path = good(path)
    with h5py.File(file_path, "a") as file:
        group = file["model_weights"]
        for _ in range(10_000):
            group = group.create_group("g")
    return file_path


@case("it holds more than 60000 objects")
def many_objects(path: Path) -> Path:
    file_path = path / "m.h5"
    with h5py.File(file_path, "w", libver="latest") as file:
        group = file.create_group("g")
        group.create_group("0")
        for index in range(60_001):  # a hard link is the cheapest member
            group.id.links.create_hard(str(index + 1).encode(), group.id, b"0")
    return file_path


@case(r"array .*kernel:0 claims 1000000000000 elements \(4000 GB\)")
def dataset_of_1e12(path: Path) -> Path:
    return with_kernel(path, lambda g: g.create_dataset("kernel:0", (10**12,), "f4", chunks=(1 << 16,)))


@case(r"array /elsewhere claims 1000000 x 1000000 elements")
def dataset_of_1e12_elsewhere(path: Path) -> Path:
    file_path = good(path)
    with h5py.File(file_path, "a") as file:
        file.create_dataset("elsewhere", (10**6, 10**6), "f4", chunks=(512, 512), compression="gzip")
    return file_path


@case("array .*kernel:0 has the shape .* but its data was never written")
def dataset_never_written(path: Path) -> Path:
    return with_kernel(path, lambda g: g.create_dataset("kernel:0", (3, 3, 2, 4), "f4", chunks=(3, 3, 2, 4)))


@case("array .*kernel:0 is cut into 262144 chunks")
def dataset_of_tiny_chunks(path: Path) -> Path:
    return with_kernel(path, lambda g: g.create_dataset("kernel:0", (512, 512), "f4", chunks=(1, 1)))


@case("array .*kernel:0 has a packed piece of")
def dataset_compression_bomb(path: Path) -> Path:
    def make(group: h5py.Group) -> None:
        dataset = group.create_dataset("kernel:0", (1024, 1024), "f4", chunks=(1024, 1024), compression="gzip")
        dataset.id.write_direct_chunk((0, 0), zlib.compress(bytes(600_000), 0))

    return with_kernel(path, make)


@case("the weights take more than 403 MB")
def weights_add_up(path: Path) -> Path:
    """Each array within bounds, a thousand of them not. Compression keeps the file small."""
    layers = [s.image(6, 6, 2)]
    layers += [("Strange", {"name": f"l{index}"}, {}) for index in range(30)]
    file_path = s.write_keras2_h5(path / "m.h5", layers)
    with h5py.File(file_path, "a") as file:
        for index in range(30):
            group = file[f"model_weights/l{index}"]
            group.attrs["weight_names"] = ["w"]
            group.create_dataset("w", (4_000_000,), "f4", chunks=(1 << 18,), compression="gzip", fillvalue=0)[:1] = 1
    return file_path


@case("array .*kernel:0 is packed with the unknown filter 32008")
def dataset_of_unknown_filter(path: Path) -> Path:
    def make(group: h5py.Group) -> None:
        settings = h5py.h5p.create(h5py.h5p.DATASET_CREATE)
        settings.set_chunk((4,))
        settings.set_filter(32008, h5py.h5z.FLAG_OPTIONAL, ())
        h5py.h5d.create(group.id, b"kernel:0", h5py.h5t.IEEE_F32LE, h5py.h5s.create_simple((4,)), settings)

    return with_kernel(path, make)


@case("kernel:0 is an external link, into another file")
def external_link(path: Path) -> Path:
    return with_kernel(path, lambda g: g.__setitem__("kernel:0", h5py.ExternalLink("/etc/passwd", "/a")))


@case("/extra is an external link, into another file")
def external_link_elsewhere(path: Path) -> Path:
    file_path = good(path)
    with h5py.File(file_path, "a") as file:
        file["extra"] = h5py.ExternalLink("other.h5", "/a")
    return file_path


@case("kernel:0 is a soft link")
def soft_link_in_a_circle(path: Path) -> Path:
    return with_kernel(path, lambda g: g.__setitem__("kernel:0", h5py.SoftLink("/model_weights/conv/conv/kernel:0")))


@case("/model_weights/loop is one object under two names")
def hard_link_in_a_circle(path: Path) -> Path:
    file_path = good(path)
    with h5py.File(file_path, "a") as file:
        file["model_weights/loop"] = file["model_weights"]
    return file_path


@case("kernel:0 keeps its data in another file")
def external_storage(path: Path) -> Path:
    (path / "secret").write_bytes(bytes(288))
    outside = [(str(path / "secret"), 0, 288)]
    return with_kernel(path, lambda g: g.create_dataset("kernel:0", (3, 3, 2, 4), "f4", external=outside))


@case("kernel:0 is put together from other files")
def virtual_dataset(path: Path) -> Path:
    layout = h5py.VirtualLayout((3, 3, 2, 4), "f4")
    layout[:] = h5py.VirtualSource(str(path / "other.h5"), "a", (3, 3, 2, 4))
    return with_kernel(path, lambda g: g.create_virtual_dataset("kernel:0", layout))


@case("kernel:0 holds references, not numbers")
def object_references(path: Path) -> Path:
    return with_kernel(path, lambda g: g.create_dataset("kernel:0", data=np.array([g.ref] * 3, h5py.ref_dtype)))


@case("kernel:0 holds references, not numbers")
def region_references(path: Path) -> Path:
    def make(group: h5py.Group) -> None:
        target = group.create_dataset("target", data=np.zeros(4))
        group.create_dataset("kernel:0", data=np.array([target.regionref[:2]], h5py.regionref_dtype))

    return with_kernel(path, make)


@case("kernel:0 holds text, not numbers")
def strings(path: Path) -> Path:
    return with_kernel(path, lambda g: g.create_dataset("kernel:0", data=["a", "b"]))


@case("kernel:0 holds records, not numbers")
def committed_compound(path: Path) -> Path:
    def make(group: h5py.Group) -> None:
        group["type"] = np.dtype([("a", "f4"), ("b", "i2")])
        group.create_dataset("kernel:0", (3,), group["type"])[:] = 0

    return with_kernel(path, make)


@case("kernel:0 holds complex64, not numbers")
def complex_numbers(path: Path) -> Path:
    return with_kernel(path, lambda g: g.create_dataset("kernel:0", data=np.zeros((3, 3, 2, 4), np.complex64)))


@case(r"layer conv \(Conv2D\): kernel is stored as int8")
def integers(path: Path) -> Path:
    return with_kernel(path, lambda g: g.create_dataset("kernel:0", data=np.ones((3, 3, 2, 4), np.int8)))


@case("kernel:0 is null")
def null_dataset(path: Path) -> Path:
    return with_kernel(path, lambda g: g.create_dataset("kernel:0", data=h5py.Empty("f4")))


@case("array .*kernel:0 is missing")
def array_is_a_group(path: Path) -> Path:
    return with_kernel(path, lambda g: g.create_group("kernel:0"))
