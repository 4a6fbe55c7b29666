"""An older transaction, so that a CONCURRENTLY statement has to wait while it is looked at.

Sampling misses about half of these short locks; a statement that must wait cannot be missed (measured).
"""

from __future__ import annotations

from collections.abc import Sequence

import asyncpg

# More than a statement needs to reach its wait on an empty database; it ends at once when the statement does.
PATIENCE_SECONDS = 3.0

TABLES_OF = """
SELECT t.oid::int8, t.oid::regclass::text, t.relkind = 'm'
  FROM pg_class c LEFT JOIN pg_index i ON i.indexrelid = c.oid JOIN pg_class t ON t.oid = coalesce(i.indrelid, c.oid)
 WHERE c.oid = to_regclass($1)
   AND c.relkind IN ('r', 'p', 'm', 'i', 'I')
"""


class Blocker:
    """One connection that holds locks until it is told to let go."""

    patience_seconds = PATIENCE_SECONDS

    def __init__(self, connection: asyncpg.Connection) -> None:
        self._connection = connection

    async def hold(self, names: Sequence[str], mode: str) -> tuple[int, ...]:
        """Begin a transaction and lock the tables of these names (an index stands for its table); returns their oids.

        A name that does not exist is left out: the statement will say so itself.
        """
        rows = [row for name in names for row in await self._connection.fetch(TABLES_OF, name)]
        has_matview = any(is_matview for _, _, is_matview in rows)
        await self._connection.execute("BEGIN ISOLATION LEVEL REPEATABLE READ" if has_matview else "BEGIN")
        for _, table, is_matview in rows:
            # LOCK TABLE refuses materialized views; reading one under a snapshot that lasts is waited for as well.
            await self._connection.execute(
                f"SELECT FROM {table} LIMIT 0" if is_matview else f"LOCK TABLE {table} IN {mode} MODE"
            )
        return tuple(oid for oid, _, _ in rows)

    async def release(self) -> None:
        """Let go and leave."""
        await self._connection.execute("ROLLBACK")
        await self._connection.close()
