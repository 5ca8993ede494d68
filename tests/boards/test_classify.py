"""The verbs that talk to a board, on a simulated one, and what they say of wrong input."""

import errno
import re

import numpy as np
import pytest
import serial
from PIL import Image

from binloom.boards import Device
from binloom.boards.table import BOARDS
from binloom.boards.virtual.board import virtual
from binloom.compiler.build import Build
from binloom.main import main


@pytest.fixture(scope="module")
def port(built):
    with virtual(Build.load(built)) as path:
        yield path


@pytest.fixture
def say(built, port, capsys):
    """Runs a verb on the simulated board; gives its status, what it printed, and what it complained about."""

    def run(*words):
        status = main([*map(str, words), "--port", port, "--build", str(built)])
        said = capsys.readouterr()
        return status, said.out, said.err

    return run


@pytest.fixture
def picture(tmp_path):
    path = tmp_path / "a.png"
    Image.fromarray(np.full((12, 12), 7, np.uint8)).save(path)
    return path


def test_pictures(say, picture):
    status, out, err = say("classify", picture, picture, "--logits")
    assert (status, err) == (0, "")
    assert re.fullmatch(rf"({re.escape(str(picture))}: class \d(?:  -?\d+)(?: -?\d+){{4}}\n)\1", out)
    assert say("classify", picture, "--logits", "--invert")[1] != out[: len(out) // 2]


def test_a_data_set_and_how_many_are_right(say, data):
    status, out, err = say("classify", "--data", data, "--images", 10)
    assert (status, err) == (0, "")
    *lines, last = out.splitlines()
    assert last == "top-1 100.00% (10 of 10)"
    assert all(re.fullmatch(rf"image {k}, label (\d): class \1", line) for k, line in enumerate(lines))


def test_a_board_is_asked(say):
    status, out, _ = say("board", "benchmark", "--frames", 20)
    assert status == 0
    assert re.fullmatch(r"20 frames in \d,\d{3} cycles: \d+\.\d cycles a frame\n", out)
    status, out, _ = say("board", "info")
    assert status == 0
    assert "input 6 x 6 x 1, 2 images at a time\noutput last_output: 1 x 1 x 5\n" in out
    assert "0 packets with a wrong CRC, 0 malformed, 0 too many" in out


@pytest.mark.parametrize(
    ("words", "told"),
    [
        ([], "nothing to classify; give image files, --data or --camera"),
        (["PICTURE", "--camera"], "several things to classify; give image files, --data or --camera"),
        (["PICTURE", "--images", "3"], "--images says how many of --data to take; give both"),
        (["nowhere.png"], "nowhere.png is not a file; give an image"),
        (["SET.npy"], "SET.npy: shape (1, 5, 5); the model takes (n, 6, 6, 1)"),
        (["NAN.npy"], "NAN.npy: float64 instead of whole numbers; give pixels as they are before scaling"),
        (
            ["TEXT.npz"],
            "TEXT.npz is not an image (cannot identify image file 'TEXT.npz'); give one such as a PNG or JPEG",
        ),
    ],
)
def test_wrong_input_in_one_line(say, picture, tmp_path, monkeypatch, words, told):
    np.save(tmp_path / "SET.npy", np.zeros((5, 5), int))
    np.save(tmp_path / "NAN.npy", np.full((6, 6), np.nan))
    (tmp_path / "TEXT.npz").write_text("no set")
    monkeypatch.chdir(tmp_path)
    status, out, err = say("classify", *(picture if word == "PICTURE" else word for word in words))
    assert (status, out, err) == (2, "", f"binloom: {told}\n")


def test_wrong_ports(built, picture, tmp_path, capsys):
    def told(port, build=built):
        assert main(["classify", str(picture), "--port", str(port), "--build", str(build)]) == 2
        said = capsys.readouterr().err
        assert said.count("\n") == 1
        return said

    assert re.match(r"binloom: there is no port /dev/ttyUSB99; plug the board in; ports .*: ", told("/dev/ttyUSB99"))
    assert told(picture) == f"binloom: {picture} does not open as a serial port; give one such as /dev/ttyUSB0\n"
    assert (
        told("sim", tmp_path / "none")
        == f"binloom: {tmp_path}/none is not a folder; give one that `binloom compile` made\n"
    )


def test_a_port_that_is_in_use(say, port, built):
    with Device(port, built):
        status, out, err = say("board", "info")
    assert (status, out) == (2, "")
    assert err == f"binloom: {port} is in use; end the program that has it open, or wait for it\n"


def test_a_board_with_another_model(port, model, picture, tmp_path, capsys):
    other = tmp_path / "other"
    assert main(["compile", str(model), "-o", str(other), "--name", "other"]) == 0
    capsys.readouterr()
    assert main(["classify", str(picture), "--port", port, "--build", str(other)]) == 2
    said = capsys.readouterr().err
    assert re.match(rf"binloom: the board on {port} carries \w+ \(\w{{8}}\), {other} is other \(\w{{8}}\); write", said)
    assert said.count("\n") == 1


def test_a_port_that_others_may_open(built, picture, monkeypatch, capsys):
    def refuse(*args, **options):
        raise serial.SerialException(errno.EACCES, "could not open port")

    monkeypatch.setattr(serial, "Serial", refuse)
    assert main(["classify", str(picture), "--port", "/dev/ttyUSB0", "--build", str(built)]) == 2
    assert capsys.readouterr().err == (
        "binloom: no permission to open /dev/ttyUSB0; join its group: sudo usermod -aG dialout $USER, and log in anew\n"
    )


def test_boards_and_what_fits(built, capsys):
    assert main(["boards"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert [line.split()[0] for line in lines[1:]] == list(BOARDS)
    assert re.match(r"ulx3s-85f +ecp5-85f +83,640 +468 KiB +156$", lines[4].rstrip())
    assert re.match(
        r"icebreaker +ice40-up5k +5,280 +15 KiB +128 KiB +8$", next(x for x in lines if "icebr" in x).rstrip()
    )
    assert main(["boards", str(built)]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == len(BOARDS) + 1
    assert all(re.search(r"\d+% .* [\d,]+ +yes$", line.rstrip()) for line in lines[1:5])
