"""Pending revisions, made short."""

from __future__ import annotations

from deploy.model.database import DatabaseState
from deploy.model.risk import RevisionRisk, RevisionSql, RiskReport
from deploy.risk.judge import judge


def database(*table_names: str, revision_ids: tuple[str, ...] = ("r0",)) -> DatabaseState:
    return DatabaseState("shop", "15.18", 15, False, revision_ids, table_names, 10_000_000, 3, 97, (), ())


FULL = database("public.orders", "public.users")
EMPTY = database(revision_ids=())


def revisions(*sqls: str | None) -> list[RevisionSql]:
    return [
        RevisionSql(f"r{i}", f"change {i}", sql, "" if sql is not None else "TypeError: no data offline")
        for i, sql in enumerate(sqls, start=1)
    ]


def judge_all(*sqls: str | None, state: DatabaseState = FULL) -> RiskReport:
    return judge(revisions(*sqls), state)


def judge_one(sql: str | None, state: DatabaseState = FULL) -> RevisionRisk:
    return judge_all(sql, state=state).revisions[0]
