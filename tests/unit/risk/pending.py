"""Pending revisions, made short."""

from __future__ import annotations

from deploy.checking.risk.evidence import from_rendered
from deploy.checking.risk.facts import Facts
from deploy.checking.risk.judge import judge_run
from deploy.model.database import DatabaseState
from deploy.model.risk import RevisionRisk, RevisionSql, RiskReport
from deploy.model.snapshot import TableSize


def database(*table_names: str, revision_ids: tuple[str, ...] = ("r0",)) -> DatabaseState:
    return DatabaseState("shop", "15.18", 15, False, revision_ids, table_names, 10_000_000, 3, 97, (), ())


FULL = database("public.orders", "public.users")
EMPTY = database(revision_ids=())


def revisions(*sqls: str | None) -> list[RevisionSql]:
    return [
        RevisionSql(f"r{i}", f"change {i}", sql, "" if sql is not None else "TypeError: no data offline")
        for i, sql in enumerate(sqls, start=1)
    ]


SMALL = 1000


def judge_all(*sqls: str | None, state: DatabaseState = FULL, rows: int = SMALL) -> RiskReport:
    """The tables are small, unless the test says otherwise: their work takes no time worth telling."""
    names = [name.removeprefix("public.") for name in state.table_names]
    facts = Facts(
        existing_tables=frozenset(state.table_names), is_empty=state.is_empty, server_major=state.server_major,
        sizes={name: TableSize(name, rows, rows * 100, rows * 30) for name in names},
    )
    return judge_run(from_rendered(revisions(*sqls)), facts).report


def judge_one(sql: str | None, state: DatabaseState = FULL) -> RevisionRisk:
    return judge_all(sql, state=state).revisions[0]
