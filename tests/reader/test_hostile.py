"""Bad and hostile files are refused with one line each, quickly and in little memory."""

import subprocess
import sys
import time

import pytest

from binloom.compiler.errors import InputError
from binloom.compiler.reader import read_model
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
    start = time.monotonic()
    with pytest.raises(InputError, match=CASES[name][1]) as caught:
        read_model(files[name])
    assert time.monotonic() - start < 10
    message = str(caught.value)
    assert files[name].name in message or str(files[name]) in message
    assert "\n" not in message
    assert len(message) < 400


def test_memory_stays_below_a_gigabyte(files):
    command = [sys.executable, "-c", MEASURE, *map(str, files.values())]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr
    assert int(done.stdout) < 1000
