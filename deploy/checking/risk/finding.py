"""A rule's danger, told with everything that stands around it."""

from __future__ import annotations

from deploy.checking.risk.circumstances import Circumstances
from deploy.checking.risk.danger import Danger
from deploy.checking.risk.evidence import PendingRevision
from deploy.model.check import CheckedStatement, Comparison
from deploy.model.locks import LockMode
from deploy.model.risk import Finding

READERS_LOCK = LockMode.ACCESS_EXCLUSIVE
MAX_SHOWN_CHARACTERS = 300


def finding_of(
    rule_name: str, danger: Danger, revision: PendingRevision, checked: CheckedStatement | None,
    present: Circumstances,
) -> Finding:
    """The finding.

    Args:
        checked: the statement; None where the danger lies in the revision as a whole.
    """
    size = present.size(danger.table) if danger.table else None
    return Finding(
        rule=rule_name,
        revision_id=revision.revision_id,
        level=danger.level,
        statement=_shorten(checked.sql) if checked else "",
        says=danger.says,
        path=checked.path if checked else revision.path,
        line=checked.line if checked else 0,
        table=danger.table,
        rows=size.rows if size else None,
        bytes=size.total_bytes if size else None,
        lock=_lock_in_words(checked),
        hold_seconds=checked.seconds if checked and checked.is_block else None,
        loses=danger.loses,
        breaks_older_code=danger.breaks_older_code,
        safe_form=danger.safe_form,
        evidence=_evidence(checked),
    )


def _lock_in_words(checked: CheckedStatement | None) -> str:
    """The strongest locks that others notice, and who waits."""
    if checked is None:
        return ""
    own = [lock for lock in checked.effects.locks if lock.is_on_table and lock.mode.blocks_writes]
    if not own:
        return ""
    # What the transaction holds already is not let go for a weaker lock.
    named = {lock.relation for lock in own}
    noticed = [*own, *(lock for lock in checked.held if lock.relation in named)]
    strongest = max(lock.mode for lock in noticed)
    tables = ", ".join(sorted({lock.relation for lock in noticed if lock.mode is strongest}))
    if not strongest.blocks_reads and _locks_indexes(checked):
        return f"{strongest.label} on {tables}, {READERS_LOCK.label} on its indexes: writers wait, and readers, too"
    return f"{strongest.label} on {tables}: {strongest.who_waits}"


def _locks_indexes(checked: CheckedStatement) -> bool:
    """Whether an index is locked against its readers: planning a query of its table opens it."""
    return any(lock.kind == "index" and lock.mode.blocks_reads for lock in checked.effects.locks)


def _evidence(checked: CheckedStatement | None) -> str:
    if checked is None or checked.comparison is Comparison.NOT_EXERCISED:
        return "read"
    return "confirmed" if checked.comparison is Comparison.CONFIRMED else "measured"


def _shorten(text: str) -> str:
    lines = [line for line in text.strip().splitlines() if line.strip() and not line.lstrip().startswith("--")]
    return " ".join(" ".join(lines).split())[:MAX_SHOWN_CHARACTERS]
