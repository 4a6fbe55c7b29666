"""The operator's questions about a migration (M2): yes, no, or not known and why."""

from __future__ import annotations

from collections.abc import Sequence

from deploy.checking.risk.evidence import PendingRevision
from deploy.checking.risk.only_adds import only_adds
from deploy.checking.risk.rollback_answer import answer_rollback
from deploy.checking.risk.words import listed
from deploy.model.check import Answer, CheckedStatement, LockWindow
from deploy.model.risk import RiskReport

MUCH_DATA_ROWS = 100_000
BY_TEXT = ", by its text; nothing was tried"
LONGEST_REASON = 110


def answer_questions(
    revisions: Sequence[PendingRevision], risk: RiskReport, statements: Sequence[CheckedStatement],
    windows: Sequence[LockWindow], *, sizes_are_known: bool, is_tried: bool = True,
) -> tuple[Answer, ...]:
    """The four questions of the guides, and whether the code that runs now survives.

    Args:
        is_tried: whether statements were run; otherwise a "no" is one of the text alone, and says so.
    """
    gap = _gap(risk)
    by_text = "" if is_tried else BY_TEXT
    return (
        _drops(statements, gap, by_text),
        _data(statements, gap, by_text, sizes_are_known=sizes_are_known),
        _downtime(windows, statements, gap, by_text),
        answer_rollback(revisions, risk, statements),
        _old_code(risk, statements, gap, by_text),
    )


def _gap(risk: RiskReport) -> str:
    """The first revision that nobody could judge whole, with the reason; empty where all were."""
    gaps = [revision for revision in risk.revisions if revision.unknown_because]
    if not gaps:
        return ""
    more = f" (and {len(gaps) - 1} more)" if len(gaps) > 1 else ""
    because = gaps[0].unknown_because
    short = because if len(because) <= LONGEST_REASON else because[: LONGEST_REASON - 1].rstrip() + "…"
    return f"{gaps[0].revision_id}: {short}{more}"


def _not_known(question: str, gap: str, otherwise: str) -> Answer:
    return Answer(question, f"not known, because of {gap}; {otherwise}", is_good=False, is_known=False)


def _and(gap: str) -> str:
    return f"; there may be more: {gap}" if gap else ""


def _drops(statements: Sequence[CheckedStatement], gap: str, by_text: str) -> Answer:
    question = "Does it drop a table or a column?"
    dropped: list[str] = []
    emptied: list[str] = []
    for item in statements:
        dropped += [drop.identity.removeprefix("public.") for drop in item.effects.drops if drop.kind in _HOLDS_DATA]
        emptied += item.effects.new_files if item.is_truncated else ()
    if dropped:
        also = f"; and it empties {listed(emptied)}" if emptied else ""
        return Answer(question, f"yes: {listed(dropped)}{also}{_and(gap)}", is_good=False)
    if emptied:
        return Answer(question, f"no, but it empties {listed(emptied)}{_and(gap)}", is_good=False, is_known=not gap)
    if gap:
        return _not_known(question, gap, "nothing that was tried or read drops one")
    return Answer(question, f"no{by_text}", is_good=True)


_HOLDS_DATA = {"table", "table column", "materialized view", "foreign table"}


def _data(
    statements: Sequence[CheckedStatement], gap: str, by_text: str, *, sizes_are_known: bool
) -> Answer:
    question = "Does it touch much data?"
    changed = sum(item.rows_touched or 0 for item in statements)
    uncounted = sorted({name for item in statements if not item.rows_touched for name in item.changed_tables})
    rewritten = sorted({name for item in statements for name in item.effects.rewrites})
    scanned = sorted({name for item in statements for name in item.effects.scans} - set(rewritten))
    parts = []
    if changed:
        parts.append(f"changes up to {changed:,} rows")
    if uncounted:
        parts.append(f"changes rows of {listed(uncounted)}; how many is not known")
    if rewritten:
        parts.append(f"rewrites {listed(rewritten)}")
    if scanned:
        parts.append(f"reads all of {listed(scanned)}")
    if not parts and gap:
        return _not_known(question, gap, "nothing that was tried or read touches data")
    if not parts:
        return Answer(question, f"no{by_text}", is_good=True)
    if not sizes_are_known:
        parts.append("production's sizes are not known")
    is_much = bool(rewritten) or changed >= MUCH_DATA_ROWS or bool(gap)
    return Answer(question, "; ".join(parts) + _and(gap), is_good=False if is_much else None, is_known=not gap)


def _downtime(
    windows: Sequence[LockWindow], statements: Sequence[CheckedStatement], gap: str, by_text: str
) -> Answer:
    question = "How long is the downtime?"
    changed = sorted({name for item in statements for name in item.changed_tables})
    rows = f"sessions that write the rows of {listed(changed)} that it changes wait until COMMIT" if changed else ""
    if not windows and gap:
        return _not_known(question, gap, "nothing that was tried or read locks a table of production")
    if not windows and rows:
        return Answer(question, f"no table is locked, but {rows}")
    if not windows:
        return Answer(question, f"none: no table of production is locked against its users{by_text}",
                      is_good=True)
    parts = []
    for what, chosen in (
        ("readers and writers", [w for w in windows if w.mode.blocks_reads]),
        ("writers", [w for w in windows if not w.mode.blocks_reads]),
    ):
        if chosen:
            worst = max(chosen, key=lambda w: (w.seconds is None, w.seconds or 0))
            parts.append(f"{what} of {worst.relation} wait {_shown(worst)}")
    parts += filter(None, [rows])
    is_short = all(w.seconds is not None and w.seconds < 1 for w in windows) and not gap
    return Answer(question, "; ".join(parts) + _and(gap), is_good=is_short, is_known=not gap)


def _shown(window: LockWindow) -> str:
    if window.seconds is None:
        return "for a time that grows with its size (not known)"
    return "less than 0.1 s (estimated)" if window.seconds < 0.1 else f"about {window.seconds:.1f} s (estimated)"  # noqa: PLR2004


def _old_code(risk: RiskReport, statements: Sequence[CheckedStatement], gap: str, by_text: str) -> Answer:
    question = "Does the code that runs now survive it?"
    breaking = [revision for revision in risk.revisions if revision.breaks_because]
    if breaking:
        first = f"{breaking[0].revision_id} may break it ({breaking[0].breaks_because})"
        others = f", and {listed([r.revision_id for r in breaking[1:]])} may" if breaking[1:] else ""
        return Answer(question, f"perhaps not: {first}{others}{_and(gap)}", is_good=False)
    if gap:
        return _not_known(question, gap, "nothing that was tried or read removes something that it uses")
    changed = sorted({name for item in statements for name in item.changed_tables})
    if changed:
        says = f"nothing that it uses is removed, but rows of {listed(changed)} change: it reads other values{by_text}"
        return Answer(question, says)
    if all(only_adds(item.sql) for item in statements):
        return Answer(question, f"yes: it only adds{by_text}", is_good=True)
    return Answer(question, f"yes: nothing that it uses is removed{by_text}", is_good=True)
