"""The developer's database: what it looks like, what a new revision would be, whether it goes there and back."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from deploy.model.backups import Backup
from deploy.model.check_request import MigrationSource
from deploy.model.releases import RevisionGraph
from deploy.model.snapshot import Snapshot


@dataclass(frozen=True)
class DevelopmentLook:
    """The database that the project's own env.py connects to.

    Attributes:
        place: `host:port/database`, as env.py reached it.
        marked_environment: what a deployment wrote on this database; empty where none did.
        revision_ids: where it is; graph: the project's revisions.
        empty_revision_ids / irreversible_revision_ids: revisions that do nothing, or have no downgrade.
        differences: between models and database, one line each; None where they were not compared.
    """

    place: str
    database_name: str
    server_version: str
    marked_environment: str
    revision_ids: tuple[str, ...]
    graph: RevisionGraph
    empty_revision_ids: frozenset[str] = frozenset()
    irreversible_revision_ids: frozenset[str] = frozenset()
    differences: tuple[str, ...] | None = None


@dataclass(frozen=True)
class Rename:
    """A column or a table that goes while a like one comes.

    Attributes:
        kind: `column` or `table`.
        schema: None for the default one.
        table_name: the column's table; the old table itself for `table`.
    """

    kind: str
    schema: str | None
    table_name: str
    old_name: str
    new_name: str

    @property
    def says(self) -> str:
        """`users.name -> users.full_name`."""
        if self.kind == "table":
            return f"table {self.old_name} -> {self.new_name}"
        return f"{self.table_name}.{self.old_name} -> {self.table_name}.{self.new_name}"


@dataclass(frozen=True)
class Generated:
    """What autogenerate made of the models, in a staging directory; nothing lies in the project yet.

    Attributes:
        differences: between models and the database at its newest revision, one line each.
        renames: possible ones that were not said to be renames.
        revision_id, file_name, text: the new revision; all empty where nothing differs. `file_name` may hold folders.
        message: the new revision's.
        has_models: env.py gives Alembic the models; without them nothing can be compared.
    """

    differences: tuple[str, ...]
    renames: tuple[Rename, ...]
    revision_id: str = ""
    file_name: str = ""
    text: str = ""
    message: str = ""
    has_models: bool = True


@dataclass(frozen=True)
class RoundTrip:
    """Upgrade, downgrade, upgrade on a scratch server with generated rows.

    Attributes:
        rows / tables: how many rows lay in how many tables.
        unfilled: tables in which no row could be made, with the cause.
        problems: why it does not go there and back: an error, or a schema that differs afterwards.
        losses: values that are not there any more after upgrade and downgrade.
        not_proven: why it was not tried; empty where it was.
    """

    server: str
    rows: int = 0
    tables: int = 0
    unfilled: tuple[str, ...] = ()
    problems: tuple[str, ...] = ()
    losses: tuple[str, ...] = ()
    not_proven: str = ""

    @property
    def is_good(self) -> bool:
        """It was tried, it works, and nothing is lost."""
        return not (self.problems or self.losses or self.not_proven)


class Staging(Protocol):
    """A project with a place for revisions beside its own versions directory; gone when it is closed."""

    @property
    def source(self) -> MigrationSource:
        """The project together with what was staged: for the migration check."""

    def generate(self, message: str, renames: Sequence[Rename]) -> Generated:
        """Autogenerate on the scratch server, at the newest revision; replaces what was staged.

        Args:
            message: the new revision's; empty for one made of what differs.
            renames: columns that were renamed, not dropped and added.

        Raises:
            BlockedError: env.py gives no metadata, or a pending revision fails.
        """

    def prove(self, from_ids: Sequence[str]) -> RoundTrip:
        """Upgrade to the staged head, downgrade to `from_ids`, upgrade again, and compare."""

    def place(self) -> Path:
        """Put the staged revision among the project's own, whole or not at all; returns the file.

        Raises:
            BlockedError: the file is there already, or the directory cannot be written.
        """


class Development(Protocol):
    """The development database and its project."""

    def look(self, *, has_comparison: bool) -> DevelopmentLook:
        """Connect as env.py does.

        Raises:
            BlockedError: env.py cannot connect, and why.
        """

    def snapshot(self) -> Snapshot:
        """Its schema and sizes; no row."""

    def stage(self, snapshot: Snapshot) -> Staging:
        """A scratch server with this schema, and a staging place; `close` ends both."""

    def upgrade(self) -> None:
        """`alembic upgrade heads` on the development database.

        Raises:
            StepFailed: it fails, in the project's own words.
        """

    def back_up(self, say: Callable[[str], None]) -> Backup:
        """A verified backup in the backup directory.

        Raises:
            BlockedError, StepFailed: it cannot be made.
        """

    def recreate(self, say: Callable[[str], None]) -> None:
        """A new, empty database of the same name, upgraded to the newest revision; the old one stays until then.

        Raises:
            BlockedError: the right to create databases is missing.
            StepFailed: the upgrade fails; the old database has its name again.
        """

    def close(self) -> None:
        """End scratch servers and staging places; twice is fine."""
