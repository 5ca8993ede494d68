"""plan.toml: what is written is read, and what breaks the form is named."""

from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from binloom.compiler.design.fold import Fold, Plan
from binloom.compiler.errors import InputError
from binloom.compiler.plan.plan_file import PlanFile, read, write
from binloom.hw.weights import STORAGES

NAMES = st.from_regex(r"[A-Za-z_][A-Za-z0-9_]{0,20}", fullmatch=True)
COUNTS = st.integers(1, 1 << 20)
FOLDS = st.builds(Fold, COUNTS, COUNTS, COUNTS, COUNTS, st.sampled_from(STORAGES), COUNTS, COUNTS)
DEPTHS = st.lists(st.integers(0, 1 << 20), min_size=1, max_size=4).map(tuple)
PLANS = st.builds(
    Plan,
    st.dictionaries(NAMES, FOLDS, min_size=1, max_size=6),
    st.dictionaries(NAMES, DEPTHS, max_size=4),
    st.integers(0, 1 << 30),
)


@given(PLANS, st.sampled_from(["ulx3s-85f", None]))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
def test_what_is_written_is_read(tmp_path: Path, plan: Plan, board: str | None) -> None:
    file = tmp_path / "plan.toml"
    text = write(
        plan, board=board, head=("a plan", "", '"quoted" = # words'), notes=dict.fromkeys(plan.folds, "a note")
    )
    file.write_text(text)
    assert read(file) == PlanFile(plan, board)


def test_only_what_differs_is_written() -> None:
    plan = Plan({"conv": Fold(simd=9, storage="rom"), "sign": Fold()})
    lines = write(plan, device="ecp5-85f").splitlines()
    assert lines[:2] == ["plan = 1", 'device = "ecp5-85f"']
    assert lines[4:11] == ["[ops.conv]", "lanes = 1", "simd = 9", 'storage = "rom"', "", "[ops.sign]", "lanes = 1"]


FINE = "plan = 1\n[ops.a]\nlanes = 2\n"


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("plan = ", "{file} is not TOML (Invalid value (at end of document))"),
        ("", "{file}: plan is missing; a plan begins with plan = 1"),
        ("plan = 1", "{file}: ops is missing; a plan begins with plan = 1"),
        ("plan = 2\n[ops.a]", "{file}: plan must be 1, got 2; it is of another version of binloom"),
        ("plan = true\n[ops.a]", "{file}: plan must be a whole number at the top, got True"),
        (
            "fast = 1\n" + FINE,
            "{file}: 'fast' is not known at the top; there are plan, board, device, cycles, ops, fifos",
        ),
        ("board = 3\n" + FINE, "{file}: board must be a text in quotes at the top, got 3"),
        ('board = "x"\ndevice = "y"\n' + FINE, "{file}: a plan is for a board or for a device; give one of the two"),
        ("cycles = -1\n" + FINE, "{file}: cycles must be a whole number from 0 up, got -1"),
        ("plan = 1\n[ops]\na = 3", "{file}: ops.a must be a table, got 3"),
        ("plan = 1\n[ops.a]\nsimd = 0", "{file}: ops.a: a fold's simd must be at least 1, got 0"),
        ("plan = 1\n[ops.a]\nsimd = 1.5", "{file}: simd must be a whole number in ops.a, got 1.5"),
        ("plan = 1\n[ops.a]\nsimd = 99999999999", "{file}: simd must be a whole number in ops.a, got 99999999999"),
        (FINE + "[fifos]\na = 3", "{file}: fifos.a must be a list of whole numbers from 0 to 1,048,576, got 3"),
        (FINE + "[fifos]\na = [-1]", "{file}: fifos.a must be a list of whole numbers from 0 to 1,048,576, got [-1]"),
        (FINE + "[fifos]\na = []", "{file}: fifos.a must be a list of whole numbers from 0 to 1,048,576, got []"),
        (
            FINE + "[fifos]\na = [1048577]",
            "{file}: fifos.a must be a list of whole numbers from 0 to 1,048,576, got [1048577]",
        ),
        (
            FINE.replace("2", "0x" + "f" * 9000),
            "{file}: lanes must be a whole number in ops.a, got a number of thousands of digits",
        ),
        (
            FINE + '[ops."\\u001b[31m\\n"]',
            "{file}: '\\x1b[31m\\n' cannot name an op or a block; use the names that `binloom plan` wrote",
        ),
        (
            FINE + '[fifos]\n"\\n" = [1]',
            "{file}: '\\n' cannot name an op or a block; use the names that `binloom plan` wrote",
        ),
    ],
)
def test_what_breaks_the_form_is_named(tmp_path: Path, text: str, told: str) -> None:
    file = tmp_path / "plan.toml"
    file.write_text(text)
    with pytest.raises(InputError) as raised:
        read(file)
    assert str(raised.value) == told.format(file=file)


@pytest.mark.parametrize("key", ["storage = 3", 'storage = "tape"', "wide = 3"])
def test_fields_of_a_fold(tmp_path: Path, key: str) -> None:
    file = tmp_path / "plan.toml"
    file.write_text(f"plan = 1\n[ops.a]\n{key}")
    with pytest.raises(InputError) as raised:
        read(file)
    assert "\n" not in str(raised.value)
    assert key.split()[0] in str(raised.value)


@pytest.mark.parametrize(
    "content",
    [b"\xff\xfe", b"plan = 1\n" * 3, b"plan = " + b"9" * 5000, b"a = " + b"[" * 100_000],
    ids=["bytes", "twice", "digits", "deep"],
)
def test_no_file_of_ours(tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "plan.toml"
    file.write_bytes(content)
    with pytest.raises(InputError, match="is not TOML"):
        read(file)


def test_no_file(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="cannot be read"):
        read(tmp_path / "plan.toml")


def test_too_large(tmp_path: Path) -> None:
    file = tmp_path / "plan.toml"
    file.write_text(FINE + "#" * (5 << 20))
    with pytest.raises(InputError, match="is larger than any plan"):
        read(file)


def test_no_more_is_read_than_a_plan_can_have() -> None:
    with pytest.raises(InputError, match="is larger than any plan"):
        read(Path("/dev/zero"))


def test_a_mark_of_utf_8_is_no_matter(tmp_path: Path) -> None:
    file = tmp_path / "plan.toml"
    file.write_text(FINE, encoding="utf-8-sig")
    assert read(file).plan.folds == {"a": Fold(lanes=2)}


def test_fields_left_out_are_as_a_fold_has_them(tmp_path: Path) -> None:
    file = tmp_path / "plan.toml"
    file.write_text(FINE)
    assert read(file).plan.folds == {"a": replace(Fold(), lanes=2)}
