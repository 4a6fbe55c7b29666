"""A database server that is restored into, in memory; databases by name."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from deploy.model.backups import Activity, DatabaseContent, TableContent
from deploy.model.errors import BlockedError, DeployError, LockedError, StepFailed
from deploy.model.restores import RestoreGround, RowsSince, ServerDatabase, TableCopy, is_kept_name
from tests.fakes.fake_database import FakeBackups, FakeDatabase

EMPTY = DatabaseContent((), (), (), (), 0, (), (), ())
LIVE = "shop"


@dataclass
class FakeContent:
    """One database. `owner` and `properties_of` say what was applied."""

    content: DatabaseContent = EMPTY
    is_open: bool = True
    sessions: int = 0
    mark: str = ""
    owner: str = ""
    properties_of: str = ""


class FakeRestores:
    """doors.Restores. `failures` by the method's name are raised once each; `damaged` backups are not readable."""

    def __init__(self, backups: FakeBackups, database: FakeDatabase) -> None:
        self._backups = backups
        self._database = database
        tables = (TableContent("public.orders", 5, "9"),)
        content = DatabaseContent(database.state.revision_ids, tables, (), (), 0, (), (), ())
        self.held: dict[str, FakeContent] = {LIVE: FakeContent(content, sessions=2, owner="ann")}
        self.failures: dict[str, DeployError] = {}
        self.damaged: set[str] = set()
        self.lock_holder = ""
        self.obstacle = ""
        self.role_names: tuple[str, ...] = ("ann",)
        self.activity = Activity(0, 0, None)
        self.prepared = 0
        self.newer: dict[str, int] = {}
        self.spoils = False
        self.majors = {15}

    @property
    def database_name(self) -> str:
        return LIVE

    def take_lock(self) -> None:
        if self.lock_holder:
            raise LockedError(f"{self.lock_holder} holds the lock", hint="wait", reference="deployment-locked")

    def keep_lock(self) -> None:
        pass

    def ground(self) -> RestoreGround:
        found = self.databases()
        return RestoreGround(
            database=next((d for d in found if d.name == LIVE), None), user_name="ann", server_major=15, server_id="1",
            activity=self.activity, swap_obstacle=self.obstacle, role_names=self.role_names,
            prepared_transactions=self.prepared, disk_path="/var/lib/postgresql",
            kept=tuple(d for d in found if not d.is_open and is_kept_name(d.name, LIVE)),
        )

    def databases(self) -> tuple[ServerDatabase, ...]:
        return tuple(ServerDatabase(n, c.is_open, 1000, c.mark) for n, c in sorted(self.held.items()))

    def require_readable(self, backup_name: str, is_stop_requested: Callable[[], bool]) -> None:
        self._backups.get(backup_name)
        if backup_name in self.damaged:
            raise BlockedError(f"{backup_name} is damaged", hint="another", reference="backup-damaged")

    def client(self, server_major: int) -> str:
        if server_major not in self.majors:
            raise BlockedError(f"no pg_restore {server_major}", hint="", reference="no-pg-restore-of-this-major")
        return f"fake {server_major}"

    def close_database(self, name: str) -> int:
        self._fail("close_database")
        database = self._get(name)
        ended, database.sessions, database.is_open = database.sessions, 0, False
        self._follow()
        return ended

    def open_database(self, name: str) -> None:
        self._get(name).is_open = True
        self._follow()

    def end_sessions(self, name: str) -> int:
        database = self._get(name)
        ended, database.sessions = database.sessions, 0
        return ended

    def create_database(self, name: str, backup_name: str, *, has_owner: bool) -> None:
        self._fail("create_database")
        owner = self._backups.get(backup_name).manifest.properties.owner if has_owner else ""
        self.held[name] = FakeContent(owner=owner)

    def fill_database(
        self, name: str, backup_name: str, *, has_owner: bool, say: Callable[[str], None],
        is_stop_requested: Callable[[], bool],
    ) -> float:
        self._fail("fill_database")
        content = self._backups.get(backup_name).manifest.content
        self._get(name).content = replace(content, tables=()) if self.spoils else content
        self._follow()
        return 2.0

    def fill_in_place(
        self, backup_name: str, *, has_owner: bool, say: Callable[[str], None],
        is_stop_requested: Callable[[], bool],
    ) -> float:
        self._fail("fill_in_place")
        return self.fill_database(LIVE, backup_name, has_owner=has_owner, say=say, is_stop_requested=is_stop_requested)

    def apply_properties(self, name: str, backup_name: str, *, has_owner: bool) -> None:
        self._fail("apply_properties")
        database = self._get(name)
        database.properties_of, database.mark = backup_name, ""

    def mark_database(self, name: str, text: str) -> None:
        if name in self.held:
            self.held[name].mark = text

    def content(self, name: str, hashed_tables: Sequence[str]) -> DatabaseContent:
        return self._get(name).content

    def rename_databases(self, renames: Sequence[tuple[str, str]], open_name: str) -> None:
        self._fail("rename_databases")
        after = dict(self.held)
        for old, new in renames:
            if new in after:
                raise StepFailed(f"database {new} already exists", hint="", reference="database-refused")
            after[new] = after.pop(old)
            after[new].is_open, after[new].sessions = False, 0
        if open_name:
            after[open_name].is_open = True
        self.held = after
        self._follow()

    def drop_database(self, name: str) -> None:
        self._fail("drop_database")
        self.held.pop(name, None)

    def bring_tables(
        self, backup_name: str, copies: Sequence[TableCopy], *, say: Callable[[str], None],
        is_stop_requested: Callable[[], bool],
    ) -> tuple[TableContent, ...]:
        there = {t.name: t for t in self._backups.get(backup_name).manifest.content.tables}
        return tuple(replace(there[c.name], name=f"{c.schema}.{c.new_table}") for c in copies)

    def count_rows(self, table_names: Sequence[str]) -> dict[str, int]:
        there = {t.name: t.rows for t in self._get(LIVE).content.tables}
        return {name: there[name] for name in table_names if name in there}

    def rows_since(self, columns: Sequence[str], since: datetime) -> tuple[RowsSince, ...]:
        return tuple(RowsSince(column, self.newer.get(column)) for column in columns)

    def _follow(self) -> None:
        """What the application's own connections see."""
        live = self.held.get(LIVE)
        if live is None or not live.is_open:
            self._database.failure = BlockedError("shop accepts no connection", reference="database-unreachable")
            return
        self._database.failure = None
        self._database.change(revision_ids=live.content.revision_ids)

    def _get(self, name: str) -> FakeContent:
        if name not in self.held:
            raise StepFailed(f"there is no database {name}", hint="", reference="database-refused")
        return self.held[name]

    def _fail(self, name: str) -> None:
        if name in self.failures:
            raise self.failures.pop(name)
