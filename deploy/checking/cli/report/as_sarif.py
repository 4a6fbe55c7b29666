"""SARIF 2.1.0, for code scanning."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Mapping
from typing import Any

from deploy.checking.cli.report.annotating import message_of, place_of, relative_uri, severity
from deploy.checking.cli.report.words import one_line
from deploy.model.check import CheckReport
from deploy.model.redaction import redacted
from deploy.model.risk import Finding, RiskLevel

SARIF_SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"
FINGERPRINT = "surefootFinding/v1"


def check_to_sarif(
    report: CheckReport, *, version: str = "", docs_base: str = "", rule_texts: Mapping[str, str] | None = None
) -> dict[str, Any]:
    """One run with a result for each finding.

    Args:
        report: what was found.
        version: Surefoot's.
        docs_base: what stands before `docs/rules/…`, such as `https://github.com/acme/shop/blob/main/`.
        rule_texts: the Markdown page of a rule, where the caller has it at hand.
    """
    clean = redacted(report)
    rules = _rules(clean, docs_base, rule_texts or {})
    positions = {rule["id"]: position for position, rule in enumerate(rules)}
    driver: dict[str, Any] = {"name": "Surefoot", "rules": rules}
    if version:
        driver["version"] = version
    run = {
        "tool": {"driver": driver},
        "automationDetails": {"id": "surefoot-check/"},
        "invocations": [{"executionSuccessful": True, "toolExecutionNotifications": _notifications(clean)}],
        "results": _results(clean, positions),
        "properties": {"answers": [f"{answer.question} {answer.answer}" for answer in clean.answers]},
    }
    return {"$schema": SARIF_SCHEMA, "version": "2.1.0", "runs": [run]}


def _rules(report: CheckReport, docs_base: str, rule_texts: Mapping[str, str]) -> list[dict[str, Any]]:
    worst: dict[str, RiskLevel] = {}
    for finding in report.risk.findings:
        worst[finding.rule] = max(finding.level, worst.get(finding.rule, finding.level))
    return [_rule(name, worst[name], docs_base, rule_texts.get(name, "")) for name in sorted(worst)]


def _rule(name: str, level: RiskLevel, docs_base: str, page: str) -> dict[str, Any]:
    title = name.replace("_", " ")
    where = f"{docs_base}docs/rules/{name}.md"
    return {
        "id": name,
        "name": "".join(word.capitalize() for word in name.split("_")),
        "shortDescription": {"text": title},
        "fullDescription": {"text": f"{title}: what PostgreSQL does, who waits and the safe form are in {where}"},
        "help": {"text": page or f"See {where}", "markdown": page or f"See [{title}]({where})."},
        "helpUri": where,
        "defaultConfiguration": {"level": severity(level)},
        "properties": {"tags": ["migration", "postgresql"]},
    }


def _results(report: CheckReport, positions: Mapping[str, int]) -> list[dict[str, Any]]:
    seen: Counter[str] = Counter()
    results = []
    for finding in report.risk.findings:
        identity = _identity(finding)
        path, line = place_of(finding, report)
        results.append({
            "ruleId": finding.rule,
            "ruleIndex": positions[finding.rule],
            "level": severity(finding.level),
            "message": {"text": message_of(finding)},
            "locations": [{
                "physicalLocation": {
                    "artifactLocation": {"uri": relative_uri(path)}, "region": {"startLine": line},
                },
            }],
            "partialFingerprints": {FINGERPRINT: f"{identity}:{seen[identity] + 1}"},
            "properties": _properties(finding),
        })
        seen[identity] += 1
    return results


def _identity(finding: Finding) -> str:
    """Stays the same when lines move; the same statement twice in a revision is told apart by its number."""
    text = "\x1f".join((finding.rule, finding.revision_id, finding.table, one_line(finding.statement)))
    return hashlib.sha256(text.encode()).hexdigest()[:32]


def _properties(finding: Finding) -> dict[str, Any]:
    known = {
        "risk": finding.level.label, "revision_id": finding.revision_id, "statement": finding.statement,
        "table": finding.table or None, "rows": finding.rows, "bytes": finding.bytes, "lock": finding.lock or None,
        "hold_seconds": finding.hold_seconds, "loses": finding.loses or None,
        "breaks_older_code": finding.breaks_older_code, "evidence": finding.evidence,
    }
    return {name: value for name, value in known.items() if value is not None}


def _notifications(report: CheckReport) -> list[dict[str, Any]]:
    unknown = [f"{answer.question} {answer.answer}" for answer in report.answers if not answer.is_known]
    return [{"level": "warning", "message": {"text": text}} for text in (*report.warnings, *unknown)]
