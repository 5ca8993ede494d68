"""Bad and hostile files are refused with one line each, quickly and in little memory, and nothing is written."""

import re
import subprocess
import sys
import time

import pytest

from binloom.compiler.errors import InputError
from binloom.compiler.reader import read_model
from binloom.main import main
from tests.reader import hostile, hostile_hdf5, hostile_zip

CASES = hostile.CASES
assert hostile_hdf5.CASES is hostile_zip.CASES is CASES

# Runs every case in one process and prints its peak memory in MB.
MEASURE = """
import sys
from pathlib import Path
from binloom.compiler.errors import InputError
from binloom.compiler.reader import read_model
for path in sys.argv[1:]:
    try:
        read_model(path)
    except InputError:
        continue
    sys.exit(f"{path} was read")
# Not ru_maxrss: that counts what the process was before it became this one, the test runner with all that it holds.
status = dict(line.split(":", 1) for line in Path("/proc/self/status").read_text().splitlines())
print(int(status["VmHWM"].split()[0]) // 1024)
"""


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    """Every hostile file, made once."""
    made = {}
    for name, (make, _) in CASES.items():
        folder = tmp_path_factory.mktemp(name)
        made[name] = make(folder)
    return made


@pytest.mark.parametrize("name", CASES)
def test_refused_with_its_own_line(files, name):
    start = time.process_time()
    with pytest.raises(InputError, match=CASES[name][1]) as caught:
        read_model(files[name])
    assert time.process_time() - start < 10
    message = str(caught.value)
    assert files[name].name in message or str(files[name]) in message
    assert "\n" not in message
    assert len(message) < 400


def test_memory_stays_below_a_gigabyte(files):
    command = [sys.executable, "-c", MEASURE, *map(str, files.values())]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr
    assert int(done.stdout) < 1000


@pytest.mark.parametrize("name", CASES)
def test_the_command_line_refuses_it_and_writes_nothing(name, files, tmp_path, capsys):
    assert main(["compile", str(files[name]), "-o", str(tmp_path / "deep" / "build")]) == 2
    said = capsys.readouterr()
    assert said.out == ""
    assert re.fullmatch(rf"binloom: [^\n]*{CASES[name][1]}[^\n]*\n", said.err), said.err
    assert list(tmp_path.iterdir()) == []


# Compiles as a user does, and prints the process's peak memory in MB and its seconds of processor.
COMPILE = """
import sys, time
from binloom.main import main
status = main(sys.argv[1:])
about = dict(line.split(":", 1) for line in open("/proc/self/status").read().splitlines())
print(int(about["VmHWM"].split()[0]) // 1024, time.process_time())
sys.exit(status)
"""
WORST = ("weights_add_up", "config_is_long", "groups_nested_deep")  # by memory


@pytest.mark.parametrize(
    "name", [pytest.param(name, marks=() if name in WORST else pytest.mark.slow) for name in CASES]
)
def test_compile_stays_small_and_quick(name, files, tmp_path):
    command = [sys.executable, "-c", COMPILE, "compile", str(files[name]), "-o", str(tmp_path / "build")]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 2, done.stderr
    assert done.stderr.count("\n") == 1
    megabytes, seconds = map(float, done.stdout.split())
    assert megabytes < 600, f"{megabytes:.0f} MB"
    assert seconds < 10, f"{seconds:.1f} s"
    assert list(tmp_path.iterdir()) == []
