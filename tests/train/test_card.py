"""The card of a run as a reader sees it, by the Markdown parser that rich brings along."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from binloom.train.card import card
from binloom.train.markdown import code, plain
from binloom.train.show.told import About, Result, Told

NAMES = (r"wild $\ant$", "a|b", "*bee*", "`c`", "[d](e)", "_f_g", "<i>&lt;", "~~j~~", "new\nline", "\\|", "#")
ABOUT = About(
    recipe="my_*best*_run #",
    model="CBCNN: filters 8",
    how=(("stage 1", "input_norm, conv* left as they were"),),
    epochs=0,
    command="binloom train 'a|b`c.toml'",
    data="mine",
    source="_mine_ | [yours](x)",
    images=(1_000, 11),
    shape=(8, 8, 1),
    whole=False,
    classes=NAMES,
    input="a pixel p is given as p / 255",
    seed=3,
    quick=False,
)


def shown(text: str) -> list[str]:
    """The words of each paragraph, heading and cell."""
    tokens = MarkdownIt("commonmark").enable(["table", "strikethrough"]).parse(text)
    made = []
    for token in tokens:
        if token.type == "inline":
            kinds = {child.type for child in token.children or ()}
            assert kinds <= {"text", "code_inline"}, kinds
            made.append("".join(child.content for child in token.children or ()))
    return made


def test_names_are_shown_as_they_are():
    confusion = tuple(tuple(int(row == column) for column in range(len(NAMES))) for row in range(len(NAMES)))
    words = shown(card(Told(ABOUT, None, (), (), Result(11, 11, confusion))))
    assert words[:2] == [ABOUT.recipe, f"{ABOUT.model}."]
    rows = dict(zip(words[2::2], words[3::2], strict=True))
    assert rows["classes"] == ", ".join(NAMES).replace("\n", " ")
    assert rows["data"].startswith(f"{ABOUT.source}: 1,000 training and 11 test images")
    assert rows["command"] == ABOUT.command
    assert rows["stage 1"] == "input_norm, conv* left as they were"


@pytest.mark.parametrize("words", ["input_norm", "a_b_c", "9,921 of 10,000 (99.21%)"])
def test_words_without_marks_are_left_alone(words):
    assert plain(words) == words


@given(st.text(st.sampled_from("ab1_*`[]()<>|\\~$&#!;: -\n"), min_size=1))
def test_any_words(text):
    line = " ".join(text.split())
    table = shown(f"|x|y|\n|---|---|\n| {plain(text)} | {code(text) if line else ''} |")
    assert table[2:] == [line, line]
