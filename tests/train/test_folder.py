"""The folder of a run: one run at a time, and what is said of a file in it that is damaged."""

import re
import signal
import subprocess
import sys

import keras
import numpy as np
import pytest

from binloom.compiler.errors import InputError
from binloom.train import history
from binloom.train.elm.how import Elm
from binloom.train.families import Lbcnn
from binloom.train.fit.checkpoint import Checkpoint
from binloom.train.folder import LOCK, MARK, at_work
from binloom.train.recipe import Recipe
from binloom.train.run import run
from binloom.train.show.told import Told, trials
from tests.train.blobs import dataset

HOLDS = """
import sys, time
from pathlib import Path
from binloom.train.folder import at_work
with at_work(Path(sys.argv[1]), {"seed": 1}):
    print("at work", flush=True)
    time.sleep(600)
"""


def refused(message: str):
    return pytest.raises(InputError, match=f"^{re.escape(message)}$")


def test_one_run_at_a_time(tmp_path):
    folder = tmp_path / "run"
    with subprocess.Popen([sys.executable, "-c", HOLDS, folder], stdout=subprocess.PIPE) as other:
        try:
            assert other.stdout is not None
            assert other.stdout.readline() == b"at work\n"
            with refused(f"another run is at work in {folder}; wait for it, or give another folder"):  # noqa: SIM117
                with at_work(folder, {"seed": 1}):
                    pass
        finally:
            other.send_signal(signal.SIGKILL)
    for _ in range(2):
        with at_work(folder, {"seed": 1}):
            assert sorted(path.name for path in folder.iterdir()) == [MARK, LOCK]


def test_a_run_killed_before_its_mark_is_begun_anew(tmp_path):
    (tmp_path / LOCK).touch()
    with at_work(tmp_path, {"seed": 1}):
        assert (tmp_path / MARK).is_file()


@pytest.mark.parametrize("content", [b"\xff\xfe", b'{"seed"', b""])
def test_a_mark_that_is_damaged(tmp_path, content):
    (tmp_path / MARK).write_bytes(content)
    with refused(f"{tmp_path / MARK} is damaged; remove the whole folder, or give another one"):  # noqa: SIM117
        with at_work(tmp_path, {"seed": 1}):
            pass


def test_without_its_mark_a_folder_is_not_gone_on_with(tmp_path):
    for name in (LOCK, "checkpoint.npz"):
        (tmp_path / name).touch()
    with refused(f"{tmp_path} holds something else than a run; give another folder"):  # noqa: SIM117
        with at_work(tmp_path, {"seed": 1}):
            pass


def test_a_link_that_leads_nowhere(tmp_path):
    link = tmp_path / "run"
    link.symlink_to(tmp_path / "none")
    with refused(f"{link} is a link that leads nowhere; remove it, or give another folder"):  # noqa: SIM117
        with at_work(link, {"seed": 1}):
            pass
    assert not (tmp_path / "none").exists()


@pytest.mark.parametrize("content", [bytes(90), b"\xff", b"[1]\n", b'{"epoch": 1}\n', b"junk"])
@pytest.mark.parametrize(
    ("name", "read"),
    [
        ("history.jsonl", history.read),
        ("checkpoint.npz", Checkpoint.read),
        ("about.json", Told.of),
    ],
)
def test_files_that_are_damaged(tmp_path, content, name, read):
    (tmp_path / name).write_bytes(content)
    with refused(f"{tmp_path / name} is damaged; remove it, or give another folder"):
        read(tmp_path)


def test_trials_that_are_damaged(tmp_path):
    path = tmp_path / "trials.sqlite"
    path.write_bytes(b"junk" * 200)
    with refused(f"{path} is damaged; remove it, or give another folder"):
        trials(tmp_path)


def test_a_checkpoint_without_its_arrays(tmp_path):
    Checkpoint(weights=[np.zeros(3)]).write(tmp_path)
    path = tmp_path / "checkpoint.npz"
    path.write_bytes(path.read_bytes().replace(b"weights0", b"weights9"))
    with refused(f"{path} is damaged; remove it, or give another folder"):
        Checkpoint.read(tmp_path)


def test_what_is_only_shown_is_written_anew(tmp_path):
    data = dataset(60, 40)
    recipe, folder = Recipe("mine", "blobs", Lbcnn(multipliers=(2,)), Elm(c=1.0)), tmp_path / "run"
    keras.utils.clear_session()  # it numbers layers
    first = run(recipe, data, folder)
    whole = {name: (folder / name).read_text() for name in ("about.json", "summary.json", "result.json")}
    for name in whole:
        (folder / name).write_text(whole[name][:20])
    keras.utils.clear_session()
    assert run(recipe, data, folder) == first
    assert {name: (folder / name).read_text() for name in whole} == whole
    (folder / "ridge.npz").write_bytes(b"junk")
    with refused(f"{folder / 'ridge.npz'} is damaged; remove it, or give another folder"):
        run(recipe, data, folder)
