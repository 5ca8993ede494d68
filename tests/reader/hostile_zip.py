"""Hostile .keras files: paths out of the folder, bombs, lies about sizes."""

import json
import struct
import zipfile
from pathlib import Path

import numpy as np

from tests.reader import standins as s
from tests.reader.hostile import CASES, case, net

__all__ = ["CASES"]


@case(r"lacks model.weights.h5 \(it has model.weights.npz\)")
def zip_npz_weights(path: Path) -> Path:
    return _zip(path, {"config.json": b"{}", "model.weights.npz": b""})


@case("lacks config.json")
def zip_without_config(path: Path) -> Path:
    return _zip(path, {"model.weights.h5": b""})


@case("looks like a NumPy .npz archive")
def npz(path: Path) -> Path:
    np.savez(path / "m.npz", a=np.zeros(3))
    return path / "m.npz"


@case("looks like a PyTorch file")
def torch_zip(path: Path) -> Path:
    return _zip(path, {"archive/data.pkl": b"", "archive/data/0": b""})


@case(r"holds '\.\./evil', a path out of its folder")
def zip_path_upwards(path: Path) -> Path:
    return s.write_keras_zip(path / "m.keras", net(), {"../evil": b"x"})


@case(r"holds 'assets\\\\\.\.\\\\\.\.\\\\evil', a path out of its folder")
def zip_path_upwards_backslash(path: Path) -> Path:
    return s.write_keras_zip(path / "m.keras", net(), {"assets\\..\\..\\evil": b"x"})


@case("holds '/etc/evil', a path out of its folder")
def zip_absolute_path(path: Path) -> Path:
    return s.write_keras_zip(path / "m.keras", net(), {"/etc/evil": b"x"})


@case("holds 'C:/evil', a path out of its folder")
def zip_drive(path: Path) -> Path:
    return s.write_keras_zip(path / "m.keras", net(), {"C:/evil": b"x"})


@case("holds 'link' as a symbolic link")
def zip_symlink(path: Path) -> Path:
    file_path = s.write_keras_zip(path / "m.keras", net())
    info = zipfile.ZipInfo("link")
    info.external_attr = 0o120777 << 16
    with zipfile.ZipFile(file_path, "a") as archive:
        archive.writestr(info, "/etc/passwd")
    return file_path


@case("holds 'config.json' twice")
def zip_duplicate(path: Path) -> Path:
    file_path = s.write_keras_zip(path / "m.keras", net(), {"config.jsoN": b"{}"})
    file_path.write_bytes(file_path.read_bytes().replace(b"config.jsoN", b"config.json"))
    return file_path


@case("is encrypted")
def zip_encrypted(path: Path) -> Path:
    return _patch(s.write_keras_zip(path / "m.keras", net()), b"PK\x01\x02", 8, struct.pack("<H", 1))


@case("config.json is packed with method 14")
def zip_odd_method(path: Path) -> Path:
    with zipfile.ZipFile(path / "m.keras", "w", zipfile.ZIP_LZMA) as archive:
        archive.writestr("config.json", "{}")
        archive.writestr("model.weights.h5", "")
    return path / "m.keras"


@case("config.json claims 67.1 MB unpacked, more than .*; refused as a zip bomb")
def zip_bomb_config(path: Path) -> Path:
    return _zip(path, {"config.json": b"[" * (64 << 20), "model.weights.h5": b""}, zipfile.ZIP_DEFLATED)


@case("model.weights.h5 claims 4.0 GB unpacked, more than .*; refused as a zip bomb")
def zip_bomb_weights(path: Path) -> Path:
    file_path = _zip(path, {"config.json": b"{}", "model.weights.h5": bytes(9)}, zipfile.ZIP_DEFLATED)
    return _patch(file_path, b"PK\x01\x02", 24, struct.pack("<L", 4_000_000_000), last=True)


@case("is a damaged or truncated .keras file")
def zip_size_lies(path: Path) -> Path:
    """Ten million bytes that claim to be ten."""
    file_path = _zip(path, {"config.json": b" " * 10_000_000, "model.weights.h5": b""}, zipfile.ZIP_DEFLATED)
    return _patch(file_path, b"PK\x01\x02", 24, struct.pack("<L", 10))


@case("its list of contents claims 4.0 GB")
def zip_directory_bomb(path: Path) -> Path:
    return _patch(s.write_keras_zip(path / "m.keras", net()), b"PK\x05\x06", 12, struct.pack("<L", 4_000_000_000))


@case("is a damaged or truncated .keras file")
def zip_broken_contents(path: Path) -> Path:
    file_path = _zip(path, {"config.json": json.dumps(s.sequential(net())).encode(), "model.weights.h5": b"x"})
    data = bytearray(file_path.read_bytes())
    data[60] ^= 0xFF
    file_path.write_bytes(data)
    return file_path


def _zip(path: Path, members: dict[str, bytes], method: int = zipfile.ZIP_STORED) -> Path:
    with zipfile.ZipFile(path / "m.keras", "w", method) as archive:
        for name, data in members.items():
            archive.writestr(name, data)
    return path / "m.keras"


def _patch(path: Path, record: bytes, offset: int, value: bytes, last: bool = False) -> Path:
    """Overwrites a field of a zip record."""
    data = bytearray(path.read_bytes())
    place = (data.rindex(record) if last else data.index(record)) + offset
    data[place : place + len(value)] = value
    path.write_bytes(data)
    return path
