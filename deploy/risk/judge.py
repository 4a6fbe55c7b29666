"""The judgement of what is pending: the seeds' table (M1) as a floor, read from the rendered SQL."""

from __future__ import annotations

from collections.abc import Sequence

from deploy.model.database import DatabaseState
from deploy.model.releases import RevisionKind
from deploy.model.risk import Finding, RevisionRisk, RevisionSql, RiskLevel, RiskReport
from deploy.risk.bookkeeping import is_bookkeeping, marks_contract
from deploy.risk.circumstances import Circumstances
from deploy.risk.danger import Danger
from deploy.risk.rules import RULES
from deploy.risk.statements import Statement, read_statements

NOT_RENDERED = "not_rendered"


def judge(revision_sqls: Sequence[RevisionSql], database: DatabaseState) -> RiskReport:
    """Judge every revision, oldest first; tables that the run itself creates hold nothing that could be lost.

    An empty database has nothing to lose: every level is LOW there, the kinds stay.
    """
    circumstances = Circumstances.at_start(database.table_names)
    judged = []
    for item in revision_sqls:
        if item.sql is None:
            risk = _not_rendered(item)
        else:
            risk, circumstances = _judge_revision(item, read_statements(item.sql), circumstances)
        if database.is_empty:
            risk = RevisionRisk(risk.revision_id, risk.message, RiskLevel.LOW, risk.kind, ())
        judged.append(risk)
    return RiskReport(tuple(judged))


def _not_rendered(item: RevisionSql) -> RevisionRisk:
    says = f"its SQL could not be rendered: {item.problem}"
    finding = Finding(NOT_RENDERED, item.revision_id, RiskLevel.HIGH, "", says)
    return RevisionRisk(item.revision_id, item.message, RiskLevel.HIGH, RevisionKind.UNKNOWN, (finding,))


def _judge_revision(
    item: RevisionSql, statements: Sequence[Statement], circumstances: Circumstances
) -> tuple[RevisionRisk, Circumstances]:
    """A statement is judged by what the statements before it made true."""
    present = circumstances.before(statements)
    dangers: list[Danger] = []
    findings: list[Finding] = []
    for statement in statements:
        if not is_bookkeeping(statement):
            for rule in RULES:
                for danger in rule.check(statement, present):
                    dangers.append(danger)
                    findings.append(Finding(rule.name, item.revision_id, danger.level, statement.text, danger.says))
        present = present.after(statement)
    level = max((danger.level for danger in dangers), default=RiskLevel.LOW)
    kind = _kind(dangers, statements)
    return RevisionRisk(item.revision_id, item.message, level, kind, tuple(findings)), present


def _kind(dangers: Sequence[Danger], statements: Sequence[Statement]) -> RevisionKind:
    if any(danger.is_unknown for danger in dangers):
        return RevisionKind.UNKNOWN
    if any(danger.breaks_older_code for danger in dangers) or any(marks_contract(s) for s in statements):
        return RevisionKind.CONTRACT
    return RevisionKind.EXPAND
