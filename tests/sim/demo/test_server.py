"""What the demo's server answers to those who mean well, and to those who do not."""

import http.client
import json
import socket
import threading
from contextlib import contextmanager

import numpy as np
import pytest

from binloom import api
from binloom.build import SAMPLES
from binloom.compiler.errors import InputError
from binloom.sim.demo import server as module
from binloom.sim.demo.server import Server
from binloom.sim.demo.subject import Subject
from binloom.sim.failures import Stuck

IMAGE = {"image": [7] * 36}
POST = b"POST /ask HTTP/1.1\r\nHost: %s\r\nContent-Type: application/json\r\n"


@contextmanager
def running(server: Server):
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@pytest.fixture(scope="module")
def server(built):
    with running(api.load(built).demo()) as found:
        yield found


def asked(server, method, path, body=None, headers=None):
    line = http.client.HTTPConnection("127.0.0.1", server.server_port, timeout=20)
    line.request(method, path, body, headers or {})
    reply = line.getresponse()
    told = reply.read()
    line.close()
    return reply, told


def ask(server, what, **headers):
    body = what if isinstance(what, bytes) else json.dumps(what).encode()
    reply, told = asked(server, "POST", "/ask", body, {"Content-Type": "application/json", **headers})
    return reply.status, json.loads(told)


def test_the_page_and_the_model(server):
    reply, page = asked(server, "GET", "/?sample=3")
    assert (reply.status, reply.getheader("Content-Type")) == (200, "text/html; charset=utf-8")
    assert "default-src 'none'" in reply.getheader("Content-Security-Policy")
    assert b"http://" not in page
    assert b"https://" not in page
    reply, told = asked(server, "GET", "/model")
    told = json.loads(told)
    assert (reply.status, told["name"], told["count"]) == (200, server.subject.manifest["name"], 5)
    assert (told["samples"], told["labels"]) == ([], None)
    assert told["input"] == {"height": 6, "width": 6, "channels": 1, "lo": 0, "hi": 255}


def test_an_image(server):
    status, told = ask(server, IMAGE)
    assert (status, told["difference"]) == (200, None)
    build = server.subject
    assert told["logits"] == api.golden.evaluate(build.graph, np.full((1, 6, 6, 1), 7)).logits[0].tolist()


@pytest.mark.parametrize(
    ("what", "status", "why"),
    [
        (b"{", 400, 'send {"image": [numbers]}'),
        (b"[" * 800, 400, 'send {"image": [numbers]}'),
        (b"\xff\xfe", 400, 'send {"image": [numbers]}'),
        ([], 400, 'send {"image": [numbers]}'),
        ({}, 400, 'send {"image": [numbers]}'),
        ({"image": [7] * 35}, 400, "an image has 36 numbers"),
        ({"image": "7" * 36}, 400, "an image has 36 numbers"),
        ({"image": [7.5] * 36}, 400, "an image holds whole numbers of 32 bits"),
        ({"image": [True] * 36}, 400, "an image holds whole numbers of 32 bits"),
        ({"image": [None] * 36}, 400, "an image holds whole numbers of 32 bits"),
        ({"image": [1 << 40] * 36}, 400, "an image holds whole numbers of 32 bits"),
        ({"image": [256] * 36}, 400, "image: values in 256..256; the model takes 0..255"),
        (b" " * 4000, 413, "more than 928 bytes"),
    ],
)
def test_what_is_no_image(server, what, status, why):
    assert ask(server, what) == (status, {"error": why})


@pytest.mark.parametrize(
    ("method", "path", "headers", "status"),
    [
        ("GET", "/nothing", {}, 404),
        ("GET", "/../../etc/passwd", {}, 404),
        ("GET", "/%2e%2e/%2e%2e/etc/passwd", {}, 404),
        ("GET", "//etc/passwd", {}, 404),
        ("GET", "/page.html", {}, 404),
        ("GET", "/ask", {}, 405),
        ("POST", "/model", {}, 405),
        ("PUT", "/", {}, 405),
        ("OPTIONS", "/ask", {}, 405),
        ("BREW", "/", {}, 405),
        ("POST", "/ask", {"Content-Type": "text/plain"}, 415),
        ("POST", "/ask", {}, 415),
        ("GET", "/", {"Host": "evil.example"}, 421),
        ("GET", "/model", {"Host": "127.0.0.1:1"}, 421),
    ],
)
def test_what_is_not_for_others(server, method, path, headers, status):
    reply, told = asked(server, method, path, json.dumps(IMAGE) if method == "POST" else None, headers)
    assert (reply.status, bool(json.loads(told)["error"])) == (status, True)


@pytest.mark.parametrize(
    ("said", "status"),
    [
        (b"nonsense\r\n\r\n", 400),
        (b"GET / HTTP/9.9\r\n\r\n", 400),
        (b"GET " + b"/" * 70_000 + b" HTTP/1.1\r\n\r\n", 414),
        (b"GET / HTTP/1.1\r\n" + b"a: b\r\n" * 200 + b"\r\n", 431),
        (POST + b"\r\n", 411),
        (POST + b"Content-Length: -1\r\n\r\n", 411),
        (
            POST + b"Content-Length: 99999999999\r\n\r\n",
            413,
        ),
        (POST + b"Content-Length: 9\r\n\r\n{", 408),
    ],
)
def test_what_is_no_request(server, monkeypatch, said, status):
    monkeypatch.setattr(module._Handler, "timeout", 0.3)
    with socket.create_connection(("127.0.0.1", server.server_port), timeout=20) as line:
        line.sendall(said.replace(b"%s", b"127.0.0.1:%d" % server.server_port))
        reply = http.client.HTTPResponse(line)
        reply.begin()
        assert reply.status == status


def test_a_design_that_hangs(server, monkeypatch):
    def hang(self, image):
        raise Stuck("stuck after 10 cycles\nand more")

    monkeypatch.setattr(Subject, "ask", hang)
    assert ask(server, IMAGE) == (500, {"error": "stuck after 10 cycles"})


def test_a_port_that_is_taken(server, built):
    with pytest.raises(InputError, match=f"^port {server.server_port} cannot be had"):
        api.load(built).demo(port=server.server_port)


def test_nobody_elsewhere_can_reach_it(server):
    assert server.server_address[0] == "127.0.0.1"
    assert server.url == f"http://127.0.0.1:{server.server_port}/"


def test_samples(built, data):
    made = api.load(built).demo(data=data)
    with made:
        assert len(made.told["samples"]) == len(made.told["labels"]) == SAMPLES
        assert made.told["labels"][:3] == np.load(data)["y_test"][:3].tolist()
