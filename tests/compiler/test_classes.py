"""Class names: one for each logit, or one line that says what is wrong."""

import pytest

from binloom.compiler.classes import with_classes
from binloom.compiler.errors import InputError
from tests.sim.nets import tiny

NAMES = [f"name {number}" for number in range(10)]


def test_names_go_into_the_graph(tmp_path):
    path = tmp_path / "names.txt"
    path.write_text("\n".join([*NAMES, "", ""]))
    assert with_classes(tiny(), path).meta["classes"] == NAMES


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("\n".join(NAMES[:9]).encode(), "names 9 classes, but the model has 10 logits"),
        (b"", "names 0 classes"),
        (b"\xff\xfe", "is not UTF-8 text"),
        (b"x\n" * (1 << 20), "is too large"),
    ],
)
def test_other_files_are_refused(tmp_path, content, message):
    path = tmp_path / "names.txt"
    path.write_bytes(content)
    with pytest.raises(InputError, match=message):
        with_classes(tiny(), path)


def test_a_missing_file_is_refused(tmp_path):
    with pytest.raises(InputError, match="No such file"):
        with_classes(tiny(), tmp_path / "absent.txt")
