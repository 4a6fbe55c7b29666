"""Which lock is held from which statement to COMMIT, as bars of text; for the terminal and for Markdown."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby

from deploy.checking.cli.report.words import count, say_hold, say_seconds, shorten
from deploy.checking.cli.report.wrapping import wrap
from deploy.model.check import CheckReport, LockWindow

LEGEND = "= lock held, # held while long work runs, | COMMIT"
BAR_COLUMNS = 20
A_MOMENT_SECONDS = 1
WORK_SHOWN = 3


def time_line(report: CheckReport, width: int, *, is_verbose: bool = False) -> list[str]:
    """A bar for each lock, one column a statement, grouped by transaction.

    The short view leaves out locks that no reader or writer of rows waits for, and those of a moment.
    """
    shown = tuple(window for window in report.windows if is_verbose or _is_worth_showing(window))
    lines: list[str] = []
    for transaction, windows in groupby(shown, key=lambda window: window.transaction):
        members = _members(report, transaction)
        lines += wrap(_title(report, transaction, members), width, "  ", "    ")
        for window in windows:
            lines += _window(report, window, members, width)
    left_out = len(report.windows) - len(shown)
    if lines and left_out:
        more = count(left_out, "weaker or shorter lock")
        lines += wrap(f"{more} left out; --verbose shows them", width, "  ", "    ")
    return lines


def _is_worth_showing(window: LockWindow) -> bool:
    is_long = bool(window.work) or window.seconds is None or window.seconds >= A_MOMENT_SECONDS
    return window.mode.blocks_writes and is_long


def _members(report: CheckReport, transaction: int) -> tuple[int, ...]:
    """The transaction's statements by position; none where each stands alone."""
    if not transaction:
        return ()
    return tuple(p for p, statement in enumerate(report.statements) if statement.transaction == transaction)


def _title(report: CheckReport, transaction: int, members: Sequence[int]) -> str:
    if not transaction:
        return "outside a transaction, each statement alone"
    revisions = list(dict.fromkeys(report.statements[p].revision_id for p in members))
    known = [report.statements[p].seconds for p in members]
    seconds = [s for s in known if s is not None]
    took = f", {say_seconds(sum(seconds))}" if seconds and len(seconds) == len(known) else ""
    name = f"revision{'s' if len(revisions) > 1 else ''} {', '.join(revisions)}"
    return f"transaction {transaction}, {name}, {count(len(members), 'statement')}{took}"


def _window(report: CheckReport, window: LockWindow, members: Sequence[int], width: int) -> list[str]:
    held = members or tuple(range(window.first, window.last + 1))
    cells = min(len(held), BAR_COLUMNS)
    bar = f"    {_bar(window, held)}|".ljust(min(max(cells, 4), BAR_COLUMNS) + 7)
    statement = report.statements[window.first]
    where = _where(report, window.first)
    span = f"from {where} to COMMIT" if members else f"in {statement.revision_id}, {where}"
    text = f"{window.mode.label} on {window.relation} {span}; {say_hold(window.seconds)}"
    lines = wrap(f"{text}; {window.mode.who_waits}", width, bar, " " * len(bar))
    for position in window.work[:WORK_SHOWN]:
        lines += wrap(f"meanwhile {_work(report, position)}", width, " " * len(bar), " " * (len(bar) + 2))
    if len(window.work) > WORK_SHOWN:
        lines.append(" " * len(bar) + f"and {len(window.work) - WORK_SHOWN} more")
    return lines


def _bar(window: LockWindow, held: Sequence[int]) -> str:
    cells = min(len(held), BAR_COLUMNS)
    bar = ""
    for cell in range(cells):
        positions = held[cell * len(held) // cells : (cell + 1) * len(held) // cells]
        if any(position in window.work for position in positions):
            bar += "#"
        else:
            bar += "=" if any(window.first <= position <= window.last for position in positions) else "."
    return bar


def _work(report: CheckReport, position: int) -> str:
    statement = report.statements[position]
    took = "not known how long" if statement.seconds is None else say_seconds(statement.seconds)
    return f"{_where(report, position)} {shorten(statement.sql, 60)} ({took})"


def _where(report: CheckReport, position: int) -> str:
    """`line 31`; the transaction's title names the revision."""
    line = report.statements[position].line
    return f"line {line}" if line else f"statement {position + 1}"
