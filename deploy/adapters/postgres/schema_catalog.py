"""The catalog before and after a migration: its objects, and whether any transaction committed in between."""

from __future__ import annotations

import json
from importlib.resources import files

import asyncpg

from deploy.model.schema_objects import SchemaLook, SchemaObject

# More than this are not looked at one by one; a live application was at work then anyway.
MOST_TRANSACTIONS = 20_000


async def read_schema(connection: asyncpg.Connection) -> SchemaLook:
    """One statement, one snapshot; no lock on any table is waited for."""
    raw = json.loads(await connection.fetchval(_sql("schema_objects")))
    return SchemaLook(tuple(SchemaObject(*row) for row in raw["objects"]), raw["next_transaction"])


async def count_committed(connection: asyncpg.Connection, next_transaction: int) -> int | None:
    """Of all transactions that were given a number since then; None: too many, another server, or one still works.

    A transaction gets a number with the first thing that it writes; one that only reads gets none.
    """
    row = await connection.fetchrow(_sql("committed_since"), next_transaction, MOST_TRANSACTIONS)
    return int(row["committed"]) if row["is_known"] else None


def _sql(name: str) -> str:
    return files("deploy.adapters.postgres").joinpath(f"sql/{name}.sql").read_text(encoding="utf-8")
