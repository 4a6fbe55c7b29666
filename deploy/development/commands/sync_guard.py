"""What is production is not for sync_db.py: by settings, by the deployment's marker, by where it is."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path
from urllib.parse import quote

from deploy.model.development import DevelopmentLook
from deploy.model.errors import BlockedError
from deploy.settings.load import read_variable

STATE_DIRECTORY = ".deploy"
LEDGER_NAME = "ledger.sqlite3"


def refuse_production(project_directory: Path, look: DevelopmentLook) -> None:
    """Stop before anything is changed.

    Raises:
        BlockedError: a deployment marked this database, ENVIRONMENT says production, or nothing says that it is not.
    """
    if look.marked_environment:
        raise BlockedError(
            f"{look.place} is marked as {look.marked_environment}: a deployment runs on it",
            hint="deploy revisions with ./scripts/deploy.sh; for development name another database in DATABASE_URL",
            reference="database-is-production",
        )
    named = read_variable(project_directory, "ENVIRONMENT").strip().lower()
    if named == "production":
        raise BlockedError(
            f"ENVIRONMENT is production, and {look.place} may be",
            hint="set ENVIRONMENT=development where you develop; deploy with ./scripts/deploy.sh",
            reference="environment-is-production",
        )
    why = _why_unclear(project_directory, look)
    if not named and why:
        raise BlockedError(
            f"ENVIRONMENT is not set, and {why}", hint="ENVIRONMENT=development ./scripts/sync_db.py, if it is yours",
            reference="environment-not-set",
        )


def _why_unclear(project_directory: Path, look: DevelopmentLook) -> str:
    """Why a database that nobody named may be production; empty where it is of this machine."""
    if _has_release(project_directory / STATE_DIRECTORY / LEDGER_NAME):
        return "this directory has deployed a release: its settings are production's"
    host = look.place.rpartition(":")[0]
    is_socket = host.startswith("/")
    is_near = host in {"localhost", "127.0.0.1", "::1", "host.docker.internal"} or "." not in host.strip("[]")
    return "" if is_near or is_socket else f"{host} is another machine"


def _has_release(ledger: Path) -> bool:
    """Whether a release was deployed from here; a ledger alone is made by whoever looks. Not readable: it may be."""
    if not ledger.exists():
        return False
    try:
        with closing(sqlite3.connect(f"file:{quote(str(ledger))}?mode=ro", uri=True)) as connection:
            return bool(connection.execute("SELECT count(*) FROM releases").fetchone()[0])
    except sqlite3.Error:
        return True
