"""What lies beside the Verilog for designs of others: each of it is run, or read by the tool that it is for."""

import importlib.util
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from binloom.compiler.build import Build
from binloom.compiler.compile import CompileOptions, compile_graph
from binloom.compiler.design.design import design
from binloom.compiler.emit.litex import class_name
from binloom.compiler.emit.manifest import manifest
from binloom.compiler.emit.others import free_name
from binloom.compiler.emit.ports import Port as EmittedPort
from binloom.compiler.emit.ports import ports_of
from binloom.compiler.ir.builder import GraphBuilder
from binloom.compiler.ir.interpret import run
from binloom.sim.packed import pack_bytes, unpack_bytes
from binloom.sim.simulator import Job, Port, Shell, launch
from binloom.sim.verify import verify
from binloom.toolchain.verilator import Settings
from tests.compiler.bench import planned, random_frames, small_graph
from tests.sim.nets import tiny
from tests.sim.test_load import loaded_plan
from tests.tools import environment

FUSESOC = importlib.util.find_spec("fusesoc") is not None
LITEX = importlib.util.find_spec("litex") is not None


@pytest.fixture(scope="module")
def build(tmp_path_factory) -> Build:
    graph = small_graph()
    folder = tmp_path_factory.mktemp("others") / "build"
    compile_graph(graph, folder, CompileOptions(cycles=200))
    return Build.load(folder)


def test_what_lies_beside_the_verilog(build, tmp_path):
    assert {"tiny.v", "tiny_axi.v", "tiny_tb.v", "tiny.core", "tiny_litex.py"} <= set(build.manifest["files"])
    compile_graph(small_graph(), tmp_path / "axi", CompileOptions(ports="axi", cycles=200))
    files = Build.load(tmp_path / "axi").manifest["files"]
    assert "tiny_axi.v" not in files
    assert {"tiny_tb.v", "tiny.core", "tiny_litex.py"} <= set(files)


def test_the_wrapper_is_the_network_with_other_ports(build):
    """With stalls and free running, every beat and every tlast."""
    made = design(build.graph, build.plan)
    about = {**manifest(made, ports_of(made.netlist, "axi")), "name": "tiny_axi"}
    text = "".join((build.dir / name).read_text() for name in ("tiny.v", "tiny_axi.v"))
    result = verify(build.graph, about, text, random_frames(build.graph, 8, 2))
    assert result.equal, str(result)
    assert result.measured.cycles_per_frame == build.manifest["timing"]["cycles_per_frame"]


def test_a_stage_may_have_the_name_of_a_wrapper():
    b = GraphBuilder("net")
    x = b.threshold(b.input((2, 2, 1)), 9, name="axi")
    graph = b.output(b.threshold(b.conv(x, np.ones((1, 1, 1, 1), int), name="conv"), 0, name="tb_1"))
    netlist = planned(graph, 40).netlist
    assert (free_name(netlist, "axi"), free_name(netlist, "tb")) == ("net_axix", "net_tbx")
    assert free_name(planned(small_graph()).netlist, "axi") == "tiny_axi"


@pytest.mark.parametrize(("name", "made"), [("mnist_tiny", "MnistTiny"), ("a__b_", "AB"), ("netV2", "NetV2")])
def test_names_of_classes(name, made):
    assert class_name(name) == made


@pytest.mark.skipif(not LITEX, reason="needs litex and migen")
def test_the_module_of_litex_gives_what_golden_gives(build, tmp_path):
    """As the Verilog that migen makes of it, in a process of its own."""
    script = tmp_path / "convert.py"
    script.write_text(CONVERT)
    result = subprocess.run([sys.executable, script, build.dir], capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stderr
    text = result.stdout + "".join((build.dir / name).read_text() for name in ("tiny.v", "tiny_axi.v"))
    ports = ports_of(design(build.graph, build.plan).netlist, "axi")
    (source,), (sink,) = ports.inputs, ports.outputs
    shell = Shell("top", (endpoint("sink", source),), (endpoint("source", sink),), "sys_clk", "sys_rst")
    frames = random_frames(build.graph, 3, 4)
    beats = pack_bytes(source.map, source.map.to_beats(frames), source.lane_width)
    job = Job({"sink": beats}, {"source": 3 * sink.map.beats}, stall=0.3, seed=1, limit=100_000)
    outcome = launch(shell.build(text, Settings()), shell, job)
    got = sink.map.to_frames(unpack_bytes(sink.map, outcome.beats["source"], sink.lane_width))
    assert np.array_equal(got, run(build.graph, frames)[sink.name])


CONVERT = """\
import sys

sys.path.insert(0, sys.argv[1])
from migen.fhdl import verilog
from tiny_litex import FILES, Tiny

made = Tiny()
print(verilog.convert(made, ios={*made.sink.flatten(), *made.source.flatten()}, name="top"))
assert FILES == ["tiny.v", "tiny_axi.v"]
"""


def endpoint(name: str, port: EmittedPort) -> Port:
    wires = (f"{name}_payload_data", f"{name}_valid", f"{name}_ready", f"{name}_last")
    return Port(name, port.width, *wires, port.map.beats)


def fusesoc(root: Path, target: str, name: str, work: Path) -> str:
    """What it says of a run that goes well."""
    command = [
        sys.executable,
        "-m",
        "fusesoc.main",
        "--cores-root",
        root,
        "run",
        "--build-root",
        work / target,
        f"--target={target}",
        name,
    ]
    made = subprocess.run(
        list(map(str, command)), capture_output=True, text=True, check=False, cwd=work, env=environment()
    )
    assert made.returncode == 0, made.stdout + made.stderr
    return made.stdout + made.stderr


@pytest.mark.skipif(not FUSESOC, reason="needs fusesoc")
def test_fusesoc_lints_the_core(build, tmp_path):
    assert "%Warning" not in fusesoc(build.dir, "lint", "binloom:networks:tiny", tmp_path)


@pytest.mark.slow
@pytest.mark.skipif(not FUSESOC, reason="needs fusesoc")
@pytest.mark.parametrize("ports", ["plain", "axi"])
@pytest.mark.parametrize("loaded", [False, True], ids=["built in", "loaded"])
def test_fusesoc_runs_the_bench_of_the_core(tmp_path, ports, loaded):
    graph = tiny()
    plan = loaded_plan(graph) if loaded else None
    compile_graph(graph, tmp_path / "build", CompileOptions(ports=ports), plan=plan)
    assert "PASS: 4 frames of tiny" in fusesoc(tmp_path / "build", "sim", "binloom:networks:tiny", tmp_path)
