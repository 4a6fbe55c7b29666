"""SQL data checks, asked from here by our own driver: no image has to bring one."""

from __future__ import annotations

import asyncio
import hashlib
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import asyncpg

from deploy.adapters.postgres.address import DatabaseAddress
from deploy.adapters.postgres.connection import LoopThread, connect, translate
from deploy.adapters.postgres.errors import AWAY, SESSION_ENDED


def ask_files(address: DatabaseAddress, paths: Sequence[Path], statement_seconds: float) -> list[dict[str, Any]]:
    """One query a file, each in a read-only transaction of its own; whatever the server says is that file's answer.

    Raises:
        BlockedError: the database does not answer.
    """
    loop = LoopThread()
    try:
        return loop.run(_ask(address, paths, statement_seconds))
    finally:
        loop.close()


async def _ask(address: DatabaseAddress, paths: Sequence[Path], statement_seconds: float) -> list[dict[str, Any]]:
    connection = await connect(address, command_seconds=None)
    try:
        await connection.execute(f"SET statement_timeout = '{statement_seconds:.0f}s'")
        return [await _one(connection, path) for path in paths]
    except AWAY as error:
        raise translate(error, address) from None
    finally:
        connection.terminate()


async def _one(connection: asyncpg.Connection, path: Path) -> dict[str, Any]:
    try:
        text = await asyncio.to_thread(path.read_text, encoding="utf-8")
        async with connection.transaction(readonly=True):
            rows = await connection.fetch(text)
    except SESSION_ENDED:
        raise
    except (asyncpg.PostgresError, ValueError) as error:
        first = (str(error).strip().splitlines() or [""])[0]
        return {"file_name": path.name, "error": f"{type(error).__name__}: {first}"}
    texts = [[None if value is None else str(value) for value in row.values()] for row in rows]
    first_value = texts[0][0] if texts and texts[0] else None
    digest = hashlib.sha256(json.dumps(texts).encode()).hexdigest()
    return {"file_name": path.name, "rows": len(rows), "value": first_value, "digest": digest}
