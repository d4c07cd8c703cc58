"""The application behind a real HTTP server with threads, and people whose browsers hold live pages open."""

import http.client
import json
import socket
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from typing import Any
from urllib.parse import urlencode

from flask import Flask
from werkzeug.serving import make_server

from app.conversations import live
from tests.browser_client import Browser


class LiveServer:
    """A server on a free port; `browser(person)` talks to it over TCP."""

    def __init__(self, app: Flask):
        self.app = app
        self.server = make_server("127.0.0.1", 0, app, threaded=True)
        self.port = self.server.server_port
        self.lines: list[Line] = []
        threading.Thread(target=self.server.serve_forever, args=(0.05,), daemon=True).start()

    def browser(self, person: Any = None) -> "RemoteBrowser":
        """A browser, signed in as the person."""
        return RemoteBrowser(self, Browser(self.app, person.person_id if person is not None else None))

    def stop(self) -> None:
        """Let every page go and stop."""
        for line in self.lines:
            line.close()
        self.server.shutdown()
        self.server.server_close()
        deadline = time.monotonic() + 20
        while live.hub.thread is not None and time.monotonic() < deadline:
            live.hub.end_all()  # again and again: a request that just began may still add a stream
            time.sleep(0.02)
        assert live.hub.thread is None, "the listener outlives its streams"


class RemoteBrowser:
    """One browser of one person over HTTP."""

    def __init__(self, server: LiveServer, signed_in: Browser):
        self.server = server
        cookie = signed_in.http.get_cookie("rapport")
        self.headers = {"Cookie": f"rapport={cookie.value}"} if cookie else {}

    def ask(self, method: str, path: str, data: dict[str, Any] | None = None, **headers: str) -> tuple[int, str, Any]:
        """One request: (status, body, headers)."""
        connection = http.client.HTTPConnection("127.0.0.1", self.server.port, timeout=20)
        body = urlencode(data or {}) if method == "POST" else None
        form = {"Content-Type": "application/x-www-form-urlencoded"} if body is not None else {}
        connection.request(method, path, body, {**self.headers, **form, **headers})
        answer = connection.getresponse()
        found = answer.status, answer.read().decode(), answer.headers
        connection.close()
        return found

    def listen(self, path: str, **headers: str) -> "Line":
        """Open a live page."""
        line = Line(self.server.port, path, {**self.headers, "Accept": "text/event-stream", **headers})
        self.server.lines.append(line)
        return line


class Line:
    """An open event stream, read by a thread of its own."""

    def __init__(self, port: int, path: str, headers: dict[str, str]):
        self.events: list[dict[str, Any]] = []
        self.heard = threading.Condition()
        self.is_over = False
        self.connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
        self.connection.request("GET", path, headers=headers)
        self.socket = self.connection.sock
        self.answer = self.connection.getresponse()
        self.status = self.answer.status
        if self.status == 200:
            threading.Thread(target=self._read, daemon=True).start()

    def _read(self) -> None:
        found: dict[str, Any] = {}
        with suppress(OSError, ValueError, AttributeError, http.client.HTTPException):
            while raw := self.answer.readline():
                name, _, value = raw.decode().rstrip("\n").partition(": ")
                if name in ("event", "id"):
                    found["number" if name == "id" else name] = value
                elif name == "data":
                    found |= json.loads(value)
                elif not name and found:
                    self._add(found)
                    found = {}
        with self.heard:
            self.is_over = True
            self.heard.notify_all()

    def _add(self, found: dict[str, Any]) -> None:
        with self.heard:
            self.events.append({**found, "at": time.monotonic()})
            self.heard.notify_all()

    def wait(self, wanted: Callable[["Line"], Any], seconds: float = 5) -> Any:
        """Wait until `wanted(line)` is true; fails after some seconds."""
        with self.heard:
            assert self.heard.wait_for(lambda: wanted(self), seconds), self.events
            return wanted(self)

    def wait_for_text(self, text: str, seconds: float = 5) -> dict[str, Any]:
        """Wait for an event whose HTML holds the text."""
        return self.wait(lambda line: next((e for e in line.events if text in e.get("html", "")), None), seconds)

    def wait_for(self, trigger: str, seconds: float = 5) -> dict[str, Any]:
        """Wait for an event of a name."""
        return self.wait(lambda line: next((e for e in line.events if e.get("trigger") == trigger), None), seconds)

    @property
    def numbers(self) -> list[int]:
        """The numbers of the messages that came, in the order they came."""
        return [int(event["number"]) for event in self.events if "number" in event]

    def close(self) -> None:
        """Go away as a closed browser does."""
        with suppress(OSError):
            self.socket.shutdown(socket.SHUT_RDWR)
        self.connection.close()
