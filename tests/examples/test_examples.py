"""The examples do what their pages say: the same commands, in a copy of their folders."""

import importlib.util
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.tools import environment

ROOT = Path(__file__).parents[2]
EXAMPLES = ROOT / "examples"


def there(name: str) -> bool:
    return importlib.util.find_spec(name) is not None


def say(command: str, folder: Path, **more: str) -> str:
    """What a line of a page says when it is typed in a folder, with the programs of this Python."""
    here = f"{shutil.which('bash')} -e".split()
    command = command.replace("fusesoc ", f"{sys.executable} -m fusesoc.main ")
    made = subprocess.run(
        [*here, "-c", command], cwd=folder, env=environment() | more, capture_output=True, text=True, check=False
    )
    assert made.returncode == 0, f"{command}\n{made.stdout}{made.stderr}"
    return made.stdout + made.stderr


def commands(heading: str) -> list[str]:
    """The lines to type under a heading of examples/README.md, without what is said about them."""
    text = (EXAMPLES / "README.md").read_text().partition(f"\n## {heading}\n")[2].partition("\n## ")[0]
    return [line.partition(" # ")[0].strip() for line in text.splitlines() if line.startswith("    ")]


@pytest.fixture
def copy(tmp_path):
    """The examples and the zoo, as they lie beside each other."""
    shutil.copytree(EXAMPLES, tmp_path / "examples")
    (tmp_path / "zoo").symlink_to(ROOT / "zoo")
    return tmp_path


@pytest.mark.slow
@pytest.mark.skipif(not there("fusesoc"), reason="needs fusesoc")
def test_a_core_that_depends_on_a_network(copy):
    go, *lines = commands("FuseSoC")
    said = [say(line, copy / go.removeprefix("cd ")) for line in lines]
    assert "PASS: 4 digits" in said[-1]


@pytest.mark.slow
@pytest.mark.skipif(not (there("litex") and there("cocotb")), reason="needs litex and cocotb")
def test_a_soc_with_a_network_on_its_bus(copy):
    go, *lines = commands("LiteX")
    folder = copy / go.removeprefix("cd ")
    said = [say(line, folder) for line in lines]
    assert {"classifier_soc.v", "csr.json"} <= {file.name for file in (folder / "build").iterdir()}
    assert "1 passed" in said[-1]


@pytest.fixture(scope="module")
def workflow() -> dict:
    yaml = pytest.importorskip("yaml")
    return yaml.safe_load((EXAMPLES / "ci" / "verify-model.yml").read_text())


def test_the_workflow_is_one(workflow):
    (job,) = workflow["jobs"].values()
    assert workflow[True] == ["push", "pull_request"]  # YAML reads `on` as a yes
    for step in job["steps"]:
        assert ("run" in step) != ("uses" in step)
        assert "uses" not in step or step["uses"].partition("@")[2]


@pytest.mark.parametrize("with_data", [False, pytest.param(True, marks=pytest.mark.slow)])
def test_the_commands_of_the_workflow(workflow, model, data, tmp_path, with_data):
    """All but the installation, of what is being tested here."""
    shutil.copy(model, tmp_path / workflow["env"]["MODEL"])
    shutil.copy(data, tmp_path / "data.npz")
    (job,) = workflow["jobs"].values()
    env = {name: str(value) for name, value in workflow["env"].items()} | ({"DATA": "data.npz"} if with_data else {})
    steps = [step["run"] for step in job["steps"] if "run" in step]
    assert steps.pop(0).startswith("pip install")
    if with_data:
        steps = [step for step in steps if "pytest" not in step]
    said = [say(step, tmp_path, **env) for step in steps]
    assert f"equal on every output of {60 if with_data else 100} images" in said[-1]
    (upload,) = (step["with"] for step in job["steps"] if "upload" in step.get("uses", ""))
    assert all((tmp_path / file).is_file() for file in upload["path"].split())


def test_every_example_is_on_the_page():
    page = (EXAMPLES / "README.md").read_text()
    for folder in EXAMPLES.iterdir():
        assert folder.is_file() or f"]({folder.name}/)" in page
