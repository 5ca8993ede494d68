"""Simulated boards behind their ports: every logit, noise, a cable that comes off, cycles of a benchmark."""

import select
import signal
import subprocess
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from binloom import api
from binloom.boards import Device
from binloom.boards.host.port import SerialPort
from binloom.boards.listing import takes
from binloom.boards.protocol import Image, to_bytes
from binloom.boards.virtual.board import program, simulated, virtual
from binloom.boards.virtual.simulator import Pins, Streams, glue
from binloom.compiler.build import Build
from binloom.compiler.compile import CompileOptions, compile_graph
from binloom.compiler.errors import InputError
from binloom.compiler.ir import interpret
from binloom.compiler.plan.default import default_plan
from binloom.hw.link.format import BLOCK
from binloom.sim.harness import Harness
from binloom.sim.images import random_images
from binloom.toolchain.verilator import Settings
from tests.boards.fake import Noisy
from tests.cli.foreground import binloom
from tests.sim.nets import tiny

ZOO = Path(__file__).parents[2] / "zoo"
NOISE = 1000  # bytes of which one is spoilt


def golden(build, images):
    return interpret.run(build.graph, images)[build.graph.outputs[0].name].reshape(len(images), -1)


def logits(board, images):
    return np.array([result.logits for result in board.batch(images)])


def through_noise(build, simulator, count, seed=1):
    """So many frames through a line that spoils bytes: how many it has spoilt. Every answer has to be right."""
    images = random_images(build.graph, count, seed)
    with simulated(simulator) as running:
        line = Noisy(SerialPort(running.first), seed, NOISE)
        with Device(line, build, silence=120) as board:
            np.testing.assert_array_equal(logits(board, images), golden(build, images))
            counts = board.counters()
    assert counts.overruns == 0
    return line.spoilt, counts


def cycles_in_verilator(build, frames):
    """From the first beat into the network to the last one out of it, frames following each other."""
    harness = Harness(build.manifest, build.verilog.read_text(), load=build.load_image)
    images = random_images(build.graph, frames, 1)
    run = harness.run(harness.build(Settings()), images)
    return int(run.delivered[-1] - run.accepted[0]) + 1


@pytest.fixture(scope="module")
def build(built):
    return Build.load(built)


@pytest.fixture(scope="module")
def behind_the_uart(build):
    return program(build)


@pytest.fixture(scope="module")
def with_pins(build):
    return program(build, "ulx3s-85f", pins=True)


def compiled(graph, folder, plan):
    """A build of this plan."""
    compile_graph(graph, folder, CompileOptions(), plan=plan)
    return Build.load(folder)


def with_weights_to_load(graph, cycles):
    """A plan whose dense weights come at boot."""
    plan = default_plan(graph, cycles)
    return replace(plan, folds={**plan.folds, "dense": replace(plan.folds["dense"], storage="ram")})


@pytest.fixture(params=["behind_the_uart", "with_pins"])
def simulator(request):
    return request.getfixturevalue(request.param)


def test_images_cycles_and_counters(build, simulator):
    images = random_images(build.graph, 10, 3)
    with simulated(simulator) as running, Device(running.first, build) as board:
        board.reset(everything=True)  # forgets a byte that was on its way while the board woke up
        np.testing.assert_array_equal(logits(board, images), golden(build, images))
        assert board.counters().frames == 10
        assert board.benchmark(20).cycles == cycles_in_verilator(build, 20)
        np.testing.assert_array_equal(logits(board, images[:3]), golden(build, images[:3]))
        told = board.counters()
        assert (told.frames, told.crc_errors, told.malformed, told.overruns) == (33, 0, 0, 0)
        board.reset(everything=True)
        assert board.counters().frames == 0


