"""What a rule says of a text it says of the run too: bad.sql and good.sql of every rule under the watch.

Whether this installation has the prediction makes no difference: what ran is judged by what was seen.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from typing import Any

import asyncpg
import pytest

from deploy.adapters.postgres.connection import LoopThread
from deploy.adapters.scratch.binaries import find_server_binaries
from deploy.adapters.scratch.clusters import SUPERUSER
from deploy.adapters.scratch.server import ScratchServer, scratch_server
from deploy.checking.measuring.database import ScratchDatabase
from deploy.checking.risk.evidence import PendingRevision, from_trace
from deploy.checking.risk.judge import judge_run
from deploy.checking.risk.shapes import shape_of
from deploy.checking.risk.sql_files import as_pending
from deploy.checking.statements import read_statements
from deploy.model.errors import BlockedError
from deploy.model.risk import Finding
from deploy.model.trace import SqlFile
from tests.prediction import without_prediction
from tests.rules.examples import SCHEMA, Case, cases, facts_of, folders, judge

pytestmark = [pytest.mark.postgres, pytest.mark.timeout(120)]

ROLES = ("app", "ann", "old_app")
# Without a run there is nothing to read or to run; the rest is about revisions, which plain SQL has none of.
NOT_OF_SQL = frozenset({
    "unreadable", "not_rendered", "no_downgrade", "revisions_share_a_transaction", "migration_fails", "fails_on_rows",
    "cannot_run_in_transaction", "concurrently_on_postgres_14", "drop_database", "fails_on_this_schema",
    "downgrade_fails", "downgrade_differs", "upgrade_fails_after_downgrade", "reaches_out", "breaks_trigger",
    "reads_rows", "never_commits", "revision_id_too_long",
    "trigger_reads_whole_row",
})


class Watched:
    """Scratch servers, each with a prepared database; every case runs on a copy of its own."""

    def __init__(self, stack: ExitStack) -> None:
        self._stack = stack
        self._servers: dict[int, ScratchServer] = {}
        self._loop = LoopThread()
        stack.callback(self._loop.close)

    def judge(self, case: Case) -> tuple[Finding, ...]:
        """Run a case, and judge what was seen: without the prediction the same findings, read or not."""
        revisions, facts = self._run(case), facts_of(case)
        found = judge_run(revisions, facts).report.findings
        with without_prediction():
            alone = judge_run(revisions, facts).report.findings
        assert [as_seen(finding) for finding in alone] == [as_seen(finding) for finding in found]
        return found

    def _run(self, case: Case) -> tuple[PendingRevision, ...]:
        server = self._server(int(case.of("server") or 15))
        self._loop.run(self._execute(server, "postgres", "DROP DATABASE IF EXISTS watched WITH (FORCE)"))
        self._loop.run(self._execute(server, "postgres", server.create_database("watched", "prepared")))
        if case.setup:
            self._loop.run(self._execute(server, "watched", case.setup))
        database = ScratchDatabase(server, self._loop, "watched")
        files = [
            SqlFile(f"r{number}", tuple((s.full_text, s.line) for s in read_statements(text)), is_one_transaction=False)
            for number, text in enumerate(case.revisions, start=1)
        ]
        run = database.run_sql(files, shape_of)
        assert all(s.before is not None for r in run.revisions for s in r.statements)
        return from_trace(run, as_pending(files), {})

    def _server(self, major: int) -> ScratchServer:
        try:
            binaries = find_server_binaries(major)
        except BlockedError as error:
            pytest.skip(str(error))
        if binaries.major not in self._servers:
            server = self._servers[binaries.major] = self._stack.enter_context(scratch_server(binaries))
            roles = (f"CREATE ROLE {role}" for role in ROLES)
            self._loop.run(self._execute(server, "postgres", *roles, "CREATE DATABASE prepared"))
            self._loop.run(self._execute(server, "prepared", SCHEMA))
        return self._servers[binaries.major]

    @staticmethod
    async def _execute(server: ScratchServer, database: str, *texts: str) -> None:
        connection: Any = await asyncpg.connect(host=str(server.socket_directory), user=SUPERUSER, database=database)
        try:
            for text in texts:
                await connection.execute(text)
        finally:
            await connection.close()


@pytest.fixture(scope="module")
def watched() -> Iterator[Watched]:
    with ExitStack() as stack:
        yield Watched(stack)


def as_seen(finding: Finding) -> Finding:
    """The finding without the word for how it compares with what was read."""
    return replace(finding, evidence="measured" if finding.evidence == "confirmed" else finding.evidence)


def known(path: Path) -> list[Case]:
    """The cases that can run: their tables are there."""
    return [case for case in cases(path) if not case.of("schema") and not case.of("not run")]


FOLDERS = [folder for folder in folders() if folder.name not in NOT_OF_SQL]


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda path: path.name)
def test_a_danger_is_seen_in_the_run_as_it_is_read_in_the_text(folder: Path, watched: Watched) -> None:
    for case in known(folder / "bad.sql"):
        read = [(f.level, f.says) for f in judge(case) if f.rule == folder.name]
        found = [f for f in watched.judge(case) if f.rule == folder.name]
        assert [(f.level, f.says) for f in found] == read
        assert {f.evidence for f in found if f.statement} <= {"measured", "confirmed"}


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda path: path.name)
def test_what_looks_alike_is_let_pass_when_it_ran(folder: Path, watched: Watched) -> None:
    for case in known(folder / "good.sql"):
        assert [f for f in watched.judge(case) if f.rule == folder.name] == []
