"""The page in a real browser: drawn on with a mouse and with keys, on wide screens and narrow, by day and by night."""

import threading

import numpy as np
import pytest

from binloom import api
from binloom.models import model as zoo_model
from binloom.sim import golden
from tests.sim.demo.browser import Browser, program

pytestmark = pytest.mark.skipif(program() is None, reason="needs Chromium on PATH")
ANSWERS = "Number(document.body.dataset.answers || 0)"
UNNAMED = """[...document.querySelectorAll("button, input, [role=img]")].filter(
    e => !(e.ariaLabel || e.textContent || e.labels?.length)).length"""
READY = f"document.readyState === 'complete' && {ANSWERS} > 0"


@pytest.fixture(scope="module")
def server(built, data):
    with api.load(built).demo(data=data) as made:
        threading.Thread(target=made.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
        yield made
        made.shutdown()


@pytest.fixture(scope="module")
def browser(tmp_path_factory):
    with Browser(tmp_path_factory.mktemp("browser")) as made:
        yield made


@pytest.fixture
def page(server, browser):
    browser.look(1200, 900)
    browser.open(server.url)
    browser.wait(READY)
    yield browser
    assert browser.complaints == []


def spot(page, x: float, y: float) -> tuple[float, float]:
    """A place on the pad, 0 to 1 each way."""
    left, top, width = page.run("(b => [b.left, b.top, b.width])(pad.getBoundingClientRect())")
    return left + x * width, top + y * width


def check(page, graph) -> None:
    """What is shown is what golden says of the image that the page holds."""
    page.wait("!busy")
    shape = graph.inputs[0].op.shape
    told = golden.evaluate(graph, np.array(page.run("image")).reshape(1, *shape))
    shown = page.run("[...document.querySelectorAll('#bars .value')].map(e => e.textContent)")
    assert [int(text.replace(",", "").replace("\u2212", "-")) for text in shown] == told.logits[0].tolist()
    assert page.run("latest.label") == told.classes[0]
    assert "Equal to the integer model" in page.run("document.getElementById('proof').textContent")


def test_a_stroke_of_the_mouse(page, server):
    before = page.run(ANSWERS)
    page.run("document.getElementById('clear').click()")
    page.draw([spot(page, 0.2, 0.2), spot(page, 0.5, 0.7), spot(page, 0.8, 0.3)])
    page.wait(f"{ANSWERS} > {before}")
    assert 0 < page.run("image.filter(v => v > 0).length") < 36
    check(page, server.subject.graph)
    assert page.run("document.querySelectorAll('#layers article').length") == 3
    assert page.run("document.querySelectorAll('#layers article:first-child canvas').length") == 4
    assert page.run("document.getElementById('cards').textContent").startswith(f"{page.run('latest.cycles')} cycles")


def test_the_pad_by_keys(page, server):
    page.run("document.getElementById('clear').focus()")
    page.key("Enter", "\r")  # clears, and puts the pen into the hand
    assert page.run("document.activeElement.id") == "pad"
    before = page.run(ANSWERS)
    for name in [" ", *["ArrowRight"] * 9, "ArrowUp", " "]:
        page.key(name, name if name == " " else "")
    page.wait(f"{ANSWERS} > {before} && !due")
    assert page.run("image.some(v => v > 0)")
    check(page, server.subject.graph)
    page.key("Escape")
    assert not page.run("document.getElementById('hint').hidden")


def test_a_sample(page, server, data):
    held = np.load(data)
    for number in (3, 58):
        before = page.run(ANSWERS)
        page.run(f"document.querySelectorAll('#samples button')[{number}].click()")
        page.wait(f"{ANSWERS} > {before}")
        assert page.run("image") == held["x_test"][number].reshape(-1).tolist()
        assert page.run("document.getElementById('classname').textContent").endswith(
            f"labelled {held['y_test'][number]}"
        )
        check(page, server.subject.graph)


@pytest.mark.parametrize(("width", "height"), [(390, 800), (320, 560), (1500, 900)])
@pytest.mark.parametrize("dark", [False, True], ids=["day", "night"])
def test_it_fits_and_can_be_read(page, width, height, dark):
    page.look(width, height, dark)
    page.wait("latest")
    assert page.run("document.documentElement.scrollWidth") <= width
    sums = ("style.inkRgb", "style.paperRgb")
    light = " > ".join(f"{rgb}.reduce((a, b) => a + b)" for rgb in sums)
    page.wait(f"({light}) === {str(dark).lower()}")
    assert page.run(UNNAMED) == 0


def test_a_server_that_has_gone(built, browser):
    with api.load(built).demo() as made:
        thread = threading.Thread(target=made.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        browser.open(made.url)
        browser.wait("document.readyState === 'complete' && typeof model === 'object'")
        made.shutdown()
        thread.join()
        made.server_close()
        browser.run("ask(new Array(36).fill(3)), 0")
        browser.wait("document.getElementById('proof').textContent.includes('still running?')")
        browser.complaints.clear()


@pytest.mark.slow
def test_ten_written_digits(tmp_path):
    """The digits that the page itself writes, through the zoo's network: each is the one that it says."""
    build = zoo_model("mnist_tiny").compile(tmp_path / "build")
    with build.demo() as made, Browser(tmp_path / "browser") as page:
        threading.Thread(target=made.serve_forever, daemon=True).start()
        page.open(made.url)
        page.wait(READY)
        for digit in range(10):
            before = page.run(ANSWERS)
            page.run(f"document.querySelectorAll('#samples button')[{digit}].click()")
            page.wait(f"{ANSWERS} > {before}")
            assert page.run("document.getElementById('class').textContent") == str(digit)
            check(page, build.graph)
        made.shutdown()
