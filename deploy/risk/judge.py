"""The judgement of what is pending: the seeds' table (M1) as a floor, read from the rendered SQL."""

from __future__ import annotations

from collections.abc import Sequence

from deploy.model.database import DatabaseState
from deploy.model.releases import RevisionKind
from deploy.model.risk import Finding, RevisionRisk, RevisionSql, RiskLevel, RiskReport
from deploy.risk.danger import Circumstances, Danger
from deploy.risk.rules import RULES
from deploy.risk.rules.change_rows import moves_schema_window
from deploy.risk.statements import Statement, read_statements, relation_name


def judge(revision_sqls: Sequence[RevisionSql], database: DatabaseState) -> RiskReport:
    """Judge every revision; tables that the run itself creates hold nothing that could be lost.

    An empty database has nothing to lose: every level is LOW there, the kinds stay.
    """
    new_tables: frozenset[str] = frozenset()
    judged = []
    for item in revision_sqls:
        statements = read_statements(item.sql) if item.sql is not None else ()
        new_tables |= {relation_name(s.node.relation) for s in statements if s.kind == "create_stmt"}
        risk = _judge_revision(item, statements, Circumstances(new_tables))
        if database.is_empty:
            risk = RevisionRisk(risk.revision_id, risk.message, RiskLevel.LOW, risk.kind, ())
        judged.append(risk)
    return RiskReport(tuple(judged))


def _judge_revision(
    item: RevisionSql, statements: Sequence[Statement], circumstances: Circumstances
) -> RevisionRisk:
    if item.sql is None:
        says = f"its SQL could not be rendered: {item.problem}"
        finding = Finding("not_rendered", item.revision_id, RiskLevel.HIGH, "", says)
        return RevisionRisk(item.revision_id, item.message, RiskLevel.HIGH, RevisionKind.UNKNOWN, (finding,))
    dangers = [(s, d) for s in statements for rule in RULES for d in rule(s, circumstances)]
    level = max((danger.level for _, danger in dangers), default=RiskLevel.LOW)
    findings = tuple(Finding(d.rule, item.revision_id, d.level, s.text, d.says) for s, d in dangers)
    kind = _kind([danger for _, danger in dangers], statements)
    return RevisionRisk(item.revision_id, item.message, level, kind, findings)


def _kind(dangers: Sequence[Danger], statements: Sequence[Statement]) -> RevisionKind:
    if any(d.rule in {"unreadable", "not_judged", "unknown_alter_table"} for d in dangers):
        return RevisionKind.UNKNOWN
    if any(d.breaks_older_code for d in dangers) or any(moves_schema_window(s) for s in statements):
        return RevisionKind.CONTRACT
    return RevisionKind.EXPAND
