"""The host against a board in plain Python: what it sends, what it makes of answers, and what it does about noise."""

import asyncio
import time
from pathlib import Path

import numpy as np
import pytest

from binloom.boards import AsyncDevice, Device, DeviceError, NoAnswer, Unplugged, WrongModel
from binloom.boards.host import device
from binloom.boards.made import Bitstream
from binloom.boards.protocol import Ask, Check, Image, ImageState, Load
from binloom.compiler.build import Build
from binloom.compiler.errors import InputError
from binloom.compiler.ir import interpret
from binloom.hw.link.format import Place, Weights
from binloom.sim.images import random_images
from tests.boards.fake import CYCLES, FakeBoard, Noisy


@pytest.fixture(scope="module")
def build(built):
    return Build.load(built)


@pytest.fixture(scope="module")
def images(build):
    return random_images(build.graph, 60, 3)


def golden(build, images):
    (node,) = build.graph.outputs
    return interpret.run(build.graph, images)[node.name].reshape(len(images), -1)


def test_images_come_back_classified(build, images):
    wanted = golden(build, images)
    with Device(FakeBoard(build), build) as board:
        one = board.infer(images[0])
        assert (one.logits == wanted[0]).all()
        assert one.index == wanted[0].argmax()
        assert (one.name, str(one)) == (None, f"class {one.index}")
        assert {name: map.shape for name, map in one.outputs.items()} == {"last_output": (1, 1, 5)}
        got = [result.logits for result in board.batch(images)]
        np.testing.assert_array_equal(got, wanted)