@pytest.mark.parametrize("board", ["ulx3s-85f", pytest.param("tangnano9k", marks=pytest.mark.slow)])
def test_over_spi(build, board):
    """A master that selects the board for five bytes at a time, across packets and answers."""
    images = random_images(build.graph, 10, 3)
    with virtual(build, board, pins=True, line="spi") as port:
        with Device(port, build) as device:
            np.testing.assert_array_equal(logits(device, images), golden(build, images))
            assert device.benchmark(20).cycles == cycles_in_verilator(build, 20)
            told = device.counters()
            assert (told.crc_errors, told.overruns) == (0, 0)
        unplugged(build, port)


def test_an_icebreaker_over_spi_starts_from_its_flash(tmp_path):
    graph, said = tiny(), []
    build = compiled(graph, tmp_path / "build", with_weights_to_load(graph, 400))
    images = random_images(graph, 3, 9)
    with (
        virtual(build, "icebreaker", pins=True, line="spi") as port,
        Device(port, build, note=said.append) as board,
    ):
        np.testing.assert_array_equal(logits(board, images), golden(build, images))
        assert board.check()
    assert said == []


def test_noise(build, simulator):
    spoilt, _ = through_noise(build, simulator, 40)
    assert spoilt >= 2


def unplugged(build, port):
    """A cable that comes off in the middle of a packet, and before a result: the next frame is right."""
    images = random_images(build.graph, 2, 5)
    data = images[0].astype(np.uint8).tobytes()
    whole = b"".join(to_bytes(Image(7, at // BLOCK, data[at : at + BLOCK])) for at in range(0, len(data), BLOCK))
    for part in (len(whole) - 20, len(whole)):
        line = SerialPort(port)
        line.write(whole[:part])
        line.close()
        with Device(port, build) as board:
            assert (board.infer(images[1]).logits == golden(build, images[1:])[0]).all()


def test_the_cable_comes_off_in_the_middle_of_a_frame(build, simulator):
    with simulated(simulator) as running:
        unplugged(build, running.first)


def test_an_icebreaker_starts_from_its_flash(tmp_path):
    graph, said = tiny(), []
    build = compiled(graph, tmp_path / "build", with_weights_to_load(graph, 400))
    images = random_images(graph, 3, 9)
    with virtual(build, "icebreaker", pins=True) as port:
        with Device(port, build, note=said.append) as board:
            np.testing.assert_array_equal(logits(board, images), golden(build, images))
            board.reset(everything=True)  # it reads them once more
            np.testing.assert_array_equal(logits(board, images), golden(build, images))
            assert board.benchmark(20).cycles == cycles_in_verilator(build, 20)
        unplugged(build, port)
    assert said == []


def test_an_icebreaker_whose_flash_holds_others(tmp_path):
    graph, said = tiny(), []
    build = compiled(graph, tmp_path / "build", with_weights_to_load(graph, 400))
    simulator, words, at = program(build, "icebreaker", pins=True)
    first, *rest = words.read_text().split()
    other = tmp_path / "other.hex"
    other.write_text("\n".join([f"{int(first, 16) ^ 1:04x}", *rest]))
    images = random_images(graph, 3, 9)
    with simulated((simulator, other, at)) as running, Device(running.first, build, note=said.append) as board:
        np.testing.assert_array_equal(logits(board, images), golden(build, images))
    assert said == ["the board has lost its weights", "its weights are loaded"]


class Loose(SerialPort):
    """A port that is gone once, in the middle of the third image, and can be opened again."""

    images = 0

    def write(self, data):
        self.images += len(data) > 30
        if self.images == 3 and len(data) > 30:
            super().write(data[:20])
            self._serial.close()
        super().write(data)


def test_a_device_goes_on_when_the_cable_is_back(build, behind_the_uart):
    images, said = random_images(build.graph, 8, 6), []
    with simulated(behind_the_uart) as running, Device(Loose(running.first), build, note=said.append) as board:
        np.testing.assert_array_equal(logits(board, images), golden(build, images))
    assert [note.split(" ", 1)[1] for note in said] == ["is gone; waiting for it", "is back"]


def test_the_port_named_sim(build):
    image = random_images(build.graph, 1, 7)
    with Device("sim", build) as board:
        assert (board.infer(image[0]).logits == golden(build, image)[0]).all()


def test_it_ends_with_who_started_it(behind_the_uart):
    with simulated(behind_the_uart) as running:
        running._process.stdin.close()
        assert running._process.wait(10) == 0


def test_the_verb_prints_the_port(built, build):
    image = random_images(build.graph, 1, 8)
    command = binloom("board", "sim", str(built))
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        try:
            assert select.select([process.stdout], [], [], 120)[0]
            port = process.stdout.readline().strip()
            assert port.startswith("/dev/pts/")
            with Device(port, build) as board:
                assert (board.infer(image[0]).logits == golden(build, image)[0]).all()
        finally:
            process.send_signal(signal.SIGINT)
        _, said = process.communicate(timeout=30)
    assert (process.returncode, said) == (130, "binloom: interrupted\n")


def test_names_of_wires():
    assert "rx = &top.rx;" in glue(Pins(("rx", "tx"), 16))
    assert "divisor = 16;" in glue(Pins(("rx", "tx"), 16))
    assert "in = {&top.i___05Fpayload, &top.i___05Fvalid, &top.i___05Fready};" in glue(Streams())


def test_pins_of_no_board(build):
    with pytest.raises(InputError, match=r"^pins are those of a board; name one: --board B$"):
        program(build, pins=True)
    with pytest.raises(InputError, match=r"^there is no board 'nope'"):
        program(build, "nope")
    with pytest.raises(InputError, match=r"^SPI and UART differ at the pins alone; ask for --pins, or leave --link ou"):
        program(build, line="spi")
    with pytest.raises(InputError, match=r"^colorlight-i5 has no pins for SPI; take its serial line, or one of ulx3s-"):
        program(build, "colorlight-i5", pins=True, line="spi")


# The long forms.


@pytest.mark.slow
def test_ten_thousand_frames_behind_the_uart_through_noise(build, behind_the_uart):
    spoilt, counts = through_noise(build, behind_the_uart, 10_000)
    print(f"10,000 frames, {spoilt} bytes spoilt, {counts}")
    assert spoilt > 800


@pytest.mark.slow
def test_a_hundred_frames_at_pin_level_through_noise(build, with_pins):
    spoilt, counts = through_noise(build, with_pins, 100)
    print(f"100 frames, {spoilt} bytes spoilt, {counts}")
    assert spoilt >= 5


@pytest.fixture(scope="module")
def digits(tmp_path_factory):
    """A network for digits of 28 x 28, by the board for which it was planned.

    On the iCEBreaker it is slower, and its dense weights come at boot: through the line, or out of the flash.
    """
    graph = api.integer_graph(ZOO / "mnist_tiny.h5")
    made = {}
    for board, plan in (("ulx3s-85f", None), ("icebreaker", with_weights_to_load(graph, 100_000))):
        made[board] = compiled(graph, tmp_path_factory.mktemp(board) / "build", plan)
        assert takes(graph, made[board].manifest, board)[-1] == "yes"
    return made


@pytest.mark.slow
@pytest.mark.parametrize("board", ["ulx3s-85f", "icebreaker"])
@pytest.mark.parametrize("pins", [False, True], ids=["behind_the_uart", "with_pins"])
def test_a_hundred_images_of_28_x_28(board, pins, digits):
    build = digits[board]
    with np.load(ZOO / "fashion_images.npz") as data:
        images = data["x_test"][:100]
    with virtual(build, board, pins=pins) as port:
        with Device(port, build) as device:
            np.testing.assert_array_equal(logits(device, images), golden(build, images))
            assert device.benchmark(20).cycles == cycles_in_verilator(build, 20)
            assert device.check()
        unplugged(build, port)
