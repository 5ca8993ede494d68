"""Data sets, accuracy and the first difference of two traces."""

import zipfile
from pathlib import Path

import numpy as np
import pytest

from binloom.compiler import npz
from binloom.compiler.errors import InputError
from binloom.compiler.ir.builder import GraphBuilder
from binloom.compiler.ir.graph import Graph
from binloom.compiler.ir.interpret import trace
from binloom.sim.golden import Difference, evaluate, first_difference, load_dataset


def copier(classes: int = 3) -> Graph:
    """A model whose logits are its input."""
    builder = GraphBuilder("copier")
    return builder.output(builder.input((1, 1, classes), 0, 9))


def images(*rows: list[int]) -> np.ndarray:
    return np.array(rows, np.uint8).reshape(len(rows), 1, 1, -1)


def test_top_1_breaks_ties_by_the_lowest_index() -> None:
    found = evaluate(copier(), images([1, 5, 5], [5, 5, 1], [0, 0, 0], [1, 2, 3]), np.array([1, 1, 0, 2]))
    assert found.classes.tolist() == [1, 0, 0, 2]
    assert found.logits.tolist() == [[1, 5, 5], [5, 5, 1], [0, 0, 0], [1, 2, 3]]
    assert found.logits.dtype == np.int64
    assert (found.correct, found.total, found.accuracy) == (3, 4, 0.75)
    assert str(found) == "top-1 75.00% (3 of 4)"


def test_evaluate_some_images_without_labels() -> None:
    seen: list[tuple[int, int]] = []
    found = evaluate(copier(), images([1, 5, 5], [5, 5, 1]), images=1, progress=lambda *done: seen.append(done))
    assert (found.classes.tolist(), found.correct, found.total) == ([1], None, 1)
    assert seen == [(1, 1)]
    with pytest.raises(ValueError, match="accuracy needs labels"):
        _ = found.accuracy


def test_progress_counts_every_image() -> None:
    seen: list[tuple[int, int]] = []
    evaluate(copier(), np.zeros((5001, 1, 1, 3), np.uint8), progress=lambda *done: seen.append(done))
    assert len(seen) > 1
    assert seen == sorted(seen)
    assert seen[-1] == (5001, 5001)


def test_bits_rank_as_minus_and_plus_one() -> None:
    builder = GraphBuilder()
    graph = builder.output(builder.threshold(builder.input((1, 1, 3), 0, 9), 5))
    found = evaluate(graph, images([1, 9, 5]))
    assert found.logits.tolist() == [[-1, 1, 1]]
    assert found.classes.tolist() == [1]


def test_a_single_logit_says_no_or_yes(tmp_path: Path) -> None:
    builder = GraphBuilder()
    graph = builder.output(builder.input((1, 1, 1), -9, 9))
    x, y = load_dataset(save(tmp_path, x_test=np.array([[-3], [0], [5]]), y_test=np.array([0, 0, 1])), graph)
    assert y is not None
    found = evaluate(graph, x, y)
    assert found.classes.tolist() == [0, 0, 1]
    assert found.correct == 3


def test_the_first_vector_is_what_ranks() -> None:
    builder = GraphBuilder()
    x = builder.input((1, 1, 3), 0, 9)
    builder.output(builder.argmax(x), "best")
    graph = builder.output(x, "scores")
    assert evaluate(graph, images([1, 9, 5])).logits.tolist() == [[1, 9, 5]]


def test_a_map_is_no_classifier() -> None:
    builder = GraphBuilder("segmenter")
    graph = builder.output(builder.input((2, 2, 3)))
    with pytest.raises(InputError, match="model segmenter gives no vector of classes"):
        evaluate(graph, np.zeros((1, 2, 2, 3), np.uint8))


