"""Statements that ran and that Alembic's offline SQL does not show: a revision's own Python sent them. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from deploy.checking.risk.evidence import PendingRevision


def unwritten_statements(
    texts: Sequence[PendingRevision], evidence: Sequence[PendingRevision]
) -> Mapping[str, tuple[str, ...]]:
    """By revision; those without any are left out.

    Args:
        texts: as rendered; evidence: as it ran.
    """
    rendered = {revision.revision_id: revision for revision in texts}
    found = {r.revision_id: _of_revision(rendered.get(r.revision_id), r) for r in evidence}
    return {revision_id: statements for revision_id, statements in found.items() if statements}


def _of_revision(text: PendingRevision | None, ran: PendingRevision) -> tuple[str, ...]:
    written = text.statements if text else ()
    words = {_normal(item.sql) for item in written}
    # Offline, parameters are literals: the line tells that it is the same statement.
    lines = {item.line for item in written if item.line}
    return tuple(item.sql for item in ran.statements if _normal(item.sql) not in words and item.line not in lines)


def _normal(sql: str) -> str:
    return " ".join(sql.split()).rstrip("; ")
