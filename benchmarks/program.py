"""A program of the shop's that takes messages a hundred at a time, and does nothing but count them."""

import json
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


def listen(port: Any, count: Any) -> None:
    """Serve on a free port, which is put into `port`; `count` is how many messages came."""

    class Counting(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            told = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            with count.get_lock():
                count.value += len(told["messages"])
            self.send_response(200)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, format: str, *args: Any) -> None:
            return

    server = ThreadingHTTPServer(("127.0.0.1", 0), Counting)
    port.put(server.server_address[1])
    server.serve_forever()
