"""Projects as FakeMigrations knows them; no server to try them on, unless the test gives a run."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from deploy.model.check_request import MigrationSource, ProjectLook
from deploy.model.errors import BlockedError
from deploy.model.rates import Rates
from deploy.model.releases import RevisionNote
from deploy.model.row_question import RowQuestion
from deploy.model.snapshot import Snapshot, TableSize
from deploy.model.trace import SqlFile, StatementShape, TracedRun
from tests.fakes.fake_database import FakeDatabase
from tests.fakes.fake_migrations import FakeMigrations


class FakeScratch:
    """doors.Scratch.

    Attributes:
        run: what every trace answers; None: no server is at hand.
    """

    def __init__(self, migrations: FakeMigrations) -> None:
        self._migrations = migrations
        self.run: TracedRun | None = None
        self.stages: list[Sequence[Mapping[str, Any]]] = []

    def look(self, source: MigrationSource, from_ids: Sequence[str], to_ids: Sequence[str] | None) -> ProjectLook:
        graph = self._migrations.graph(source.image_id)
        wanted = graph.ancestors(tuple(to_ids or graph.head_ids))
        pending = [r.revision_id for r in graph.pending(tuple(from_ids)) if r.revision_id in wanted]
        notes = tuple(RevisionNote(r.revision_id, r.path, True) for r in graph.revisions)
        rendered = self._migrations.render_sql(source.image_id, from_ids, pending)
        return ProjectLook(graph, notes, rendered, "migrations/env.py", "", tuple(from_ids), tuple(to_ids or ()))

    def trace(
        self, source: MigrationSource, snapshot: Snapshot | None, stages: Sequence[Mapping[str, Any]],
        shape_of: Callable[[str], StatementShape], say: Callable[[str], None],
    ) -> TracedRun:
        self.stages.append(stages)
        return self._answer()

    def trace_sql(
        self, sql_files: Sequence[SqlFile], snapshot: Snapshot | None, shape_of: Callable[[str], StatementShape]
    ) -> TracedRun:
        return self._answer()

    def measure_rates(self) -> Rates:
        self._answer()
        return Rates()

    def _answer(self) -> TracedRun:
        if self.run is None:
            raise BlockedError("no PostgreSQL server is available", hint="--no-server", reference="no-scratch-server")
        return self.run


class FakeSnapshots:
    """doors.Snapshots of a FakeDatabase; every table has `rows` rows."""

    def __init__(self, database: FakeDatabase) -> None:
        self._database = database
        self.rows = 1000

    def ask_rows(self, questions: Sequence[RowQuestion]) -> tuple[bool | None, ...]:
        return tuple(None for _ in questions)

    def take(self) -> Snapshot:
        state = self._database.state
        tables = tuple(
            TableSize(name.removeprefix("public."), self.rows, self.rows * 100, self.rows * 20)
            for name in state.table_names
        )
        return Snapshot(
            "2026-01-02T03:04:05Z", state.database_name, state.server_version, state.server_major, state.revision_ids,
            "", (), tables, (),
        )
