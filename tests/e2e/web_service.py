"""A second web service beside the application: what is laid over the foreign compose file, and who talks to it."""

from __future__ import annotations

import socket
import threading
import time
import urllib.request
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress

from tests.e2e.foreign import ForeignSite

VERSIONS = ("v1", "v2", "broken")
# Its version under /admin; `/admin/events` is a stream, `/admin/socket` an upgraded connection that echoes.
SERVER = """\
import asyncio, base64, hashlib, os, signal, sys
VERSION = os.environ["VERSION"]
if VERSION == "broken":
    sys.exit("no template found")

async def answer(reader, writer):
    try:
        head = (await reader.readuntil(b"\\r\\n\\r\\n")).decode()
        path = head.split()[1]
        if path == "/admin/socket":
            key = head.lower().partition("sec-websocket-key:")[0]
            key = head[len(key):].partition(":")[2].split()[0] + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
            accept = base64.b64encode(hashlib.sha1(key.encode()).digest())
            writer.write(b"HTTP/1.1 101 Switching Protocols\\r\\nUpgrade: websocket\\r\\nConnection: Upgrade\\r\\n")
            writer.write(b"Sec-WebSocket-Accept: " + accept + b"\\r\\n\\r\\n")
            while data := await reader.read(100):
                writer.write(VERSION.encode() + b" " + data)
                await writer.drain()
        elif path == "/admin/events":
            writer.write(b"HTTP/1.1 200 OK\\r\\nContent-Type: text/event-stream\\r\\nConnection: close\\r\\n\\r\\n")
            while True:
                writer.write(f"data: {VERSION}\\n\\n".encode())
                await writer.drain()
                await asyncio.sleep(0.2)
        else:
            await asyncio.sleep(0.02)
            body = f"{VERSION} {path}".encode()
            writer.write(b"HTTP/1.1 200 OK\\r\\nConnection: close\\r\\nContent-Length: %d\\r\\n\\r\\n" % len(body) + body)
        await writer.drain()
    except (ConnectionError, asyncio.IncompleteReadError):
        pass
    finally:
        writer.close()

async def main():
    server = await asyncio.start_server(answer, "0.0.0.0", 9000)
    stop = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stop.set)
    await stop.wait()
    server.close()
    await asyncio.sleep(0.3)

asyncio.run(main())
"""
ADMIN = """\
services:
  admin:
    build: ./admin
    image: "${SHOP_IMAGE}-admin:${ADMIN:-v1}"
    container_name: ${NAME}_admin
    ports: ["127.0.0.1:${ADMIN_PORT}:9000"]
    labels: {surefoot.route: /admin}
    stop_grace_period: 5s
"""


def build_admin(site: ForeignSite) -> None:
    """Its images, and a port of this machine that only the file names."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    site.write_settings(ADMIN_PORT=str(port))
    folder = site.directory / "admin"
    folder.mkdir()
    (folder / "server.py").write_text(SERVER)
    for version in VERSIONS:
        (folder / "Dockerfile").write_text(
            f'FROM surefoot/base-python:bookworm\nCOPY server.py /server.py\nENV VERSION={version}\n'
            'CMD ["python", "/server.py"]\n'
        )
        site.platform.client.images.build(path=str(folder), tag=f"{site.name}-admin:{version}", rm=True)


def add_admin(site: ForeignSite) -> None:
    (site.directory / "compose.override.yaml").write_text(ADMIN)


def get(site: ForeignSite, path: str) -> str:
    with urllib.request.urlopen(f"http://127.0.0.1:{site.edge_port}{path}", timeout=5) as answer:
        return str(answer.read().decode())


class Load:
    """Fifteen requests a second on each path until the block ends, none retried; what became of them."""

    def __init__(self, site: ForeignSite, *paths: str) -> None:
        self.outcomes: Counter[str] = Counter()
        self._urls = [f"http://127.0.0.1:{site.edge_port}{path}" for path in paths]
        self._is_over = threading.Event()
        self._pool = ThreadPoolExecutor(16)

    def __enter__(self) -> Load:
        self._ticker = threading.Thread(target=self._tick)
        self._ticker.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._is_over.set()
        self._ticker.join()
        self._pool.shutdown()

    def _tick(self) -> None:
        while not self._is_over.wait(1 / 15):
            for url in self._urls:
                self._pool.submit(self._ask, url)

    def _ask(self, url: str) -> None:
        try:
            with urllib.request.urlopen(url, timeout=20) as answer:  # noqa: S310
                answer.read()
                self.outcomes["ok"] += 1
        except OSError as error:
            self.outcomes[str(error)] += 1


class Echo:
    """An upgraded connection that says something ten times a second, and what it heard."""

    def __init__(self, site: ForeignSite) -> None:
        self.heard: list[str] = []
        self.is_closed = False
        self._connection = socket.create_connection(("127.0.0.1", site.edge_port), timeout=10)
        self._connection.sendall(
            b"GET /admin/socket HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            b"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: c3VyZWZvb3Qgc2F5cyBoaQ==\r\n\r\n"
        )
        assert b"101" in self._connection.recv(1000)
        threading.Thread(target=self._talk, daemon=True).start()

    def _talk(self) -> None:
        try:
            while True:
                self._connection.sendall(b"x")
                answer = self._connection.recv(100).decode()
                if not answer:
                    break
                self.heard.append(answer)
                time.sleep(0.1)
        except OSError:
            pass
        self.is_closed = True


class Stream(threading.Thread):
    """Server-sent events as they come, until the stream ends."""

    def __init__(self, site: ForeignSite) -> None:
        super().__init__(daemon=True)
        self.heard: list[str] = []
        self._url = f"http://127.0.0.1:{site.edge_port}/admin/events"
        self.start()

    def run(self) -> None:
        with suppress(OSError), urllib.request.urlopen(self._url, timeout=20) as answer:  # noqa: S310
            for line in answer:
                if line.strip():
                    self.heard.append(line.decode().strip())