def test_first_difference_follows_the_graph() -> None:
    builder = GraphBuilder()
    x = builder.conv(builder.input((4, 4, 1)), np.ones((3, 3, 1, 2), np.int64), name="first")
    graph = builder.output(builder.clip(x, 0, 9, name="second"))
    golden = trace(graph, np.full((3, 4, 4, 1), 1))
    assert first_difference(graph, golden, golden) is None
    other = {name: array.copy() for name, array in golden.items()}
    other["second"][0, 0, 0, 0] = 4
    other["first"][2, 1, 0, 1] = 7
    other["first"][2, 1, 1, 0] = 8
    found = first_difference(graph, golden, other)
    assert found == Difference("first", 2, 1, 0, 1, got=7, expected=9)
    assert str(found) == "first, frame 2, y 1, x 0, channel 1: got 7, expected 9"
    del other["first"]
    assert first_difference(graph, golden, other) == Difference("second", 0, 0, 0, 0, got=4, expected=9)
    other["second"] = other["second"][:2]
    with pytest.raises(ValueError, match="second: traces must have one shape"):
        first_difference(graph, golden, other)


def save(path: Path, **arrays: object) -> Path:
    np.savez(path / "set.npz", **arrays)
    return path / "set.npz"


GOOD_X, GOOD_Y = np.arange(12).reshape(4, 1, 1, 3) % 9, np.array([0, 2, 1, 0])


@pytest.mark.parametrize("x", [GOOD_X, GOOD_X.astype(np.uint8), GOOD_X.reshape(4, 3), np.asfortranarray(GOOD_X)])
@pytest.mark.parametrize("y", [GOOD_Y, GOOD_Y.astype(np.uint8), GOOD_Y[:, None]])
def test_load_dataset(tmp_path: Path, x: np.ndarray, y: np.ndarray) -> None:
    found_x, found_y = load_dataset(save(tmp_path, x_test=x, y_test=y), copier())
    assert found_x.tolist() == GOOD_X.tolist()
    assert found_y is not None
    assert found_y.tolist() == GOOD_Y.tolist()
    found_x, found_y = load_dataset(tmp_path / "set.npz", copier(), images=3)
    assert found_x.tolist() == GOOD_X[:3].tolist()
    assert found_y is not None
    assert found_y.tolist() == GOOD_Y[:3].tolist()


def test_images_of_one_channel_may_leave_it_out(tmp_path: Path) -> None:
    builder = GraphBuilder()
    graph = builder.output(builder.flatten(builder.input((2, 3, 1))))
    x, y = load_dataset(save(tmp_path, x_test=np.ones((5, 2, 3), np.uint8)), graph, labels=False)
    assert (x.shape, y) == ((5, 2, 3, 1), None)


def test_compressed_sets_are_read(tmp_path: Path) -> None:
    np.savez_compressed(tmp_path / "set.npz", x_test=GOOD_X, y_test=GOOD_Y)
    x, _ = load_dataset(tmp_path / "set.npz", copier())
    assert (x == GOOD_X).all()


@pytest.mark.parametrize(
    ("arrays", "message"),
    [
        ({"x_test": GOOD_X}, "holds no 'y_test'; it holds x_test"),
        ({"y_test": GOOD_Y}, "holds no 'x_test'; it holds y_test"),
        ({"x_test": GOOD_X / 255, "y_test": GOOD_Y}, "x_test: float64 instead of whole numbers"),
        (
            {"x_test": GOOD_X[..., :2], "y_test": GOOD_Y},
            r"x_test: shape \(4, 1, 1, 2\); the model takes \(n, 1, 1, 3\)",
        ),
        ({"x_test": GOOD_X[:0], "y_test": GOOD_Y[:0]}, "x_test: 0 images; give at least 1"),
        ({"x_test": np.int64(3), "y_test": GOOD_Y}, r"x_test: shape \(\)"),
        ({"x_test": GOOD_X + 5, "y_test": GOOD_Y}, r"x_test: values in 5\.\.13; the model takes 0\.\.9"),
        ({"x_test": GOOD_X - 1, "y_test": GOOD_Y}, r"x_test: values in -1\.\.7; the model takes 0\.\.9"),
        ({"x_test": GOOD_X, "y_test": GOOD_Y[:3]}, r"y_test has shape \(3,\) beside 4 images"),
        ({"x_test": GOOD_X, "y_test": GOOD_Y + 1}, r"y_test lies in 1\.\.3, the model has classes 0\.\.2"),
        ({"x_test": GOOD_X, "y_test": GOOD_Y - 1}, r"y_test lies in -1\.\.1"),
        ({"x_test": GOOD_X, "y_test": np.eye(4)}, r"y_test must be one whole number an image, got float64 \(4, 4\)"),
        ({"x_test": GOOD_X, "y_test": GOOD_Y.astype(object)}, "y_test holds pickled objects, which are never read"),
        ({"x_test": GOOD_X.astype(object), "y_test": GOOD_Y}, "x_test holds pickled objects, which are never read"),
    ],
)
def test_what_does_not_fit_is_refused(tmp_path: Path, arrays: dict[str, np.ndarray], message: str) -> None:
    with pytest.raises(InputError, match=message) as error:
        load_dataset(save(tmp_path, **arrays), copier())
    assert "\n" not in str(error.value)


