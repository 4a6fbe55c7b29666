"""wiring.py's part for the development database: it needs neither settings nor a World."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from deploy.adapters.engine import connect
from deploy.adapters.postgres.address import DatabaseAddress
from deploy.adapters.postgres.server_containers import containers_of
from deploy.development.adapters.development_database import DevelopmentDatabase
from deploy.model.check_request import MigrationSource
from deploy.model.development import Development
from deploy.model.errors import BlockedError


def development_database(source: MigrationSource, backup_directory: Path) -> Development:
    """The database that the project's env.py connects to, and what is needed to prove a revision."""
    return DevelopmentDatabase(source, backup_directory, _containers)


def _containers(address: DatabaseAddress) -> Sequence[Mapping[str, str]]:
    """Running containers that publish the server's port; none where there is no engine."""
    try:
        client = connect()
    except BlockedError:
        return ()
    try:
        return containers_of(client, address, None)
    finally:
        client.close()
