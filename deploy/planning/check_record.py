"""The migration check as it is kept with a deployment, and the short id that an approval holds for."""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict
from typing import Any

from deploy.model.check import CheckReport, LockWindow
from deploy.model.redaction import redacted

# A ledger row must stay small; whole histories are read with migration-check.sh.
STATEMENTS_KEPT = 300
WINDOWS_KEPT = 100
SQL_KEPT_CHARACTERS = 300


def check_id(report: CheckReport) -> str:
    """First 8 hex digits of the SHA-256 of every finding's rule, place and level.

    Sizes and times are left out: a living table grows between the check and the approval. Where its growth raises
    a level, the id changes.
    """
    judged = [
        [revision.revision_id, revision.level.label, revision.kind.value]
        + [[f.rule, f.line, f.statement, f.level.label] for f in revision.findings]
        for revision in report.risk.revisions
    ]
    return hashlib.sha256(json.dumps(judged, separators=(",", ":")).encode()).hexdigest()[:8]


def check_record(report: CheckReport) -> dict[str, Any]:
    """Plain JSON values: the verdict, the findings, the answers, the locks that readers or writers of rows wait for.

    Statements are kept where such a lock is held, each shortened.
    """
    report = redacted(report)
    return {
        "check": check_id(report),
        "method": report.method,
        "server": report.server,
        "production": report.production,
        "risk": report.risk.level.label,
        "backup": report.advice.backup,
        "findings": [
            asdict(finding) | {"level": finding.level.label} for finding in report.risk.findings
        ],
        "answers": [asdict(answer) for answer in report.answers],
        "warnings": list(report.warnings),
        "windows": [_window(window) for window in _kept_windows(report)],
        "statements": _statements(report),
    }


def _kept_windows(report: CheckReport) -> list[LockWindow]:
    return [window for window in report.windows if window.mode.blocks_writes][:WINDOWS_KEPT]


def _window(window: LockWindow) -> dict[str, Any]:
    return {
        "transaction": window.transaction, "relation": window.relation, "mode": window.mode.label,
        "who_waits": window.mode.who_waits, "first": window.first, "last": window.last, "seconds": window.seconds,
        "work": list(window.work),
    }


def _statements(report: CheckReport) -> list[dict[str, Any]]:
    """The statements of every transaction that holds such a lock, by their position in the whole run."""
    windows = _kept_windows(report)
    transactions = {window.transaction for window in windows} - {0}
    alone = {p for window in windows if not window.transaction for p in range(window.first, window.last + 1)}
    kept = [
        {
            "position": position, "revision": s.revision_id, "line": s.line, "transaction": s.transaction,
            "seconds": s.seconds, "sql": _shortened(s.sql),
        }
        for position, s in enumerate(report.statements)
        if s.transaction in transactions or position in alone
    ]
    return kept[:STATEMENTS_KEPT]


def _shortened(sql: str) -> str:
    return sql if len(sql) <= SQL_KEPT_CHARACTERS else sql[: SQL_KEPT_CHARACTERS - 1] + "…"
