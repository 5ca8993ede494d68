"""A build that the tests of its files share."""

import pytest

from binloom.compiler.compile import Build, compile_graph
from tests.compiler.builds import told


@pytest.fixture(scope="module")
def build(tmp_path_factory: pytest.TempPathFactory) -> Build:
    return compile_graph(told(), tmp_path_factory.mktemp("made") / "build")
