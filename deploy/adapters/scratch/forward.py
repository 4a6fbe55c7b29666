"""A socket file that leads to a server in the network: a program without a network reaches that one server by it.

It speaks TLS to the server where the server has it, as a client with this sslmode would.
"""

from __future__ import annotations

import asyncio
import ssl
import struct
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path

# What a client sends first to ask for TLS (PostgreSQL's manual, "SSLRequest").
SSL_REQUEST = struct.pack("!ii", 8, 80877103)
GSS_REQUEST = struct.pack("!ii", 8, 80877104)
PORT = 5432
CHUNK = 65536
NEVER = frozenset({"disable", "allow"})
ALWAYS = frozenset({"require", "verify-ca", "verify-full"})


@asynccontextmanager
async def forwarded(directory: Path, host: str, port: int, ssl_mode: str) -> AsyncIterator[None]:
    """While this is open, PostgreSQL's socket of port 5432 in this directory leads to that server."""
    path = directory / f".s.PGSQL.{PORT}"
    tasks: set[asyncio.Task[None]] = set()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        if task is not None:
            tasks.add(task)
            task.add_done_callback(tasks.discard)
        await _serve(reader, writer, host, port, ssl_mode)

    server = await asyncio.start_unix_server(serve, str(path))
    path.chmod(0o777)
    try:
        yield
    finally:
        server.close()
        for task in tuple(tasks):
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        path.unlink(missing_ok=True)


async def _serve(
    reader: asyncio.StreamReader, writer: asyncio.StreamWriter, host: str, port: int, ssl_mode: str
) -> None:
    """One connection, both ways, until one end closes it."""
    try:
        first = await _first_words(reader, writer)
        server_reader, server_writer = await _connect(host, port, ssl_mode)
        server_writer.write(first)
    except (OSError, ssl.SSLError, asyncio.IncompleteReadError):
        writer.close()
        return
    ways = [asyncio.ensure_future(_pump(reader, server_writer)), asyncio.ensure_future(_pump(server_reader, writer))]
    try:
        await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for way in ways:
            way.cancel()
        for end in (writer, server_writer):
            with suppress(OSError, RuntimeError):
                end.close()


async def _first_words(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bytes:
    """What the client begins with, once it was told that this socket has no encryption, as one of PostgreSQL's has."""
    while (first := await reader.readexactly(len(SSL_REQUEST))) in {SSL_REQUEST, GSS_REQUEST}:
        writer.write(b"N")
        await writer.drain()
    return first


async def _connect(host: str, port: int, ssl_mode: str) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    reader, writer = await asyncio.open_connection(host, port)
    if ssl_mode in NEVER:
        return reader, writer
    writer.write(SSL_REQUEST)
    await writer.drain()
    if await reader.readexactly(1) == b"S":
        await writer.start_tls(_context(ssl_mode), server_hostname=host)
    elif ssl_mode in ALWAYS:
        writer.close()
        raise OSError("the server has no TLS")
    return reader, writer


def _context(ssl_mode: str) -> ssl.SSLContext:
    """As libpq: a certificate is looked at where `verify` is said."""
    context = ssl.create_default_context()
    context.check_hostname = ssl_mode == "verify-full"
    if not ssl_mode.startswith("verify"):
        context.verify_mode = ssl.CERT_NONE
    return context


async def _pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with suppress(OSError):
        while data := await reader.read(CHUNK):
            writer.write(data)
            await writer.drain()
