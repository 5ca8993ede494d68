"""A headless Chromium over a pipe, by its DevTools protocol: real clicks and keys, and nothing to install."""

import base64
import json
import os
import select
import shutil
import subprocess
import time
from pathlib import Path
from typing import Any

PROGRAMS = ("chromium", "chromium-browser", "google-chrome", "chrome")
PATIENCE = 60.0  # seconds for anything to happen
COMMANDS, EVENTS = 3, 4  # the file descriptors that Chromium reads and writes


def program() -> str | None:
    return next(filter(None, map(shutil.which, PROGRAMS)), None)


class Browser:
    """One page in one browser; leaving the context ends it."""

    def __init__(self, profile: Path) -> None:
        here, self._out = os.pipe()
        self._in, there = os.pipe()

        def wire() -> None:
            copies = os.dup(here), os.dup(there)
            os.dup2(copies[0], COMMANDS)
            os.dup2(copies[1], EVENTS)

        args = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run"]
        self._process = subprocess.Popen(
            [program() or "", *args, f"--user-data-dir={profile}", "--remote-debugging-pipe", "about:blank"],
            close_fds=False,
            preexec_fn=wire,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        os.close(here)
        os.close(there)
        self._number, self._rest, self._session = 0, b"", ""
        self.complaints: list[str] = []
        (page,) = (found for found in self._say("Target.getTargets")["targetInfos"] if found["type"] == "page")
        self._session = self._say("Target.attachToTarget", targetId=page["targetId"], flatten=True)["sessionId"]
        for domain in ("Page", "Runtime", "Log"):
            self._say(f"{domain}.enable")

    def __enter__(self) -> "Browser":
        return self

    def __exit__(self, *exception: object) -> None:
        self._process.kill()
        self._process.wait()
        os.close(self._in)
        os.close(self._out)

    def open(self, url: str) -> None:
        self._say("Page.navigate", url=url)

    def run(self, script: str) -> Any:
        """The value of an expression on the page."""
        told = self._say("Runtime.evaluate", expression=script, returnByValue=True, awaitPromise=True)
        if "exceptionDetails" in told:
            raise AssertionError(told["exceptionDetails"]["exception"].get("description", script))
        return told["result"].get("value")

    def wait(self, script: str) -> Any:
        """The same once it is true."""
        end = time.monotonic() + PATIENCE
        while time.monotonic() < end:
            if found := self.run(script):
                return found
            time.sleep(0.05)
        raise AssertionError(f"never came: {script}; complaints: {self.complaints}")

    def draw(self, points: list[tuple[float, float]]) -> None:
        """A stroke of the mouse through these places of the page."""
        for number, (x, y) in enumerate(points):
            kind = "mouseMoved" if number else "mousePressed"
            self._say("Input.dispatchMouseEvent", type=kind, x=x, y=y, button="left", buttons=1, clickCount=1)
        x, y = points[-1]
        self._say("Input.dispatchMouseEvent", type="mouseReleased", x=x, y=y, button="left", clickCount=1)

    def key(self, name: str, text: str = "") -> None:
        shown = {"key": name, "text": text, "windowsVirtualKeyCode": {"Tab": 9, "Enter": 13}.get(name, 0)}
        self._say("Input.dispatchKeyEvent", type="keyDown", **shown)
        self._say("Input.dispatchKeyEvent", type="keyUp", key=name)

    def look(self, width: int, height: int, dark: bool = False) -> None:
        """Size of the window, and what the user likes better."""
        self._say(
            "Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1, mobile=width < 600
        )
        wish = {"name": "prefers-color-scheme", "value": "dark" if dark else "light"}
        self._say("Emulation.setEmulatedMedia", features=[wish])

    def picture(self, file: Path) -> None:
        """The whole page."""
        told = self._say("Page.captureScreenshot", captureBeyondViewport=True)
        file.write_bytes(base64.b64decode(told["data"]))

    def _say(self, method: str, **params: Any) -> dict:
        self._number += 1
        session = {"sessionId": self._session} if self._session else {}
        said = {"id": self._number, "method": method, "params": params, **session}
        os.write(self._out, json.dumps(said).encode() + b"\0")
        while True:
            told = self._hear()
            if told.get("id") == self._number:
                if "error" in told:
                    raise AssertionError(f"{method}: {told['error']['message']}")
                return told["result"]
            if told.get("method") == "Runtime.exceptionThrown":
                self.complaints.append(told["params"]["exceptionDetails"]["exception"].get("description", "?"))
            if told.get("method") == "Log.entryAdded":
                self.complaints.append(told["params"]["entry"]["text"])

    def _hear(self) -> dict:
        while b"\0" not in self._rest:
            if not select.select([self._in], [], [], PATIENCE)[0]:
                raise AssertionError("the browser says nothing")
            if not (more := os.read(self._in, 1 << 20)):
                raise AssertionError("the browser has gone")
            self._rest += more
        said, _, self._rest = self._rest.partition(b"\0")
        return json.loads(said)
