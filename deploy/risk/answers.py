"""The operator's questions about a migration (M2), answered from what was found."""

from __future__ import annotations

from collections.abc import Sequence

from deploy.model.check import Answer, CheckedStatement, LockWindow
from deploy.model.risk import RiskReport
from deploy.risk.evidence import PendingRevision

MUCH_DATA_ROWS = 100_000


def answer_questions(
    revisions: Sequence[PendingRevision], risk: RiskReport, statements: Sequence[CheckedStatement],
    windows: Sequence[LockWindow], *, sizes_are_known: bool,
) -> tuple[Answer, ...]:
    """The four questions of the guides, and whether the code that runs now survives."""
    return (
        _drops(statements),
        _data(statements, sizes_are_known=sizes_are_known),
        _downtime(windows, statements),
        _rollback(revisions, statements),
        _old_code(risk),
    )


def _drops(statements: Sequence[CheckedStatement]) -> Answer:
    lost = []
    for item in statements:
        names = [drop.identity.removeprefix("public.") for drop in item.effects.drops if drop.kind in _HOLDS_DATA]
        if item.is_truncated:
            names += item.effects.new_files
        lost += names
    question = "Does it drop a table or a column?"
    if not lost:
        return Answer(question, "no", is_good=True)
    return Answer(question, f"yes: {_listed(lost)}", is_good=False)


_HOLDS_DATA = {"table", "table column", "materialized view", "foreign table"}


def _data(statements: Sequence[CheckedStatement], *, sizes_are_known: bool) -> Answer:
    question = "Does it touch much data?"
    changed = sum(item.rows_touched or 0 for item in statements)
    rewritten = sorted({name for item in statements for name in item.effects.rewrites})
    scanned = sorted({name for item in statements for name in item.effects.scans} - set(rewritten))
    parts = []
    if changed:
        parts.append(f"changes up to {changed:,} rows")
    if rewritten:
        parts.append(f"rewrites {_listed(rewritten)}")
    if scanned:
        parts.append(f"reads all of {_listed(scanned)}")
    if not parts:
        return Answer(question, "no", is_good=True)
    if not sizes_are_known:
        parts.append("production's sizes are not known")
    is_much = bool(rewritten) or changed >= MUCH_DATA_ROWS
    return Answer(question, "; ".join(parts), is_good=False if is_much else None)


def _downtime(windows: Sequence[LockWindow], statements: Sequence[CheckedStatement]) -> Answer:
    question = "How long is the downtime?"
    if not windows:
        return Answer(question, "none: no table of production is locked against its users", is_good=True)
    parts = []
    for what, chosen in (
        ("readers and writers", [w for w in windows if w.mode.blocks_reads]),
        ("writers", [w for w in windows if not w.mode.blocks_reads]),
    ):
        if chosen:
            worst = max(chosen, key=lambda w: (w.seconds is None, w.seconds or 0))
            parts.append(f"{what} of {worst.relation} wait {_shown(worst)}")
    is_short = all(w.seconds is not None and w.seconds < 1 for w in windows)
    unknown = any(item.effects.unknown for item in statements)
    return Answer(question, "; ".join(parts) + (" (and some could not be judged)" if unknown else ""), is_good=is_short)


def _shown(window: LockWindow) -> str:
    if window.seconds is None:
        return "for a time that grows with its size (not known)"
    return "a moment" if window.seconds < 0.1 else f"about {window.seconds:.1f} s (estimated)"  # noqa: PLR2004


def _rollback(revisions: Sequence[PendingRevision], statements: Sequence[CheckedStatement]) -> Answer:
    question = "Is there a rollback plan?"
    without = [r.revision_id for r in revisions if r.has_downgrade is False]
    unknown = [r.revision_id for r in revisions if r.has_downgrade is None]
    losing = any(item.is_loss or item.rows_touched for item in statements)
    if without:
        return Answer(question, f"no: {_listed(without)} cannot be downgraded; take a backup", is_good=False)
    if unknown:
        return Answer(question, "not known: no downgrade could be read; take a backup", is_good=False)
    if losing:
        return Answer(question, "downgrades exist, but what is lost comes back only from a backup", is_good=False)
    return Answer(question, "yes: every revision can be downgraded, and nothing is lost", is_good=True)


def _old_code(risk: RiskReport) -> Answer:
    question = "Does the code that runs now survive it?"
    breaking = [r.revision_id for r in risk.revisions if "breaks" in r.kinds_of_danger]
    if not breaking:
        return Answer(question, "yes: it only adds", is_good=True)
    return Answer(question, f"perhaps not: {_listed(breaking)} may break it", is_good=False)


def _listed(names: Sequence[str], limit: int = 5) -> str:
    unique = list(dict.fromkeys(names))
    more = f" and {len(unique) - limit} more" if len(unique) > limit else ""
    return ", ".join(unique[:limit]) + more
