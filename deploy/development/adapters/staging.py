"""doors of model.development.Staging: one scratch server with the development schema, one place for a new revision."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import replace
from importlib.resources import files
from pathlib import Path

import asyncpg

from deploy.adapters.postgres.connection import LoopThread
from deploy.adapters.scratch.binaries import find_server_binaries
from deploy.adapters.scratch.server import scratch_server
from deploy.checking.measuring.database import ScratchDatabase
from deploy.development.adapters.project import DevelopmentProject, ProjectFailed
from deploy.development.adapters.revision_file import place_whole, staged_ini
from deploy.development.adapters.rows import Filled, fill_tables, losses, read_rows
from deploy.model.check_request import MigrationSource
from deploy.model.development import Generated, Rename, RoundTrip
from deploy.model.errors import BlockedError
from deploy.model.releases import RevisionGraph
from deploy.model.snapshot import Snapshot

MOST_LINES = 6
TEMPLATE = "development"


class ProjectStaging:
    """See Staging.

    Args:
        locations: the project's directories of revisions, the one for new revisions first.
        graph: the project's own revisions.
    """

    def __init__(
        self, stack: ExitStack, source: MigrationSource, locations: Sequence[Path], graph: RevisionGraph,
        snapshot: Snapshot,
    ) -> None:
        self._snapshot = snapshot
        self._locations = tuple(locations)
        self._graph = graph
        self._server = stack.enter_context(scratch_server(find_server_binaries(snapshot.server_major)))
        # Inside of the server's directory: what a killed run leaves is swept with it by the next one.
        self._directory = self._server.directory / "staging" / "versions"
        self._directory.parent.mkdir(mode=0o700)
        self._directory.mkdir()
        self._source = source
        ini = staged_ini(Path(source.ini_path), source.section, locations, self._directory)
        self._staged = replace(source, ini_path=str(ini))
        self._loop = LoopThread()
        stack.callback(self._loop.close)
        self._generated = Generated((), ())
        self._used = 0

    @property
    def source(self) -> MigrationSource:
        """With what was staged."""
        return self._staged

    def generate(self, message: str, renames: Sequence[Rename]) -> Generated:
        """Upgrade to the project's head, then let Alembic compare."""
        self._clear()
        name = self._fresh_database()
        project = DevelopmentProject(self._staged, self._server, name)
        try:
            answer = project.ask(
                "generate", message=message, directory=str(self._directory), is_behind=bool(self._graph.head_ids),
                renames=[[r.kind, r.schema, r.table_name, r.old_name, r.new_name] for r in renames],
            )
        except ProjectFailed as error:
            self._clear()
            raise BlockedError(
                f"no revision could be generated: {error}",
                hint="repair the models, env.py or the pending revision that it names, and try again",
                reference="autogenerate-failed",
            ) from None
        found = tuple(Rename(*item) for item in answer["candidates"])
        if not answer["path"]:
            self._generated = Generated(tuple(answer["differences"]), found, has_models=answer["has_models"])
        else:
            path = Path(answer["path"])
            self._generated = Generated(
                tuple(answer["differences"]), found, answer["revision"], str(path.relative_to(self._directory)),
                path.read_text(encoding="utf-8"), answer["message"],
            )
        return self._generated

    def prove(self, from_ids: Sequence[str]) -> RoundTrip:
        """Rows first, then there, back, and there again.

        On an empty database the project's own history is not on trial with made rows, whose values may mean nothing to
        an old downgrade: a new revision is proven from the project's head, and history alone without rows.
        """
        label = self._server.label
        if len(from_ids) > 1:
            return RoundTrip(label, not_proven="the database is at several revisions: one downgrade cannot take all of "
            "them back")
        name = self._fresh_database()
        project = DevelopmentProject(self._staged, self._server, name)
        is_history_alone = not from_ids and bool(self._graph.head_ids)
        if is_history_alone and self._generated.text:
            from_ids, is_history_alone = self._graph.head_ids, False
            project.ask("move", direction="upgrade", to=list(from_ids))  # generate() did the same
        filled, before, shape = self._loop.run(self._look_before(name))
        there, problems, lost = "upgrade", [], []
        try:
            project.ask("move", direction="upgrade", to=["heads"])
            more, upgraded = self._loop.run(self._look_after(name, has_rows=not is_history_alone))
            filled = Filled(filled.rows | more.rows, filled.unfilled | more.unfilled)
            there = "downgrade"
            project.ask("move", direction="downgrade", to=[from_ids[0] if from_ids else "base"])
            lost = list(losses(before, self._loop.run(self._rows(name))))
            problems = _differences("after the downgrade", shape, self._loop.run(self._shape(name)))
            there = "second upgrade"
            project.ask("move", direction="upgrade", to=["heads"])
            problems += _differences("after the second upgrade", upgraded, self._loop.run(self._shape(name)))
        except ProjectFailed as error:
            problems.append(f"the {there} fails: {error}")
        unfilled = tuple(f"{table}: {why}" for table, why in filled.unfilled.items())
        return RoundTrip(label, filled.total, len(filled.rows), unfilled, tuple(problems), tuple(lost))

    def place(self) -> Path:
        """Among the project's own."""
        target = self._locations[0] / self._generated.file_name
        place_whole(self._generated.text, target)
        self._clear()
        return target

    def _clear(self) -> None:
        for path in sorted(self._directory.rglob("*"), reverse=True):
            path.rmdir() if path.is_dir() else path.unlink()
        self._generated = Generated((), ())

    def _fresh_database(self) -> str:
        """The development schema once more, at its revision, without rows: a copy of one that stays as it is."""
        if not self._used:
            self._make_template()
        self._used += 1
        name = f"development_{self._used}"
        self._loop.run(self._copy_template(name))
        return name

    def _make_template(self) -> None:
        database = ScratchDatabase(self._server, self._loop, TEMPLATE)
        database.create(self._snapshot.role_names)
        problems = database.load_schema(self._snapshot)
        if problems:
            raise BlockedError(
                f"the development schema cannot be made on the scratch server, {self._server.label}: {problems[0]}",
                hint="does it lack an extension? install PostgreSQL with it, or name its programs in "
                "DEPLOY_SCRATCH_BINARIES", reference="schema-not-restored",
            )
        self._stamp()

    def _stamp(self) -> None:
        """Through env.py, which knows in which table the revision is kept."""
        if not self._snapshot.revision_ids:
            return
        project = DevelopmentProject(self._staged, self._server, TEMPLATE)
        try:
            project.ask("move", direction="stamp", to=list(self._snapshot.revision_ids))
        except ProjectFailed as error:
            raise BlockedError(
                f"the scratch server cannot be brought to the database's revision: {error}",
                hint="repair env.py, and try again", reference="autogenerate-failed",
            ) from None

    async def _copy_template(self, name: str) -> None:
        connection = await self._connect("postgres")
        try:
            await connection.execute(self._server.create_database(name, TEMPLATE))
        finally:
            await connection.close()

    async def _connect(self, name: str) -> asyncpg.Connection:
        server = self._server
        return await asyncpg.connect(
            host=server.address, port=server.port, user=server.user, database=name, statement_cache_size=0,
            ssl=server.ssl_mode,
        )

    async def _look_before(self, name: str) -> tuple[Filled, dict[str, list[dict[str, object]]], frozenset[str]]:
        connection = await self._connect(name)
        try:
            filled = await fill_tables(connection)
            return filled, await read_rows(connection), await _read_shape(connection)
        finally:
            await connection.close()

    async def _look_after(self, name: str, *, has_rows: bool) -> tuple[Filled, frozenset[str]]:
        """New tables get rows too: a downgrade must take filled ones away, and not fail on them."""
        connection = await self._connect(name)
        try:
            filled = await fill_tables(connection) if has_rows else Filled()
            return filled, await _read_shape(connection)
        finally:
            await connection.close()

    async def _rows(self, name: str) -> dict[str, list[dict[str, object]]]:
        connection = await self._connect(name)
        try:
            return await read_rows(connection)
        finally:
            await connection.close()

    async def _shape(self, name: str) -> frozenset[str]:
        connection = await self._connect(name)
        try:
            return await _read_shape(connection)
        finally:
            await connection.close()


async def _read_shape(connection: asyncpg.Connection) -> frozenset[str]:
    sql = files("deploy.development.adapters").joinpath("sql/shape.sql").read_text(encoding="utf-8")
    return frozenset(row["line"] for row in await connection.fetch(sql))


def _differences(when: str, before: frozenset[str], after: frozenset[str]) -> list[str]:
    lines = [f"{when} there is no {line}" for line in sorted(before - after)]
    lines += [f"{when} there is still {line}" for line in sorted(after - before)]
    return lines if len(lines) <= MOST_LINES else [*lines[:MOST_LINES], f"and {len(lines) - MOST_LINES} more"]
