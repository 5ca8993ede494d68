"""A habit of CONTRIBUTING.md that nobody sees broken: everything random in the tests has a seed."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import settings

TESTS = Path(__file__).parents[1]
# What makes numbers of its own, given a seed; all else in these modules draws from a generator that nobody seeded.
SEEDED = {"default_rng", "RandomState", "Generator", "Random"}


def unseeded(source: str) -> Iterator[str]:
    """The calls in a file that draw random numbers without a seed."""
    tree = ast.parse(source)
    # Elsewhere `random` is what somebody called a generator.
    module = any(
        alias.name == "random" for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names
    )
    for node in ast.walk(tree):
        if not isinstance(node, ast.Call):
            continue
        match ast.unparse(node.func).split("."):
            case ["np" | "numpy", "random", name]:
                known = name in SEEDED
            case ["random", name] if module:
                known = name in SEEDED
            case ["Random" | "default_rng"]:
                known = True
            case ["secrets", _] | ["os", "urandom"]:
                known = False
            case _:
                continue
        if not known or not (node.args or node.keywords):
            yield f"line {node.lineno}: {ast.unparse(node)}"


@pytest.mark.parametrize(
    ("source", "bad"),
    [
        ("np.random.default_rng(3).integers(4)", 0),
        ("np.random.default_rng()", 1),
        ("np.random.rand(3)", 1),
        ("import random; random.Random(f'{seed} sink')", 0),
        ("import random; random.Random()", 1),
        ("import random; random.choice([1, 2])", 1),
        ("random = Random(7); random.choice([1, 2])", 0),
        ("self.random.choice([1, 2]), rng.random()", 0),
        ("os.urandom(4)", 1),
    ],
)
def test_the_check_sees_what_it_should(source: str, bad: int) -> None:
    assert len(list(unseeded(source))) == bad


def test_everything_random_is_seeded() -> None:
    found = [
        f"{path.relative_to(TESTS)}, {call}" for path in TESTS.rglob("*.py") for call in unseeded(path.read_text())
    ]
    assert found == []
    assert settings().derandomize
