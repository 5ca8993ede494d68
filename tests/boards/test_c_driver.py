"""The driver in C: compiled with all warnings as errors, and run against a simulated board, and one behind noise."""

import os
import shutil
import subprocess
import threading
import tty
from contextlib import suppress
from pathlib import Path

import numpy as np
import pytest

from binloom.boards.c.driver import write
from binloom.boards.virtual.board import virtual
from binloom.compiler.build import Build
from binloom.compiler.ir import interpret
from binloom.main import main
from binloom.sim.images import random_images
from tests.boards.fake import FakeBoard, Noisy

COMPILER = shutil.which("gcc") or shutil.which("cc")
DOCUMENT = Path(__file__).parents[2] / "docs" / "host.md"
FLAGS = ("-std=c99", "-pedantic", "-Wall", "-Wextra", "-Wconversion", "-Werror", "-O1")


def compiled(folder):
    program = folder / "example"
    sources = [folder / name for name in ("example.c", "binloom.c", "binloom_model.c")]
    if COMPILER is None:
        pytest.skip("needs a C compiler")
    subprocess.run([COMPILER, *FLAGS, "-o", program, *sources], check=True, timeout=60)
    return program


def classified(program, port, images):
    """A row an image: the class that the program printed, then the logits."""
    told = images.astype(np.uint8).tobytes()
    done = subprocess.run([program, port], input=told, capture_output=True, timeout=120)
    assert (done.returncode, done.stderr) == (0, b"")
    return np.array([line.split() for line in done.stdout.splitlines()], np.int64)


def golden(build, images):
    wanted = interpret.run(build.graph, images)[build.graph.outputs[0].name].reshape(len(images), -1)
    return np.column_stack([wanted.argmax(axis=1), wanted])


@pytest.fixture(scope="module")
def build(built):
    return Build.load(built)


@pytest.fixture(scope="module")
def program(built, tmp_path_factory):
    folder = tmp_path_factory.mktemp("driver")
    assert main(["board", "c", str(built), "-o", str(folder)]) == 0
    return compiled(folder)


def test_images_on_a_simulated_board(build, program):
    images = random_images(build.graph, 10, 4)
    with virtual(build) as port:
        for _ in range(2):  # closed and opened again
            np.testing.assert_array_equal(classified(program, port, images), golden(build, images))


class OnTerminal:
    """A board of tests/boards/fake.py behind a terminal, in a thread of its own."""

    def __init__(self, board):
        self.board, (self.ours, self.theirs) = board, os.openpty()
        tty.setraw(self.theirs)

    def __enter__(self):
        threading.Thread(target=self.serve, daemon=True).start()
        return os.ttyname(self.theirs)

    def serve(self):
        with suppress(OSError):  # the other side is closed
            while data := os.read(self.ours, 4096):
                self.board.write(data)
                while answer := self.board.read(0):
                    os.write(self.ours, answer)

    def __exit__(self, *error):
        os.close(self.theirs)


def test_noise_costs_time_and_nothing_else(build, program):
    images = random_images(build.graph, 30, 5)
    board = Noisy(FakeBoard(build, quiet=0.5), 7, one_in=150)
    with OnTerminal(board) as port:
        np.testing.assert_array_equal(classified(program, port, images), golden(build, images))
    assert board.spoilt > 5


# One byte each way over a terminal, as a bus does it.
BYTE = """
#include <time.h>

static uint8_t spi_byte(uint8_t byte)
{
    struct pollfd waits = {port, POLLIN, 0};
    uint8_t got = 0;
    if (write(port, &byte, 1) != 1 || (poll(&waits, 1, 0) > 0 && read(port, &got, 1) != 1)) return 0;
    return got;
}

static uint32_t now(void)
{
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (uint32_t)(time.tv_sec * 1000 + time.tv_nsec / 1000000);
}

"""


def test_the_documents_functions_for_spi(build, built, tmp_path):
    assert main(["board", "c", str(built), "-o", str(tmp_path)]) == 0
    start, _, rest = (tmp_path / "example.c").read_text().partition("static int put(")
    shown = DOCUMENT.read_text().partition("```c\n")[2].partition("```")[0]
    (tmp_path / "example.c").write_text(
        start + BYTE + shown + "\nstatic int open_port" + rest.partition("open_port")[2]
    )
    images = random_images(build.graph, 5, 4)
    board = FakeBoard(build)
    with OnTerminal(board) as port:
        np.testing.assert_array_equal(classified(compiled(tmp_path), port, images), golden(build, images))
    assert board.frames == 5


def test_weights_and_another_model(build, program, tmp_path):
    words = np.random.default_rng(1).integers(0, 1 << 16, 300, np.uint16)
    loaded = type("Loaded", (Build,), {"load_image": property(lambda self: words)})
    loaded = loaded(build.dir, build.graph, build.plan, build.manifest)
    write(loaded, tmp_path)
    board = FakeBoard(build, weights=words.astype("<u2").tobytes())
    images = random_images(build.graph, 3, 6)
    with OnTerminal(board) as port:
        np.testing.assert_array_equal(classified(compiled(tmp_path), port, images), golden(build, images))
        assert board.held == board.weights
        done = subprocess.run([program, port], input=b"", capture_output=True, timeout=60)
        assert (done.returncode, done.stderr) == (1, b"no board of this model: error -3\n")


def test_what_no_driver_can_be_written_for(built, tmp_path, capsys):
    (tmp_path / "file").write_text("")
    assert main(["board", "c", str(built), "-o", str(tmp_path / "file")]) == 2
    assert (
        capsys.readouterr().err
        == f"binloom: {tmp_path / 'file'} cannot be written (File exists); give another folder\n"
    )
