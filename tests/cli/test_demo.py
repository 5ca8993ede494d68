"""`binloom demo` as a user meets it: the address, the end by ctrl-C, and what cannot be shown."""

import re
import signal
import subprocess
import urllib.request

import pytest

from binloom.main import main
from binloom.models import models
from tests.cli.foreground import binloom


@pytest.mark.parametrize(
    ("number", "status", "said"), [(signal.SIGINT, 0, ""), (signal.SIGTERM, 143, "binloom: terminated\n")]
)
def test_it_tells_its_address_and_ends_when_asked_to(built, number, status, said):
    running = subprocess.Popen(binloom("demo", str(built)), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    assert running.stdout is not None
    found = re.fullmatch(r"\w+: (http://127\.0\.0\.1:\d+/)\n", running.stdout.readline())
    assert found
    assert b"binloom demo" in urllib.request.urlopen(found[1], timeout=20).read()
    running.send_signal(number)
    out, err = running.communicate(timeout=20)
    assert (running.returncode, out, err) == (status, "", said)


def test_what_is_no_build(capsys, tmp_path):
    assert main(["demo", "nope"]) == 2
    assert re.fullmatch(
        r"binloom: nope is no folder and no network of the zoo; .*mnist_tiny.*\n", capsys.readouterr().err
    )
    assert main(["demo", str(tmp_path)]) == 2
    assert capsys.readouterr().err == f"binloom: {tmp_path} is not a build; give a folder that `binloom compile` made\n"


def test_a_board_that_is_not_there(built, capsys):
    assert main(["demo", str(built), "--board", "nope"]) == 2
    assert capsys.readouterr().err.startswith("binloom: there is no board 'nope'; take one of ")


def test_the_zoo_has_images_for_some():
    found = models()
    assert found["mnist_tiny"].images is None
    assert found["fashion_small"].images.name == "fashion_images.npz"
    assert found["fashion_small"].classes.name == "fashion_small.classes.txt"
