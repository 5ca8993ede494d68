"""The page: its numbers are those of report.json, its pictures are well formed, and it needs nothing from elsewhere."""

import json
import re
from html.parser import HTMLParser
from xml.etree import ElementTree

import pytest

from binloom.compiler.ir.builder import GraphBuilder
from binloom.sim.page.figure import NONE, at, shown
from binloom.sim.report import write_report
from tests.sim.nets import emitted
from tests.sim.page.builds import built, sections

VOID = {"meta", "link", "br", "img"}
SOME = {
    "nothing": [],
    "verified": ["verification"],
    "estimated": ["estimate"],
    "all": ["verification", "estimate", "routed"],
}


@pytest.fixture(scope="module", params=SOME)
def page(request, tmp_path_factory) -> tuple[dict, dict, str]:
    graph, manifest = built()
    folder = tmp_path_factory.mktemp("build")
    (folder / "manifest.json").write_text(json.dumps(manifest))
    known = sections(graph, manifest)
    report, path = write_report(folder, manifest, **{name: known[name] for name in SOME[request.param]})
    return manifest, report, path.read_text()


class Reader(HTMLParser):
    """Collects what stands in elements with a data-key, and minds that every element is closed."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[tuple[str, str | None]] = []
        self.figures: list[tuple[str, str]] = []

    def handle_starttag(self, tag, attrs):
        if tag not in VOID:
            self.open.append((tag, dict(attrs).get("data-key")))

    def handle_startendtag(self, tag, attrs):
        pass

    def handle_endtag(self, tag):
        assert self.open.pop()[0] == tag, self.getpos()

    def handle_data(self, data):
        if self.open and (key := self.open[-1][1]):
            self.figures.append((key, data))


def read(text: str) -> Reader:
    reader = Reader()
    reader.feed(text)
    reader.close()
    assert reader.open == []
    return reader


def test_its_numbers_are_those_of_the_report(page):
    _, report, text = page
    figures = read(text).figures
    assert len(figures) > 40
    for key, words in figures:
        assert words == shown(at(report, key)), key


def test_each_op_is_told_as_predicted_and_as_measured(page):
    manifest, report, text = page
    keys = {key for key, _ in read(text).figures}
    for number, op in enumerate(manifest["ops"]):
        if op["blocks"]:
            assert {f"ops.{number}.{side}.cycles_per_frame" for side in ("predicted", "measured")} <= keys
            assert {f"ops.{number}.measured.lut"} <= keys or report["lut"] is None


def test_it_needs_nothing_from_elsewhere(page):
    text = page[2]
    assert not re.search(r"https?:|//\w|@import|url\(|<script|<link|<img| src=", text)


def test_its_pictures_are_well_formed(page):
    manifest, report, text = page
    pictures = [ElementTree.fromstring(found) for found in re.findall(r"<svg.*?</svg>", text, re.DOTALL)]
    flow = pictures[0]
    assert len(flow.findall("./g")) == len(manifest["ops"])
    edges = [path for path in flow.findall("./path") if path.get("class") == "edge"]
    assert len(edges) == sum(len(op["inputs"]) for op in manifest["ops"])
    (slowest,) = (group for group in flow.findall("./g") if "slowest" in group.get("class"))
    assert slowest.find("title").text.startswith(report["bottleneck"])
    assert len(pictures) == (2 if "routed" in report else 1)


def test_every_fifo_of_the_plan_is_drawn(page):
    manifest, _, text = page
    depths = sorted(depth for depths in manifest["plan"]["depths"].values() for depth in depths if depth)
    assert depths
    assert sorted(int(found) for found in re.findall(r"FIFO (\d+)", text)) == depths


def test_words_from_outside_are_escaped(tmp_path):
    graph, manifest = built()
    known = sections(graph, manifest)
    manifest["notes"] = ["<b>a note</b>"]
    (tmp_path / "manifest.json").write_text(json.dumps(manifest))
    text = write_report(tmp_path, manifest, **known)[1].read_text()
    assert "equal on &lt;every&gt; output" in text
    assert "conv1 to &lt;add&gt;" in text
    assert "&lt;b&gt;a note&lt;/b&gt;" in text


def test_a_graph_without_hardware_has_a_page_too(tmp_path):
    b = GraphBuilder("wires")
    manifest = emitted(b.output(b.input((2, 2, 1))))[0]
    (tmp_path / "manifest.json").write_text(json.dumps(manifest))
    read(write_report(tmp_path, manifest)[1].read_text())


def test_numbers_as_they_are_shown():
    assert [shown(value) for value in (None, 0, 1234567, 0.04, 1234.56)] == [NONE, "0", "1,234,567", "0.0", "1,234.6"]
