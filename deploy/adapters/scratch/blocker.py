"""An older transaction, so that a CONCURRENTLY statement has to wait while it is looked at.

Sampling misses about half of these short locks; a statement that must wait cannot be missed (measured).
"""

from __future__ import annotations

from collections.abc import Sequence

import asyncpg

# More than a statement needs to reach its wait on an empty database; it ends at once when the statement does.
PATIENCE_SECONDS = 3.0

TABLES_OF = """
SELECT array_agg(DISTINCT coalesce(i.indrelid, c.oid)::int8)
  FROM pg_class c LEFT JOIN pg_index i ON i.indexrelid = c.oid
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
        await self._connection.execute("BEGIN")
        oids: list[int] = []
        for name in names:
            oids += await self._connection.fetchval(TABLES_OF, name) or []
        for oid in oids:
            table = await self._connection.fetchval("SELECT $1::oid::regclass::text", oid)
            await self._connection.execute(f"LOCK TABLE {table} IN {mode} MODE")
        return tuple(oids)

    async def release(self) -> None:
        """Let go and leave."""
        await self._connection.execute("ROLLBACK")
        await self._connection.close()
