"""Bring a ledger to today's version: forward only, in one transaction."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from importlib.resources import files
from pathlib import Path

from deploy.adapters.ledger import versions
from deploy.model.errors import BlockedError

LEDGER_VERSION = 2


def upgrade_ledger(connection: sqlite3.Connection, path: Path) -> None:
    """From whatever version it has; one that is new and empty has 0.

    Raises:
        BlockedError: a newer version of this tool made it; nothing was changed.
        sqlite3.Error: it is no ledger.
    """
    if _version(connection, path) == LEDGER_VERSION:
        return
    connection.execute("BEGIN IMMEDIATE")
    try:
        # Asked again behind the lock: another process may have been faster.
        for version in range(_version(connection, path) + 1, LEDGER_VERSION + 1):
            for statement in _statements(version):
                connection.execute(statement)
            connection.execute(f"PRAGMA user_version = {version}")
        connection.execute("COMMIT")
    except BaseException:
        connection.execute("ROLLBACK")
        raise


def _version(connection: sqlite3.Connection, path: Path) -> int:
    found = int(connection.execute("PRAGMA user_version").fetchone()[0])
    if found > LEDGER_VERSION:
        raise BlockedError(
            f"the ledger {path} is of version {found}, which a newer version of this tool made; this one knows "
            f"{LEDGER_VERSION}",
            hint="use the newer version of the tool; nothing was changed", reference="ledger-newer",
        )
    return found


def _statements(version: int) -> Iterator[str]:
    """One by one: sqlite3's executescript would end the transaction."""
    text = ""
    for line in files(versions).joinpath(f"{version:04d}.sql").read_text("utf-8").splitlines(keepends=True):
        text += line
        if sqlite3.complete_statement(text):
            yield text
            text = ""
