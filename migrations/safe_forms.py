"""Steps for autocommit blocks that are harmless to repeat.

What an autocommit block has done stays done when the revision fails later, and the next try meets it.
Each step here looks first; offline (``--sql``) there is nothing to look at, and the plain SQL is written.
"""

import logging

import sqlalchemy as sa
from alembic import context, op

from migrations.settings import read_lock_timeout

BATCH_ROWS = 5_000

_log = logging.getLogger("alembic.backfill")
_INDEX_IS_INVALID = sa.text(
    "SELECT NOT indisvalid FROM pg_index WHERE indexrelid = to_regclass(:index_name)",
)
_CONSTRAINT = sa.text("SELECT 1 FROM pg_constraint WHERE conrelid = to_regclass(:table_name) AND conname = :name")


def create_index_concurrently(index_name: str, on: str) -> None:
    """Build an index while the table is written to.

    A build that was cut off leaves an invalid index, which IF NOT EXISTS would keep for ever: it goes
    first. ``lock_timeout`` is off meanwhile: CONCURRENTLY waits without blocking anyone, and a timeout in
    that wait is exactly what leaves the invalid index.
    """
    with op.get_context().autocommit_block():
        op.execute("SET lock_timeout = 0")
        if context.is_offline_mode() or op.get_bind().scalar(_INDEX_IS_INVALID, {"index_name": index_name}):
            op.execute(f"DROP INDEX CONCURRENTLY IF EXISTS {index_name}")
        op.execute(f"CREATE INDEX CONCURRENTLY IF NOT EXISTS {index_name} ON {on}")
        op.execute(f"SET lock_timeout = '{read_lock_timeout()}'")


def drop_index_concurrently(index_name: str) -> None:
    """Drop an index without stopping the table's readers."""
    with op.get_context().autocommit_block():
        op.execute("SET lock_timeout = 0")
        op.execute(f"DROP INDEX CONCURRENTLY IF EXISTS {index_name}")
        op.execute(f"SET lock_timeout = '{read_lock_timeout()}'")


def add_constraint_validated(table_name: str, name: str, definition: str) -> None:
    """Add a constraint in two transactions: NOT VALID (instant), then VALIDATE (scans, blocks no writer)."""
    with op.get_context().autocommit_block():
        if not _has_constraint(table_name, name):
            op.execute(f"ALTER TABLE {table_name} ADD CONSTRAINT {name} {definition} NOT VALID")
        op.execute(f"ALTER TABLE {table_name} VALIDATE CONSTRAINT {name}")


def fill_in_batches(table_name: str, assignment: str, where: str) -> None:
    """UPDATE few rows at a time in order of ``id``, each batch committed.

    ``where`` must be false for a row that is done: that is what makes the fill resumable. Offline it is
    one UPDATE, because a loop needs the data.
    """
    if context.is_offline_mode():
        op.execute(f"UPDATE {table_name} SET {assignment} WHERE {where}")
        return
    batch = sa.text(
        f"WITH batch AS (SELECT id FROM {table_name} WHERE id > :after AND {where} ORDER BY id LIMIT {BATCH_ROWS}),"
        f" done AS (UPDATE {table_name} SET {assignment} WHERE id IN (SELECT id FROM batch) RETURNING id)"
        " SELECT max(id), count(*) FROM done"
    )
    after, rows = 0, 0
    with op.get_context().autocommit_block():
        while (result := op.get_bind().execute(batch, {"after": after}).one())[1]:
            after, rows = result[0], rows + result[1]
            _log.info("%s: %d rows filled", table_name, rows)


def _has_constraint(table_name: str, name: str) -> bool:
    if context.is_offline_mode():
        return False
    return op.get_bind().scalar(_CONSTRAINT, {"table_name": table_name, "name": name}) is not None
