"""Whether a revision is recorded in a version table, as every other session sees it."""

from __future__ import annotations

import asyncpg

# Whatever env.py calls the table and its schema: the column is Alembic's own.
VERSION_TABLES = """
SELECT c.oid::regclass::text AS name FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid
 WHERE a.attname = 'version_num' AND c.relkind IN ('r', 'p') AND NOT a.attisdropped
"""


async def is_recorded(connection: asyncpg.Connection, revision_id: str) -> bool:
    """Whether a version table holds this revision, as every other session sees it."""
    await connection.execute("SET lock_timeout = '1s'")
    for row in await connection.fetch(VERSION_TABLES):
        sql = f"SELECT EXISTS (SELECT FROM {row['name']} WHERE version_num::text = $1)"  # noqa: S608 - its own name
        try:
            if await connection.fetchval(sql, revision_id):
                return True
        except asyncpg.PostgresError:
            return True  # somebody holds it: nobody knows
    return False
