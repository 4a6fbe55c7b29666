"""The report as one JSON document (schema: docs/check-json.md, docs/check-report.schema.json).

What is not known is null. Keys are written out here, so that a new name in the model changes nobody's program.
"""

from __future__ import annotations

from typing import Any

from deploy.model.check import Advice, Answer, CheckedStatement, CheckReport, EnvironmentAdvice, LockWindow, ReviewLine
from deploy.model.effects import Effects, IndexBuild, RelationLock
from deploy.model.redaction import redacted
from deploy.model.risk import Finding, RevisionRisk, RiskReport

SCHEMA = "surefoot/check/1"


def check_to_json(report: CheckReport) -> dict[str, Any]:
    """Everything that the report holds."""
    clean = redacted(report)
    return {
        "schema": SCHEMA,
        "method": clean.method,
        "server": clean.server or None,
        "server_major": clean.server_major or None,
        "production": clean.production or None,
        "from_ids": list(clean.from_ids),
        "to_ids": list(clean.to_ids),
        "baseline": clean.baseline.value,
        "sizes_are_known": clean.sizes_are_known,
        "lock_timeout": clean.lock_timeout or None,
        "statement_timeout": clean.statement_timeout or None,
        "time_zone": clean.time_zone or None,
        "advice": _advice(clean.advice),
        "warnings": list(clean.warnings),
        "answers": [_answer(answer) for answer in clean.answers],
        "risk": _risk(clean.risk),
        "review": [_review(line) for line in clean.review],
        "windows": [_window(window) for window in clean.windows],
        "environment": [_environment(advice) for advice in clean.environment],
        "statements": [_statement(statement) for statement in clean.statements],
        "details": dict(clean.details),
    }


def _answer(answer: Answer) -> dict[str, Any]:
    return {
        "question": answer.question, "answer": answer.answer, "is_good": answer.is_good, "is_known": answer.is_known,
    }


def _advice(advice: Advice) -> dict[str, Any]:
    return {
        "mode": advice.mode,
        "backup": advice.backup,
        "expand_ids": list(advice.expand_ids),
        "contract_ids": list(advice.contract_ids),
        "unknown_ids": list(advice.unknown_ids),
        "next_command": advice.next_command,
        "repairs": list(advice.repairs),
    }


def _risk(risk: RiskReport) -> dict[str, Any]:
    return {"level": risk.level.label, "revisions": [_revision(revision) for revision in risk.revisions]}


def _revision(revision: RevisionRisk) -> dict[str, Any]:
    return {
        "revision_id": revision.revision_id,
        "message": revision.message,
        "level": revision.level.label,
        "kind": revision.kind.value,
        "path": revision.path or None,
        "kinds_of_danger": sorted(revision.kinds_of_danger),
        "asks_because": list(revision.asks_because),
        "unknown_because": revision.unknown_because or None,
        "breaks_because": revision.breaks_because or None,
        "failure": revision.failure or None,
        "findings": [_finding(finding) for finding in revision.findings],
    }


def _finding(finding: Finding) -> dict[str, Any]:
    return {
        "rule": finding.rule,
        "revision_id": finding.revision_id,
        "level": finding.level.label,
        "statement": finding.statement or None,
        "says": finding.says,
        "path": finding.path or None,
        "line": finding.line or None,
        "table": finding.table or None,
        "rows": finding.rows,
        "bytes": finding.bytes,
        "lock": finding.lock or None,
        "hold_seconds": finding.hold_seconds,
        "loses": finding.loses or None,
        "breaks_older_code": finding.breaks_older_code,
        "safe_form": finding.safe_form or None,
        "evidence": finding.evidence,
    }


def _review(line: ReviewLine) -> dict[str, Any]:
    return {"topic": line.topic, "verdict": line.verdict, "places": list(line.places)}


def _window(window: LockWindow) -> dict[str, Any]:
    return {
        "transaction": window.transaction,
        "relation": window.relation,
        "mode": window.mode.label,
        "first": window.first,
        "last": window.last,
        "seconds": window.seconds,
        "work": list(window.work),
    }


def _environment(advice: EnvironmentAdvice) -> dict[str, Any]:
    return {
        "topic": advice.topic,
        "says": advice.says,
        "path": advice.path or None,
        "line": advice.line or None,
        "code": advice.code or None,
    }


def _statement(statement: CheckedStatement) -> dict[str, Any]:
    return {
        "revision_id": statement.revision_id,
        "path": statement.path or None,
        "line": statement.line or None,
        "sql": statement.sql,
        "transaction": statement.transaction,
        "measured": _effects(statement.measured) if statement.measured is not None else None,
        "predicted": _effects(statement.predicted),
        "effects": _effects(statement.effects),
        "comparison": statement.comparison.value,
        "seconds": statement.seconds,
        "rows_touched": statement.rows_touched,
        "changed_tables": list(statement.changed_tables),
        "held": _locks(statement.held),
        "waits": statement.waits,
        "is_block": statement.is_block,
        "is_long": statement.is_long,
        "is_rewrite": statement.is_rewrite,
        "is_loss": statement.is_loss,
    }


def _effects(effects: Effects) -> dict[str, Any]:
    return {
        "locks": _locks(effects.locks),
        "rewrites": list(effects.rewrites),
        "scans": list(effects.scans),
        "index_builds": _builds(effects.index_builds),
        "concurrent_builds": _builds(effects.concurrent_builds),
        "validated_foreign_keys": list(effects.validated_foreign_keys),
        "new_files": list(effects.new_files),
        "drops": [{"kind": d.kind, "identity": d.identity, "is_by_cascade": d.is_by_cascade} for d in effects.drops],
        "waits_for": list(effects.waits_for),
        "is_in_transaction": effects.is_in_transaction,
        "unknown": effects.unknown or None,
        "error": effects.error or None,
    }


def _locks(locks: tuple[RelationLock, ...]) -> list[dict[str, str]]:
    return [{"relation": lock.relation, "kind": lock.kind, "mode": lock.mode.label} for lock in locks]


def _builds(builds: tuple[IndexBuild, ...]) -> list[dict[str, str]]:
    return [{"index": build.index, "table": build.table} for build in builds]
