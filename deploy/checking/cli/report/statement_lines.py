"""Each statement with what was predicted and what was measured; only --verbose shows it."""

from __future__ import annotations

from collections import Counter

from deploy.checking.cli.report.layout import Line, heading, labelled, prose
from deploy.checking.cli.report.words import say_effects, say_place, say_rows, say_seconds, shorten
from deploy.checking.cli.report.wrapping import wrap
from deploy.model.check import CheckedStatement, CheckReport, Comparison

_STYLES = {Comparison.STRONGER: "red", Comparison.NOT_PREDICTED: "red", Comparison.WEAKER: "yellow"}


def statement_lines(report: CheckReport, width: int) -> list[Line]:
    """Two to five lines a statement, so that nothing is cut off in a narrow terminal."""
    if not report.statements:
        return []
    counts = Counter(statement.comparison for statement in report.statements)
    summary = ", ".join(f"{counts[kind]} {kind.value}" for kind in Comparison if counts[kind])
    lines = heading(f"statements: {summary}", width)
    for number, statement in enumerate(report.statements, start=1):
        lines += _statement(number, statement, width)
    return lines


def _statement(number: int, statement: CheckedStatement, width: int) -> list[Line]:
    place = say_place(statement.path, statement.line, is_short=True) or statement.revision_id
    where = f"transaction {statement.transaction}" if statement.transaction else "alone"
    style = _STYLES.get(statement.comparison, "")
    head = f"{statement.comparison.value}{_cost(statement)}: {place}, {where}"
    lines = [Line(line, style) for line in wrap(head, width, f"{number:>5}  ", " " * 7)]
    lines += prose(shorten(statement.sql, 500), width, indent=7, style="cyan")
    if statement.measured is None:
        return lines + labelled("read", say_effects(statement.predicted), width, indent=7)
    measured, predicted = say_effects(statement.measured), say_effects(statement.predicted)
    if measured == predicted:
        return lines + labelled("both", measured, width, indent=7)
    lines += labelled("seen", measured, width, indent=7)
    lines += labelled("read", predicted, width, indent=7)
    counted = say_effects(statement.effects)
    return lines if counted == measured else lines + labelled("counts", counted, width, indent=7)


def _cost(statement: CheckedStatement) -> str:
    parts = []
    if statement.seconds is not None:
        parts.append(say_seconds(statement.seconds))
    if statement.rows_touched is not None:
        parts.append(f"touches {say_rows(statement.rows_touched)}")
    return "".join(f", {part}" for part in parts)