def test_files_that_are_no_sets_are_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="does not exist"):
        load_dataset(tmp_path / "missing.npz", copier())
    with pytest.raises(InputError, match=r"is not an \.npz file"):
        load_dataset(tmp_path, copier())
    (tmp_path / "text.npz").write_text("hello")
    with pytest.raises(InputError, match=r"is not an \.npz file"):
        load_dataset(tmp_path / "text.npz", copier())
    whole = save(tmp_path, x_test=GOOD_X, y_test=GOOD_Y).read_bytes()
    for length in range(0, len(whole), 7):
        (tmp_path / "cut.npz").write_bytes(whole[:length])
        with pytest.raises(InputError):
            load_dataset(tmp_path / "cut.npz", copier())


def test_damaged_bytes_are_refused_or_harmless(tmp_path: Path) -> None:
    """Any single byte may be wrong: the set is refused, or read as numbers that fit."""
    for arrays, writer in ((GOOD_X, np.savez), (GOOD_X, np.savez_compressed)):
        writer(tmp_path / "set.npz", x_test=arrays, y_test=GOOD_Y)
        whole = (tmp_path / "set.npz").read_bytes()
        for place in range(len(whole)):
            (tmp_path / "bad.npz").write_bytes(whole[:place] + bytes([whole[place] ^ 0x55]) + whole[place + 1 :])
            try:
                x, _ = load_dataset(tmp_path / "bad.npz", copier())
            except InputError:
                continue
            assert x.shape[1:] == (1, 1, 3)


def entry(shape: str, content: bytes) -> bytes:
    """An array file whose header claims any shape."""
    header = f"{{'descr': '|u1', 'fortran_order': False, 'shape': {shape}, }}".encode()
    header = header.ljust(117) + b"\n"
    return b"\x93NUMPY\x01\x00" + len(header).to_bytes(2, "little") + header + content


@pytest.mark.parametrize("shape", ["(1000000000000, 1, 1, 3)", "(99999999999999999999, 1, 1, 3)", "(-4, 1, 1, 3)"])
def test_a_shape_larger_than_the_file_is_refused(tmp_path: Path, shape: str) -> None:
    with zipfile.ZipFile(tmp_path / "set.npz", "w") as archive:
        archive.writestr("x_test.npy", entry(shape, b"123"))
        archive.writestr("y_test.npy", entry("(1,)", b"\0"))
    with pytest.raises(InputError, match=r"claims|not an array"):
        load_dataset(tmp_path / "set.npz", copier())


def test_a_zip_bomb_is_refused_before_it_is_unpacked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(npz, "LIMIT_BYTES", 4 << 20)
    x, y = np.zeros((3 << 20, 1, 1, 3), np.uint8), np.zeros(3 << 20, np.uint8)
    np.savez_compressed(tmp_path / "set.npz", x_test=x, y_test=y)
    assert (tmp_path / "set.npz").stat().st_size < 100_000
    with pytest.raises(InputError, match="x_test takes 9 MB, more than 4; use fewer"):
        load_dataset(tmp_path / "set.npz", copier())
    x, _ = load_dataset(tmp_path / "set.npz", copier(), images=2)
    assert x.shape == (2, 1, 1, 3)
