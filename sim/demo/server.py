"""The page's server: on this machine alone, three addresses, and a clear answer to whatever else is asked.

    GET /          the page
    GET /model     the build, its clock, its samples
    POST /ask      {"image": [numbers]} in the order row, column, channel: what the hardware makes of it

Every answer but the page is JSON; one that is no success holds `error`, a line to read.
"""

import json
from collections.abc import Callable
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import ClassVar

import numpy as np

from binloom.compiler.errors import InputError
from binloom.compiler.ir.images import input_of
from binloom.sim.demo.subject import Subject
from binloom.sim.demo.telling import told_in
from binloom.sim.failures import ProtocolError, Stuck
from binloom.toolchain.run import ToolError

ADDRESS = "127.0.0.1"
PAGE = Path(__file__).with_name("page.html")
JSON = "application/json"
PATIENCE = 10.0  # seconds for a request to come
DIGITS = 24  # of a number in a request, with what stands around it
ASKERS_FAULT = {
    HTTPStatus.NOT_IMPLEMENTED: HTTPStatus.METHOD_NOT_ALLOWED,
    HTTPStatus.HTTP_VERSION_NOT_SUPPORTED: HTTPStatus.BAD_REQUEST,
}

# The page holds all it needs, and may speak to nobody but its own server.
POLICY = (
    "default-src 'none'; script-src 'unsafe-inline'; style-src 'unsafe-inline'; img-src data: blob:; "
    "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)


class Server(ThreadingHTTPServer):
    """Bound once it is made, on a free port where `port` is 0; `serve_forever` runs it until an interrupt."""

    daemon_threads = True
    block_on_close = False

    def __init__(self, subject: Subject, told: dict, port: int = 0) -> None:
        try:
            super().__init__((ADDRESS, port), _Handler)
        except OSError as error:
            raise InputError(f"port {port} cannot be had ({error.strerror})", "give another, or none") from None
        self.subject, self.told = subject, told
        self.largest = 64 + DIGITS * int(np.prod(input_of(subject.graph).shape))

    @property
    def url(self) -> str:
        return f"http://{ADDRESS}:{self.server_port}/"

    def handle_error(self, request, client_address) -> None:
        """A browser that went away is no news; anything else is a defect and shows itself."""
        import sys

        if not isinstance(sys.exception(), ConnectionError | TimeoutError):
            super().handle_error(request, client_address)


class _Refusal(Exception):
    """A status and a line that says why."""

    def __init__(self, status: HTTPStatus, why: str) -> None:
        super().__init__(why)
        self.status = status


class _Handler(BaseHTTPRequestHandler):
    server_version, sys_version = "binloom", ""
    default_request_version = "HTTP/1.0"  # what even a request of no version is answered in
    timeout = PATIENCE
    server: Server

    ROOMS: ClassVar[dict[str, dict[str, Callable[["_Handler"], None]]]] = {
        "/": {"GET": lambda self: self._send(PAGE.read_bytes(), "text/html; charset=utf-8")},
        "/model": {"GET": lambda self: self._tell(self.server.told)},
        "/ask": {"POST": lambda self: self._tell(self._asked())},
    }

    def _answer(self) -> None:
        try:
            self._check_host()
            room = self.ROOMS.get(self.path.partition("?")[0])
            if room is None:
                raise _Refusal(HTTPStatus.NOT_FOUND, "there is no such page here")
            if self.command not in room:
                raise _Refusal(HTTPStatus.METHOD_NOT_ALLOWED, f"this takes {' or '.join(room)} alone")
            room[self.command](self)
        except _Refusal as refusal:
            self._tell({"error": str(refusal)}, refusal.status)
        except (Stuck, ProtocolError, ToolError) as error:
            self._tell({"error": str(error).partition("\n")[0]}, HTTPStatus.INTERNAL_SERVER_ERROR)

    do_GET = do_POST = do_HEAD = do_PUT = do_DELETE = do_PATCH = do_OPTIONS = do_TRACE = do_CONNECT = _answer

    def _check_host(self) -> None:
        """A page from elsewhere may reach us under a name of its own: it is not to read what we say."""
        host = self.headers.get("Host", "")
        if host not in (f"{ADDRESS}:{self.server.server_port}", f"localhost:{self.server.server_port}"):
            raise _Refusal(HTTPStatus.MISDIRECTED_REQUEST, f"this is {self.server.url}")

    def _asked(self) -> dict:
        image = self._image(self._body())
        try:
            answer = self.server.subject.ask(image)
        except InputError as error:
            raise _Refusal(HTTPStatus.BAD_REQUEST, str(error)) from None
        return told_in(answer, self.server.subject)

    def _body(self) -> bytes:
        if self.headers.get_content_type() != JSON:  # which no page from elsewhere can send unasked
            raise _Refusal(HTTPStatus.UNSUPPORTED_MEDIA_TYPE, f"send {JSON}")
        length = self.headers.get("Content-Length", "")
        if not length.isascii() or not length.isdigit():
            raise _Refusal(HTTPStatus.LENGTH_REQUIRED, "say how long the request is")
        if len(length) > 9 or int(length) > self.server.largest:
            raise _Refusal(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, f"more than {self.server.largest} bytes")
        try:
            body = self.rfile.read(int(length))
        except TimeoutError:
            raise _Refusal(HTTPStatus.REQUEST_TIMEOUT, "the rest of the request did not come") from None
        if len(body) < int(length):
            raise _Refusal(HTTPStatus.BAD_REQUEST, "the rest of the request did not come")
        return body

    def _image(self, body: bytes) -> np.ndarray:
        shape = input_of(self.server.subject.graph).shape
        count = int(np.prod(shape))
        try:
            asked = json.loads(body)
            numbers = asked["image"]
        except (ValueError, RecursionError, TypeError, KeyError):
            raise _Refusal(HTTPStatus.BAD_REQUEST, 'send {"image": [numbers]}') from None
        if not isinstance(numbers, list) or len(numbers) != count:
            raise _Refusal(HTTPStatus.BAD_REQUEST, f"an image has {count} numbers")
        if not all(type(number) is int and abs(number) < 1 << 31 for number in numbers):
            raise _Refusal(HTTPStatus.BAD_REQUEST, "an image holds whole numbers of 32 bits")
        return np.array(numbers, np.int64).reshape(shape)

    def _tell(self, what: dict, status: HTTPStatus = HTTPStatus.OK) -> None:
        self._send(json.dumps(what).encode(), JSON, status)

    def _send(self, body: bytes, kind: str, status: HTTPStatus = HTTPStatus.OK) -> None:
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Content-Security-Policy", POLICY)
        self.send_header("X-Content-Type-Options", "nosniff")
        self.send_header("Referrer-Policy", "no-referrer")
        self.send_header("Cache-Control", "no-store")
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def send_error(self, code: int, message: str | None = None, explain: str | None = None) -> None:
        """What the base class refuses by itself. A method or a version that nobody knows is the asker's fault too."""
        status = ASKERS_FAULT.get(HTTPStatus(code), HTTPStatus(code))
        self._tell({"error": message or status.phrase}, status)

    def log_message(self, format: str, *args) -> None:
        """Nothing: the terminal is for the address."""
