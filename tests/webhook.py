"""A real webhook on loopback, for notices."""

from __future__ import annotations

import http.server
import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any


@contextmanager
def webhook(status: int = 200, seconds: float = 0.0) -> Iterator[tuple[str, list[dict[str, Any]]]]:
    """A real one: what it got, and its address."""
    got: list[dict[str, Any]] = []

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            got.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
            time.sleep(seconds)
            self.send_response(status)
            self.end_headers()

        def log_message(self, *_: Any) -> None:
            return

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"json://user:tok3n@127.0.0.1:{server.server_port}/hook", got
    finally:
        server.shutdown()
        server.server_close()
