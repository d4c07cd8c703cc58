"""An HTTP server in a thread of its own, for vendors that are played."""

import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


class _Listener(ThreadingHTTPServer):
    request_queue_size = 128  # of more that dial at once the system turns some away
    daemon_threads = True


class Server:
    """Listens on a free port of this machine. A subclass answers `handle(method, path, headers, body)`.

    `moods` are taken one for each request: "drop" says nothing, a number is answered as a status,
    ("slow", seconds) waits first; without one, the request is answered.
    """

    def __init__(self, port: int = 0) -> None:
        self.moods: list[Any] = []
        self.asked: list[str] = []
        outer = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            disable_nagle_algorithm = True

            def _answer(self) -> None:
                body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
                mood = outer.moods.pop(0) if outer.moods else None
                if mood == "drop":
                    self.close_connection = True
                    self.connection.close()
                    return
                if isinstance(mood, tuple):
                    outer.pause.wait(mood[1])
                if isinstance(mood, int):
                    status, headers, content = mood, {}, b"{}"
                else:
                    status, headers, content = outer.handle(self.command, self.path, dict(self.headers), body)
                self.send_response(status)
                for name, value in headers.items():
                    self.send_header(name, value)
                self.send_header("Content-Length", str(len(content)))
                self.end_headers()
                self.wfile.write(content)

            do_GET = do_POST = _answer

            def log_message(self, *_args: Any) -> None:
                """Quiet."""

        self.pause = threading.Event()
        self._http = _Listener(("127.0.0.1", port), Handler)
        self._thread = threading.Thread(target=self._http.serve_forever, args=(0.05,), daemon=True)
        self._thread.start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._http.server_address[1]}"

    def handle(self, method: str, path: str, headers: dict[str, str], body: bytes) -> tuple[int, dict[str, str], bytes]:
        raise NotImplementedError

    def stop(self) -> None:
        self.pause.set()
        self._http.shutdown()
        self._http.server_close()
        self._thread.join()
