"""`migration_preview.sql` (M4): what `alembic upgrade --sql` renders, with DROP, DELETE and TRUNCATE pointed out."""

from __future__ import annotations

import re
from collections.abc import Sequence

from deploy.model.risk import RevisionRisk, RevisionSql, RiskReport

_LOUD = re.compile(r"^\s*(DROP|DELETE|TRUNCATE)\b|^\s*ALTER\s+TABLE\b.*\bDROP\b", re.IGNORECASE)


def render_preview(revision_sqls: Sequence[RevisionSql], report: RiskReport) -> str:
    """The file's text; for reading, not for running."""
    risks = {risk.revision_id: risk for risk in report.revisions}
    parts = ["-- migration_preview.sql: for reading. A deployment runs `alembic upgrade head`, not this file.\n"]
    for item in revision_sqls:
        parts.append(_header(item, risks.get(item.revision_id)))
        parts.append(f"-- could not be rendered: {item.problem}\n" if item.sql is None else _pointed_out(item.sql))
    return "\n".join(parts)


def _header(item: RevisionSql, risk: RevisionRisk | None) -> str:
    lines = [f"-- ===== revision {item.revision_id}: {risk.level.label if risk else 'unknown'} risk"]
    lines += [f"--   {finding.level.label}: {finding.says}" for finding in (risk.findings if risk else ())]
    return "\n".join(lines)


def _pointed_out(sql: str) -> str:
    lines = []
    for line in sql.strip().splitlines():
        loud = _LOUD.match(line)
        if loud and "alembic_version" not in line:
            lines.append(f"-- !! {(loud[1] or 'DROP').upper()}: read the next line twice")
        lines.append(line)
    return "\n".join(lines) + "\n"
