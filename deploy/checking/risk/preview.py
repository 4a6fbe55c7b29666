"""`migration_preview.sql` (M4): what `alembic upgrade --sql` renders, with DROP, DELETE and TRUNCATE pointed out."""

from __future__ import annotations

import re
from collections.abc import Sequence

from deploy.checking.risk.bookkeeping import ALEMBIC_TABLE
from deploy.model.redaction import without_passwords
from deploy.model.risk import RevisionRisk, RevisionSql, RiskReport

_LOUD = re.compile(r"\b(DROP|DELETE|TRUNCATE)\b", re.IGNORECASE)
# Words inside quotes and comments are not orders; dollar quotes may be: a DO block may do anything.
_QUIET = re.compile(r"'(?:[^']|'')*'|\"(?:[^\"]|\"\")*\"|--[^\n]*|/\*.*?\*/", re.DOTALL)
# Not losses: what a foreign key does, and Alembic's own row.
_NO_ORDER = re.compile(rf"\bON\s+DELETE\b|^\s*DELETE\s+FROM\s+\S*{ALEMBIC_TABLE}\b", re.IGNORECASE)


def render_preview(revision_sqls: Sequence[RevisionSql], report: RiskReport) -> str:
    """The file's text; for reading, not for running."""
    risks = {risk.revision_id: risk for risk in report.revisions}
    parts = ["-- migration_preview.sql: for reading. A deployment runs `alembic upgrade head`, not this file.\n"]
    for item in revision_sqls:
        parts.append(_header(item, risks.get(item.revision_id)))
        parts.append(_comment(f"could not be rendered: {item.problem}") if item.sql is None else _pointed_out(item.sql))
    return without_passwords("\n".join(parts))


def _comment(text: str) -> str:
    """A comment that stays one, whatever line ends the text brings."""
    return f"-- {' '.join(text.split())}\n"


def _header(item: RevisionSql, risk: RevisionRisk | None) -> str:
    message = f" {item.message}" if item.message else ""
    level = f"{risk.level.label} risk, {risk.kind.value}" if risk else "risk unknown"
    lines = [_comment(f"===== revision {item.revision_id}{message}: {level}")]
    lines += [_comment(f"  {finding.level.label}: {finding.says}") for finding in (risk.findings if risk else ())]
    return "".join(lines)


def _pointed_out(sql: str) -> str:
    """Each loud statement gets a line above it; the SQL itself is not touched."""
    text = sql.strip()
    spoken_lines = _QUIET.sub(lambda found: re.sub(r"[^\n]", " ", found[0]), text).split("\n")
    lines: list[str] = []
    beginning = 0  # where the present statement begins in `lines`
    words: list[str] = []
    for line, masked in zip(text.split("\n"), spoken_lines, strict=True):
        spoken = _NO_ORDER.sub("", masked)
        is_between = not spoken.strip() and beginning == len(lines)
        lines.append(line)
        words += [word.upper() for word in _LOUD.findall(spoken)]
        if is_between or spoken.rstrip().endswith(";"):
            _point_out(lines, beginning, words)
            beginning, words = len(lines), []
    _point_out(lines, beginning, words)
    return "\n".join(lines) + "\n"


def _point_out(lines: list[str], beginning: int, words: list[str]) -> None:
    if words:
        shown = " ".join(lines[beginning].split())[:80].rstrip(";")
        is_first = shown.upper().startswith(words[0])
        lines.insert(beginning, f"-- !! {'' if is_first else ', '.join(dict.fromkeys(words)) + ': '}{shown}")
