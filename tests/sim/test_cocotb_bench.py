"""The bench that a build carries: under plain pytest, under cocotb-test, and for `verify --driver cocotb`."""

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from binloom.compiler.build import Build
from binloom.compiler.compile import CompileOptions, compile_graph
from binloom.sim.cocotb_bench import verify_by_bench, write_bench
from binloom.sim.images import random_images
from binloom.sim.verify import verify
from tests.sim.nets import tiny


def build(folder: Path, ports: str) -> Build:
    options = CompileOptions(ports=ports, cycles=400, output="both")
    return compile_graph(tiny(), folder, options, extra_writers=[write_bench])


def pytest_there(folder: Path, test: str, **env: str) -> subprocess.CompletedProcess:
    """As a user's CI would, with a Python that cannot see binloom."""
    hide = "import sys; sys.modules['binloom'] = None; import pytest; sys.exit(pytest.main(sys.argv[1:]))"
    return subprocess.run(
        [sys.executable, "-c", hide, str(folder / "tests" / test), "-q", "-p", "no:cacheprovider"],
        cwd=folder,
        env={**os.environ, **env},
        capture_output=True,
        text=True,
        timeout=300,
    )


def test_the_bench_finds_what_verify_finds(tmp_path):
    """A right design, its cycles included; then the same design against a model with another bound."""
    made = build(tmp_path / "build", "plain")
    images = random_images(made.graph, 4, seed=2)
    result = verify_by_bench(made.dir, made.graph, made.manifest, images, seed=3)
    assert result.equal, result
    assert result.driver == "cocotb"
    assert result.measured == verify(made.graph, made.manifest, made.verilog.read_text(), images).measured


def test_through_cocotb_test_and_axi_ports(tmp_path):
    made = build(tmp_path / "build", "axi")
    done = pytest_there(made.dir, "test_tiny_cocotb_test.py", BENCH_SEED="9", BENCH_FRAMES="2")
    assert done.returncode == 0, done.stdout
    assert "1 passed" in done.stdout


def test_a_wrong_beat_fails_with_frame_beat_and_seed(tmp_path):
    made = build(tmp_path / "build", "plain")
    vectors = made.dir / "vectors" / "logits.hex"
    lines = vectors.read_text().split("\n")
    beats = made.manifest["ports"]["outputs"][0]["beats"]
    lines[beats + 1] = f"{int(lines[beats + 1], 16) ^ 1:0{len(lines[0])}x}"
    vectors.write_text("\n".join(lines))
    done = pytest_there(made.dir, "test_tiny.py", BENCH_SEED="9")
    assert done.returncode == 1
    assert "seed 9: frame 1, beat 1: got 0x" in done.stdout


def test_a_difference_is_placed_by_the_compiled_bench(tmp_path, monkeypatch):
    """Whatever the bench complains of, the op and the pixel come from a second look."""
    made = compile_graph(tiny(), tmp_path / "build", CompileOptions(cycles=400))
    complaint = "logits, cycle 700, seed 1: frame 0, beat 0: got 0x1, expected 0x2"
    monkeypatch.setattr("binloom.sim.cocotb_bench._run", lambda *args: complaint)
    wrong = tiny(bound=60)
    images = random_images(wrong, 20, seed=3)
    result = verify_by_bench(made.dir, wrong, made.manifest, images)
    assert not result.equal
    assert result.failure == complaint
    assert (result.mismatch.op, result.mismatch.channel) == ("sign1", 1)


def test_the_bench_is_the_same_bytes_each_time(tmp_path):
    one, two = (tmp_path / name for name in ("one", "two"))
    for folder in (one, two):
        folder.mkdir()
        write_bench(folder, {"name": "net"})
    names = sorted(path.name for path in (one / "tests").iterdir())
    assert names == ["net_bench.py", "net_tools.py", "test_net.py", "test_net_cocotb_test.py"]
    for name in names:
        text = (one / "tests" / name).read_text()
        assert text == (two / "tests" / name).read_text()
        assert "MODEL" not in text
        assert "binloom" not in text
        compile(text, name, "exec")


@pytest.mark.parametrize("package", ["cocotb", "pytest"])
def test_without_cocotb_the_message_says_what_to_install(package, tmp_path, monkeypatch):
    from binloom.toolchain import find
    from binloom.toolchain.run import MissingTool

    missing = find.Tool(package, "sim", "--driver cocotb", find.extra("sim"))
    real = find.package
    monkeypatch.setattr(
        "binloom.sim.cocotb_bench.package", lambda name, *rest: missing if name == package else real(name, *rest)
    )
    with pytest.raises(MissingTool, match=rf"{package} is not installed, .*; pip install 'binloom\[sim\]'"):
        verify_by_bench(tmp_path, tiny(), {}, np.zeros((1, 6, 6, 1), np.uint8))
