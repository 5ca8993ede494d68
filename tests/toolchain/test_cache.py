"""What is in the cache is complete, made once, and found again."""

import os
import subprocess
import sys
import time

import pytest

from binloom.toolchain import cache
from binloom.toolchain.run import ToolError


@pytest.fixture(autouse=True)
def own_cache(tmp_path, monkeypatch):
    monkeypatch.setenv("BINLOOM_CACHE", str(tmp_path))
    return tmp_path


def test_made_once():
    made = []

    def make(folder):
        made.append(folder)
        (folder / "file").write_text("content")

    first, second = (cache.entry("kind", "key", make) for _ in range(2))
    assert first == second
    assert len(made) == 1
    assert (first / "file").read_text() == "content"


def test_a_failure_leaves_no_entry():
    def fail(folder):
        (folder / "half").write_text("")
        raise RuntimeError("no")

    with pytest.raises(RuntimeError):
        cache.entry("kind", "key", fail)
    assert not (cache.root() / "kind" / "key").exists()
    assert cache.entry("kind", "key", lambda folder: None).is_dir()


def test_processes_at_once_make_one(own_cache):
    code = (
        "import time; from binloom.toolchain import cache\n"
        "def make(folder):\n"
        "    open(cache.root() / 'made', 'a').write('x'); time.sleep(0.3); (folder / 'done').write_text('')\n"
        "assert (cache.entry('kind', 'key', make) / 'done').exists()\n"
    )
    processes = [subprocess.Popen([sys.executable, "-c", code]) for _ in range(4)]
    assert [process.wait(30) for process in processes] == [0] * 4
    assert (own_cache / "made").read_text() == "x"


def test_what_nobody_used_for_long_is_removed():
    old, new = (cache.entry("kind", key, lambda folder: None) for key in ("old", "new"))
    ago = time.time() - (cache.KEEP_DAYS + 1) * 86_400
    os.utime(old, (ago, ago))
    cache.prune(old.parent)
    assert not old.exists()
    assert new.exists()


def test_the_digest_knows_where_a_part_ends():
    assert cache.digest("ab", "c") != cache.digest("a", "bc")
    assert cache.digest("ab") == cache.digest(b"ab")


def test_a_place_that_cannot_be_is_told_with_the_remedy(own_cache, monkeypatch):
    (own_cache / "file").touch()
    monkeypatch.setenv("BINLOOM_CACHE", str(own_cache / "file"))
    with pytest.raises(ToolError, match=r"no cache at .*file/kind .*; set BINLOOM_CACHE to another folder"):
        cache.entry("kind", "key", lambda folder: None)
    monkeypatch.setenv("BINLOOM_CACHE", str(own_cache))
    (own_cache / "kind" / "key.lock").mkdir(parents=True)
    with pytest.raises(ToolError, match=r"no cache at .*kind .*; set BINLOOM_CACHE to another folder"):
        cache.entry("kind", "key", lambda folder: None)
