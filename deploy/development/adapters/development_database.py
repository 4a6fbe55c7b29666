"""model.development.Development: the database that the project's own env.py connects to."""

from __future__ import annotations

import getpass
import socket
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from typing import Any

from deploy.adapters.backups.pg_backups import BackupOptions, PgBackups
from deploy.adapters.postgres.address import DatabaseAddress, parse_database_url
from deploy.adapters.postgres.database import PostgresDatabase
from deploy.adapters.postgres.snapshot import take_snapshot
from deploy.development.adapters.project import DevelopmentProject, ProjectFailed, sorted_paths
from deploy.development.adapters.recreate import recreated
from deploy.development.adapters.staging import ProjectStaging
from deploy.model.backups import Backup, Occasion
from deploy.model.check_request import MigrationSource
from deploy.model.development import DevelopmentLook
from deploy.model.errors import BlockedError, StepFailed
from deploy.model.releases import Revision, RevisionGraph
from deploy.model.snapshot import Snapshot

ServerContainers = Callable[[DatabaseAddress], Sequence[Mapping[str, str]]]


class DevelopmentDatabase:
    """See Development.

    Args:
        source: the project, in a directory of this machine.
        backup_directory: where backups go.
        server_containers: running containers that are the server; their pg_dump is of its own version.
    """

    def __init__(
        self, source: MigrationSource, backup_directory: Path, server_containers: ServerContainers
    ) -> None:
        self._project = DevelopmentProject(source)
        self._backup_directory = backup_directory
        self._server_containers = server_containers
        self._stack = ExitStack()
        self._raw: Mapping[str, Any] = {}

    def look(self, *, has_comparison: bool) -> DevelopmentLook:
        """By the project's own connection."""
        try:
            self._raw = self._project.ask("look", has_comparison=has_comparison)
        except ProjectFailed as error:
            raise BlockedError(
                f"env.py does not reach its database: {error}",
                hint="is the server up, and does DATABASE_URL (or alembic.ini) name it?",
                reference="development-database-unreachable",
            ) from None
        raw, graph = self._raw, _read_graph(self._raw["graph"])
        differences = raw["differences"]
        return DevelopmentLook(
            place=self._address.place, database_name=raw["database"], server_version=raw["version"].split()[0],
            marked_environment=raw["marker"], revision_ids=tuple(raw["revisions"]), graph=graph,
            empty_revision_ids=frozenset(r["revision"] for r in raw["graph"]["revisions"] if r["is_empty"]),
            irreversible_revision_ids=frozenset(
                r["revision"] for r in raw["graph"]["revisions"] if not r["has_downgrade"]
            ),
            differences=None if differences is None else tuple(differences),
        )

    def snapshot(self) -> Snapshot:
        """Through pg_dump --schema-only; the revisions are those that env.py sees."""
        address = self._address
        taken = take_snapshot(address, lambda: self._server_containers(address))
        return replace(taken, revision_ids=tuple(self._raw["revisions"]))

    def stage(self, snapshot: Snapshot) -> ProjectStaging:
        """Gone with `close`."""
        graph = _read_graph(self._raw["graph"])
        return ProjectStaging(self._stack, self._project.source, sorted_paths(self._raw), graph, snapshot)

    def upgrade(self) -> None:
        """With the project's own ini."""
        try:
            self._project.ask("move", direction="upgrade", to=["heads"])
        except ProjectFailed as error:
            raise StepFailed(
                f"the upgrade of the development database fails: {error}",
                hint="repair the revision and run ./scripts/sync_db.py again", reference="development-upgrade-failed",
            ) from None

    def back_up(self, say: Callable[[str], None]) -> Backup:
        """As the deploy makes them."""
        address = self._address
        database = PostgresDatabase(address)
        try:
            state = database.observe()
        finally:
            database.close()
        containers = self._server_containers
        backups = PgBackups(self._backup_directory, address, lambda: containers(address), BackupOptions())
        backups.sweep_partial_files()
        occasion = Occasion(getpass.getuser(), socket.gethostname())
        return backups.create(state, occasion, say=say, is_stop_requested=lambda: False)

    def recreate(self, say: Callable[[str], None]) -> None:
        """The old one keeps its rows under another name until the new one is whole."""
        with recreated(self._address, say):
            self.upgrade()

    def close(self) -> None:
        """Twice is fine."""
        self._stack.close()

    @property
    def _address(self) -> DatabaseAddress:
        """env.py's own URL."""
        return parse_database_url(self._raw["url"], "the URL that env.py connects to")


def _read_graph(raw: Mapping[str, Any]) -> RevisionGraph:
    return RevisionGraph(
        revisions=tuple(
            Revision(
                revision_id=item["revision"], down_revision_ids=tuple(item["down"]), message=item["message"],
                path=item["path"], depends_on_ids=tuple(item["depends_on"]),
            )
            for item in raw["revisions"]
        ),
        head_ids=tuple(raw["heads"]),
    )