@pytest.mark.parametrize("slots", [1, 2, 5])
@pytest.mark.parametrize("block", [7, 36, 256])
def test_every_size_of_block_and_number_of_slots(build, images, slots, block):
    fake = FakeBoard(build, slots=slots, block=block)
    with Device(fake, build) as board:
        got = [result.logits for result in board.batch(images[:9])]
    np.testing.assert_array_equal(got, golden(build, images[:9]))
    sent = [request for request in fake.asked if isinstance(request, Image)]
    assert len(sent) == 9 * -(-36 // block)  # nothing twice
    assert not any(isinstance(request, Ask) for request in fake.asked)


@pytest.mark.parametrize("seed", range(4))
def test_noise_costs_time_and_nothing_else(build, images, seed):
    fake = FakeBoard(build, block=9, quiet=0.5)
    line = Noisy(fake, seed, one_in=150)
    with Device(line, build, silence=30) as board:
        got = [result.logits for result in board.batch(images)]
    np.testing.assert_array_equal(got, golden(build, images))
    assert line.spoilt > 20
    assert fake.frames >= len(images)


def test_only_the_lost_block_is_sent_again(build, images):
    fake = FakeBoard(build, block=9)
    take, lost = fake.take, []

    def lose(packet):
        if packet[0] == Image.kind and packet[3] == 2 and not lost:
            lost.append(packet)
        else:
            take(packet)

    fake.take = lose
    with Device(fake, build) as board:
        board.infer(images[0])
    assert [request.block for request in fake.asked if isinstance(request, Image)] == [0, 1, 3, 2]


def test_numbers_begin_anew_after_the_last(build, images):
    fake = FakeBoard(build)
    with Device(fake, build) as board:
        board._transfer._number = 65_530
        got = [result.logits for result in board.batch(images[:12])]
    np.testing.assert_array_equal(got, golden(build, images[:12]))
    assert [r.seq for r in fake.asked if isinstance(r, Image)] == [*range(65_530, 65_536), *range(6)]


def test_a_batch_that_is_left_does_not_reach_the_next(build, images):
    with Device(FakeBoard(build), build) as board:
        for _ in board.batch(images):
            break
        got = [result.logits for result in board.batch(images[5:9])]
    np.testing.assert_array_equal(got, golden(build, images[5:9]))


class Silent:
    name = "silent"

    def write(self, data):
        pass

    def read(self, timeout):
        return b""

    def close(self):
        pass


def test_nobody_there(build):
    with pytest.raises(NoAnswer, match=r"^nothing answers on silent; is it the board's port, its baud"):
        Device(Silent(), build, silence=0.5)


def test_nobody_there_because_the_link_is_on_spi(build, monkeypatch):
    made = Bitstream("ulx3s-85f", Path("b.bit"), "", 25.0, baud=None, divisor=None, flash=(Path("b.bit"), ""))
    monkeypatch.setattr(device, "made", {build.dir: made}.get)
    with pytest.raises(NoAnswer, match=r"^nothing answers on silent, and the bitstream of .* has its link on SPI; put"):
        Device(Silent(), build, silence=0.5)


def test_a_network_that_does_not_finish(build, images):
    fake = FakeBoard(build)
    fake.image = lambda seq, block, data: None
    fake.place = lambda seq: fake.say(ImageState(seq, Place.WHOLE, b"\0"))
    with (
        Device(fake, build, silence=0.2) as board,
        pytest.raises(NoAnswer, match=r"^the board on fake answers, and does not finish an image; reset it"),
    ):
        board.infer(images[0])


def test_another_model(build):
    fake = FakeBoard(build)
    fake.identity = type(fake.identity)(**{**fields(fake.identity), "hash": "ab" * 32, "name": "other"})
    with pytest.raises(
        WrongModel, match=rf"^the board on fake carries other \(abababab\), .* is {build.name} \([0-9a-f]{{8}}\); "
    ):
        Device(fake, build)


def test_another_plan(build):
    fake = FakeBoard(build)
    fake.identity = type(fake.identity)(**{**fields(fake.identity), "image_bytes": 72})
    with pytest.raises(WrongModel, match=rf"^the board on fake carries {build.name} in other streams than"):
        Device(fake, build)


def test_another_protocol(build):
    fake = FakeBoard(build)
    old = b"\x09" + fake.identity.record()[1:]
    fake.identity = type("Old", (), {"record": lambda self: old})()
    with pytest.raises(WrongModel, match=r"^on fake there is a board of protocol 9, where 1 is known; "):
        Device(fake, build)


def fields(identity):
    return {name: getattr(identity, name) for name in identity.__slots__}


@pytest.fixture
def with_weights(build):
    words = np.random.default_rng(1).integers(0, 1 << 16, 500, np.uint16)
    data = words.astype("<u2").tobytes()
    made = type("Loaded", (Build,), {"load_image": property(lambda self: words)})
    return made(build.dir, build.graph, build.plan, build.manifest), data


def test_weights_are_loaded_where_they_are_missing_and_again_where_they_are_damaged(with_weights, images):
    build, data = with_weights
    fake, said = FakeBoard(build, weights=data), []
    with Device(fake, build, note=said.append) as board:
        assert fake.held == data
        assert said == ["the board has no weights yet", "its weights are loaded"]
        assert board.check()
        fake.held[300] ^= 4
        got = [result.logits for result in board.batch(images[:4])]  # refused, loaded, sent again
        np.testing.assert_array_equal(got, golden(build, images[:4]))
        assert fake.held == data
        fake.held[3] ^= 1
        assert not board.check()
        lost = "the board has lost its weights; the last 4 results may be wrong"
        assert said[2:] == ["the board has lost its weights", "its weights are loaded", lost, "its weights are loaded"]
        board.reset(everything=True)
        assert fake.held == data


class Summing(FakeBoard):
    """Sums up its weights so many seconds, and answers nothing else meanwhile: two packets wait, and more are lost."""

    seconds = 0.25

    def __init__(self, *args, **options):
        super().__init__(*args, **options)
        self.until, self.waiting, self.overruns = 0.0, [], 0

    def take(self, packet):
        self.settle()
        if time.monotonic() < self.until:
            self.overruns += len(self.waiting) == 2
            self.waiting = [*self.waiting, packet][:2]
            return
        whole = len(self.held) == len(self.weights)
        super().take(packet)
        if packet[0] == Check.kind or (packet[0] == Load.kind and not whole and len(self.held) == len(self.weights)):
            self.until = time.monotonic() + self.seconds

    def read(self, timeout):
        """Nothing before the sum is there."""
        end = time.monotonic() + timeout
        time.sleep(max(0.0, min(end, self.until) - time.monotonic()))
        self.settle()
        return super().read(max(0.0, end - time.monotonic())) if time.monotonic() >= self.until else b""

    def settle(self):
        while self.waiting and time.monotonic() >= self.until:
            self.take(self.waiting.pop(0))


@pytest.mark.parametrize("held", [False, True], ids=["loaded", "held already"])
def test_a_board_is_not_asked_again_while_it_sums_up_its_weights(with_weights, images, held):
    build, data = with_weights
    fake = Summing(build, weights=data)
    fake.held = bytearray(data if held else b"")
    with Device(fake, build, baud=8000) as board:  # 500 words of 20 cycles, four or more a bit: 0.3 s or less
        got = [result.logits for result in board.batch(images[:3])]
        assert board.check()
        got += [result.logits for result in board.batch(images[3:6])]
    np.testing.assert_array_equal(got, golden(build, images[:6]))
    count = {kind: sum(isinstance(request, kind) for request in fake.asked) for kind in (Check, Load, Image)}
    assert count == {Check: 2, Load: 0 if held else 4, Image: 6}
    assert fake.overruns == 0


class Forgetful(FakeBoard):
    """Loses a bit of its weights with its tenth frame, and does not know until it is asked to check."""

    lost = known = False

    def standing(self):
        state, *rest = super().standing()
        return Weights.GOOD if self.lost and not self.known and state == Weights.BAD else state, *rest

    def take(self, packet):
        self.known = self.known or (self.lost and packet[0] == Check.kind)
        super().take(packet)
        if self.frames == 10 and not self.lost:
            self.held[7] ^= 1
            self.lost = True


@pytest.mark.parametrize(("recheck", "checks", "unsure"), [(0.0, 15, 1), (30.0, 1, 14)])
def test_a_lost_bit_is_found_between_images(with_weights, images, recheck, checks, unsure):
    build, data = with_weights
    fake, said = Forgetful(build, weights=data), []
    with Device(fake, build, note=said.append, recheck=recheck) as board:
        assert len(list(board.batch(images[:14]))) == 14
        assert sum(isinstance(request, Check) for request in fake.asked) == checks
        assert board.check() == (recheck == 0)
    lost = f"the board has lost its weights; the last {unsure} results may be wrong"
    assert said[2:] == [lost, "its weights are loaded"]
    assert fake.held == data


def test_a_load_survives_noise(with_weights, images):
    build, data = with_weights
    fake = FakeBoard(build, weights=data)
    with Device(Noisy(fake, 5, one_in=200), build, silence=30):
        assert fake.held == data


def test_memory_that_keeps_nothing(with_weights):
    build, data = with_weights
    fake = FakeBoard(build, weights=data)
    take = fake.take

    def forget(packet):
        take(packet)
        if packet[0] == Load.kind and len(fake.held) == len(data):
            fake.held[0] ^= 1
            fake.out = b""
            take(packet[:3] + b"\xff\xff?")

    fake.take = forget
    with pytest.raises(DeviceError, match=r"^the board on fake does not keep its weights"):
        Device(fake, build)


def test_benchmark_and_counters(build, images):
    with Device(FakeBoard(build), build) as board:
        list(board.batch(images[:7]))
        assert board.benchmark(50).cycles == 50 * CYCLES
        assert board.benchmark(50).cycles_per_frame == CYCLES
        told = board.counters()
        assert (told.frames, told.crc_errors, told.malformed, told.overruns) == (7, 0, 0, 0)
        blocks = [block["name"] for op in build.manifest["ops"] for block in op["blocks"]]
        assert told.stalls == {name: at for at, name in enumerate(blocks)}
        with pytest.raises(InputError, match=r"^a benchmark is of 1 to 65535 frames, got 0$"):
            board.benchmark(0)


class Loose(FakeBoard):
    """Comes off in the middle of its third packet of an image, and is back at the second attempt."""

    gone = False
    attempts = 0

    def write(self, data):
        if len(self.asked) > 6 and not self.attempts:
            super().write(data[: len(data) // 2])
            self.gone = True
        self.held_on()
        super().write(data)

    def read(self, timeout):
        self.held_on()
        return super().read(timeout)

    def held_on(self):
        if self.gone:
            raise Unplugged(f"{self.name} is gone", "plug the board in again")

    def reopen(self):
        self.attempts += 1
        if self.attempts < 2:
            raise Unplugged(f"{self.name} is gone", "plug the board in again")
        self.gone = False
        super().reopen()


def test_a_board_that_comes_off_and_is_back(build, images):
    said = []
    with Device(Loose(build, block=9), build, note=said.append) as board:
        got = [result.logits for result in board.batch(images[:9])]
    np.testing.assert_array_equal(got, golden(build, images[:9]))
    assert said == ["fake is gone; waiting for it", "fake is back"]


def test_a_board_that_comes_off_and_stays_away(build, images):
    with Device(Loose(build, block=9), build, replug=0) as board, pytest.raises(Unplugged, match="fake is gone"):
        list(board.batch(images))


def test_what_is_no_image(build):
    with Device(FakeBoard(build), build) as board:
        with pytest.raises(InputError, match=r"^image: shape \(1, 5, 5\); the model takes \(n, 6, 6, 1\)$"):
            board.infer(np.zeros((5, 5), np.uint8))
        with pytest.raises(InputError, match=r"^image: values in 0..256; the model takes 0..255$"):
            board.infer(np.linspace(0, 256, 36).astype(int).reshape(6, 6))
        with pytest.raises(InputError, match=r"^image: float64 instead of whole numbers"):
            board.infer(np.zeros((6, 6)))


def test_with_asyncio(build, images):
    async def talk():
        async with AsyncDevice(FakeBoard(build), build) as board:
            several = await asyncio.gather(*(board.infer(image) for image in images[:3]))
            rest = [result async for result in board.batch(images[3:9])]
            assert (await board.benchmark(3)).cycles == 3 * CYCLES
            assert (await board.counters()).frames == 9
            assert await board.check()
            await board.reset()
            assert board.identity.name == build.name
            return [result.logits for result in (*several, *rest)]

    np.testing.assert_array_equal(asyncio.run(talk()), golden(build, images[:9]))
    with pytest.raises(RuntimeError, match="async with"):
        _ = AsyncDevice("nothing").device
