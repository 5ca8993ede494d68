"""The reader's own guards: heaps walked, memory bounded, no file behind a link, fuzzed files survived."""

import struct
import subprocess
import sys

import numpy as np
import pytest

from binloom.compiler.reader import read_model
from binloom.compiler.reader.heaps import heap_trouble
from binloom.compiler.reader.memory import at_most
from binloom.compiler.reader.text import readable, short
from binloom.compiler.reader.variables import snake_case
from tests.reader.hostile import good

# Reads files with a few bytes changed, and prints how many were read and how many refused. Anything but an InputError
# ends it with a traceback, a crash of the library with a signal, a hang with SIGALRM.
FUZZ = """
import random, signal, sys
from pathlib import Path
from binloom.compiler.errors import InputError
from binloom.compiler.reader import read_model
data, path = Path(sys.argv[1]).read_bytes(), Path(sys.argv[2])
used = [index for index, byte in enumerate(data) if byte]
counts = {"read": 0, "refused": 0}
for seed in range(int(sys.argv[3])):
    rng = random.Random(seed)
    changed = bytearray(data)
    for _ in range(rng.choice((1, 1, 2, 4, 16))):
        index = rng.choice(used) if rng.random() < 0.7 else rng.randrange(len(data))
        changed[index] = rng.choice((rng.randrange(256), 255, 0, changed[index] ^ 1 << rng.randrange(8)))
    path.write_bytes(changed)
    print("seed", seed, file=sys.stderr, flush=True)
    signal.alarm(10)
    try:
        read_model(path)
        counts["read"] += 1
    except InputError as error:
        assert str(error).isprintable() and len(str(error)) < 600, (seed, str(error))
        counts["refused"] += 1
print(*counts.values())
"""


def test_fuzzed_files_are_read_or_refused(tmp_path):
    count = 700
    command = [sys.executable, "-c", FUZZ, str(good(tmp_path)), str(tmp_path / "f.h5"), str(count)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, f"ended with {done.returncode}: {done.stderr[-2000:]}"
    read, refused = map(int, done.stdout.split())
    assert read + refused == count
    assert min(read, refused) > count // 10


@pytest.mark.parametrize(("offset", "value"), [(8, 1 << 40), (8, 3), (24, 5), (24, 1 << 63)])
def test_a_heap_that_does_not_add_up(tmp_path, offset, value):
    path = good(tmp_path)
    assert heap_trouble(path) is None
    data = bytearray(path.read_bytes())
    heap = data.index(b"GCOL")
    struct.pack_into("<Q", data, heap + offset, value)
    path.write_bytes(data)
    assert heap_trouble(path) == f"the heap at byte {heap} does not add up"


def test_heaps_of_too_many_texts(tmp_path, monkeypatch):
    monkeypatch.setattr("binloom.compiler.reader.heaps.HEAP_OBJECTS", 5)
    assert heap_trouble(good(tmp_path)) == "its heaps hold more than 5 texts"


def test_memory_is_bounded_inside_and_free_after():
    with at_most(100 << 20), pytest.raises(MemoryError):
        np.zeros(400 << 20, np.uint8)
    assert np.zeros(400 << 20, np.uint8).size


def test_nothing_is_left_in_the_temporary_folder(tmp_path, monkeypatch):
    from tests.reader import standins as s
    from tests.reader.hostile import net

    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "tmp"))
    (tmp_path / "tmp").mkdir()
    read_model(s.write_keras_zip(tmp_path / "m.keras", net()))
    assert list((tmp_path / "tmp").iterdir()) == []


@pytest.mark.parametrize(
    ("count", "text"),
    [(0, "0 bytes"), (999, "999 bytes"), (1500, "1.5 kB"), (4 * 10**12, "4000 GB"), (123456789, "123 MB")],
)
def test_readable(count, text):
    assert readable(count) == text


def test_short():
    assert short("conv/kernel:0") == "conv/kernel:0"
    assert short("a\nb\x1b") == "a\\nb\\x1b"
    assert short("x" * 999) == "x" * 100 + "..." + "x" * 50


@pytest.mark.parametrize(
    ("name", "snake"),
    [
        ("Conv2D", "conv2d"), ("DepthwiseConv2D", "depthwise_conv2d"), ("PReLU", "p_re_lu"), ("ReLU", "re_lu"),
        ("MaxPooling2D", "max_pooling2d"), ("GlobalAveragePooling2D", "global_average_pooling2d"), ("Add", "add"),
        ("BatchNormalization", "batch_normalization"), ("QuantConv2D", "quant_conv2d"), ("LSTMCell", "lstm_cell"),
    ],
)  # fmt: skip
def test_snake_case(name, snake):
    assert snake_case(name) == snake
