"""One row in, changed and out again, in each table with triggers: a trigger may rest on the shape of a row.

`INSERT INTO history SELECT now(), NEW.*` works until one of the two tables gets a column that the other has not. No
statement of the migration fails then; every write of the application does. So the same row is tried before each
revision and after the last one, and rolled back.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import asyncpg

from deploy.checking.measuring.made_up_rows import COLUMNS, row_inserts
from deploy.model.trace import TracedRevision

MOST_TABLES = 40
# Whoever holds a lock has not committed yet: what is not known now is known later.
LIMITS = "SET LOCAL lock_timeout = '200ms'; SET LOCAL statement_timeout = '5s'; SET LOCAL client_min_messages = error"
WITH_TRIGGERS = """
SELECT c.oid, c.oid::regclass::text AS name,
       (SELECT coalesce(array_agg(DISTINCT k.confrelid), '{}') FROM pg_constraint k
         WHERE k.conrelid = c.oid AND k.contype = 'f' AND k.confrelid <> c.oid) AS targets
  FROM pg_class c
 WHERE c.relkind IN ('r', 'p') AND c.relpersistence <> 't'
   AND EXISTS (SELECT FROM pg_trigger t WHERE t.tgrelid = c.oid AND NOT t.tgisinternal AND t.tgenabled IN ('O', 'A'))
 ORDER BY 2 LIMIT $1
"""
NAME = "SELECT c.oid::regclass::text FROM pg_class c WHERE c.oid = $1"


class RowTrials:
    """What a made-up row met, the last time."""

    def __init__(self) -> None:
        self._last: dict[str, str] = {}
        self.is_begun = False

    async def look(self, connection: asyncpg.Connection) -> Mapping[str, str]:
        """Try every table; returns what failed now and did not before, by table, in PostgreSQL's words."""
        found: dict[str, str] = {}
        for row in await connection.fetch(WITH_TRIGGERS, MOST_TABLES):
            outcome = await _try(connection, row)
            if outcome is None:
                break  # the migration holds its locks: nothing of it is committed yet
            found[row["name"]] = outcome
        new = {name: words for name, words in found.items() if words and self._last.get(name) == ""}
        self._last |= found
        self.is_begun = True
        return new


def place_that_changed(revisions: Sequence[TracedRevision], table: str, last: int) -> int:
    """The newest revision up to `last` that locked this table against everything; else `last` itself."""
    for place in range(last, -1, -1):
        for statement in revisions[place].statements:
            locks = statement.effects.locks if statement.effects else ()
            if any(lock.relation == table and lock.mode.blocks_reads for lock in locks):
                return place
    return last


async def _try(connection: asyncpg.Connection, table: Mapping[str, Any]) -> str | None:
    """Empty where all went well, or where the row itself was not right; None where it could not be tried."""
    inserts = row_inserts(table["name"], await connection.fetch(COLUMNS, table["oid"]))
    outcome: str | None = ""
    for sql in inserts:
        outcome = await _try_row(connection, table, sql)
        if outcome == "":
            break
    return outcome


async def _try_row(connection: asyncpg.Connection, table: Mapping[str, Any], insert: str) -> str | None:
    transaction = connection.transaction()
    await transaction.start()
    step = "INSERT into"
    try:
        await connection.execute(LIMITS)
        await _put_targets(connection, table["targets"])
        await connection.execute(insert)
        step = "UPDATE of"
        column = await connection.fetchval(
            "SELECT quote_ident(attname) FROM pg_attribute WHERE attrelid = $1 AND attnum > 0 AND NOT attisdropped"
            " AND attgenerated = '' AND attidentity <> 'a' ORDER BY attnum DESC LIMIT 1", table["oid"],
        )
        if column is not None:
            await connection.execute(f"UPDATE {table['name']} SET {column} = {column}")  # noqa: S608 - its own names
        step = "DELETE from"
        await connection.execute(f"DELETE FROM {table['name']}")  # noqa: S608 - its own name
        await connection.execute("SET CONSTRAINTS ALL IMMEDIATE")
    except asyncpg.PostgresError as error:
        return _words(error, f"{step} {table['name'].removeprefix('public.')}")
    finally:
        await transaction.rollback()
    return ""


async def _put_targets(connection: asyncpg.Connection, oids: list[int]) -> None:
    """What its foreign keys refer to: every made-up row has the same values."""
    await connection.execute("SET LOCAL session_replication_role = replica")
    for oid in oids:
        name = await connection.fetchval(NAME, oid)
        for sql in row_inserts(name, await connection.fetch(COLUMNS, oid)):
            try:
                async with connection.transaction():
                    await connection.execute(sql)
            except asyncpg.PostgresError:
                continue
            break
    await connection.execute("SET LOCAL session_replication_role = origin")


def _words(error: asyncpg.PostgresError, step: str) -> str | None:
    """Only what a function said: a constraint that refuses the made-up row says nothing of the application's rows."""
    if isinstance(error, asyncpg.LockNotAvailableError | asyncpg.QueryCanceledError):
        return None
    context = (getattr(error, "context", None) or "").splitlines()
    function = next((line for line in reversed(context) if "function" in line), "")
    if not function:
        return ""
    message = getattr(error, "message", None) or str(error)
    return f"{step} fails: {message} ({function.strip()})"
