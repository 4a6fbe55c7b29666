"""The catalog before and after a migration: its objects, and whether any transaction committed in between."""

from __future__ import annotations

import json
from importlib.resources import files

import asyncpg

from deploy.adapters.postgres.connection import words_of
from deploy.model.errors import StepFailed
from deploy.model.schema_objects import SchemaLook, SchemaObject, leftovers

# More than this are not looked at one by one; a live application was at work then anyway.
MOST_TRANSACTIONS = 20_000
REMOVAL_LOCK_TIMEOUT = "60s"
REMOVAL_SECONDS = 3600


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


async def read_indexes_being_built(connection: asyncpg.Connection) -> tuple[str, ...]:
    """As a look names them."""
    return tuple(row["name"] for row in await connection.fetch(_sql("indexes_being_built")))


async def remove_leftover(connection: asyncpg.Connection, name: str) -> None:
    """Run the removal of a leftover; it waits for transactions that are older, as CONCURRENTLY does.

    Raises:
        StepFailed: the server refuses, or a lock was not given in time.
    """
    found = next((item for item in leftovers(await read_schema(connection)) if item.name == name), None)
    if found is None:
        return
    await connection.execute(f"SET statement_timeout = 0; SET lock_timeout = '{REMOVAL_LOCK_TIMEOUT}'")
    try:
        await connection.execute(found.removal, timeout=REMOVAL_SECONDS)
    except (asyncpg.PostgresError, TimeoutError) as error:
        raise StepFailed(
            f"{name} could not be removed: {words_of(error)}",
            hint="let long transactions end (./scripts/deploy.sh monitor names them), then run the same command again",
            reference="leftover-not-removed",
        ) from None


def _sql(name: str) -> str:
    return files("deploy.adapters.postgres").joinpath(f"sql/{name}.sql").read_text(encoding="utf-8")
