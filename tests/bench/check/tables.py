"""The bench's tables, as plain text at most 120 columns wide."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping, Sequence

from tests.bench.check.fixture import KEYS, Agreement
from tests.bench.check.fixture_peers import ASKED
from tests.bench.check.histories import History, Score
from tests.bench.check.scores import LABELS, Tally
from tests.bench.check.speed import Speed
from tests.bench.check.targets import Target

SHORT_KEYS = {
    "locks": "locks", "index_locks": "on indexes", "other_relation_locks": "on others", "rewrites": "rewrites",
    "scans": "scans", "builds_indexes": "builds", "validates_foreign_key": "FK checks", "new_files": "files",
    "drops": "drops", "error": "errors",
}


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Columns as wide as they must be; the first one to the left, the others to the right."""
    lines = [list(head), *map(list, rows)]
    widths = [max(len(line[column]) for line in lines) for column in range(len(head))]
    return "\n".join(
        "  ".join(
            cell.ljust(width) if column == 0 else cell.rjust(width)
            for column, (cell, width) in enumerate(zip(line, widths, strict=True))
        ).rstrip()
        for line in lines
    )


def agreement_table(found: Mapping[str, Agreement]) -> str:
    """Shapes that agree, by key; `apart` counts those on which the fixture is known to be wrong."""
    head = ["", "shapes", *SHORT_KEYS.values(), "apart", "seconds"]
    rows = [
        [
            name, str(len(item.differing)), *(str(item.agreed(key)) for key in KEYS), str(item.contradictions),
            f"{item.seconds:.1f}",
        ]
        for name, item in found.items()
    ]
    return table(head, rows)


def shape_table(found: Mapping[str, Mapping[str, Tally]]) -> str:
    """Precision and recall of block and rewrite on the fixture's shapes, by tool."""
    return table(["", *ASKED], [[name, *(pair(tallies[label]) for label in ASKED)] for name, tallies in found.items()])


def score_table(scores: Mapping[str, Score], *, is_of_revisions: bool = False) -> str:
    """Precision and recall by tool."""
    rows = []
    for name, score in scores.items():
        tallies = score.revisions if is_of_revisions else score.statements
        rows.append([
            name, *(pair(tallies[label]) for label in LABELS), pair(score.gate), pair(score.default), pair(score.found),
            str(len(score.silent)), f"{score.seconds:.2f}",
        ])
    return table(["", *LABELS, "gate", "default", "found", "silent", "seconds"], rows)


def count_table(histories: Iterable[History]) -> str:
    """What the truth holds."""
    rows = [
        [item.name, str(item.revisions), str(item.statements), *(str(item.counts[label]) for label in LABELS)]
        for item in histories
    ]
    return table(["", "revisions", "statements", *LABELS], rows)


def speed_table(speed: Speed) -> str:
    """Medians, and the load just after: wall time on a busy machine says more of the machine."""
    rows = [
        ["one pending revision, scratch server's start included", f"{speed.one:.2f} s", ""],
        ["500 revisions, the project's own upgrade", f"{speed.own:.2f} s", ""],
        ["500 revisions measured", f"{speed.many:.2f} s", f"{speed.many / speed.own:.1f} x own upgrade"],
        ["500 revisions, squawk on the same files", f"{speed.squawk:.3f} s", ""],
    ]
    if speed.text is not None:
        rows.append(["500 revisions parsed, from the project", f"{speed.text:.2f} s", ""])
    if speed.sql is not None:
        times = f"{speed.sql / speed.squawk:.0f} x squawk"
        rows.append(["500 revisions parsed, from SQL files", f"{speed.sql:.2f} s", times])
    load = f"load {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores"
    return table([f"medians of {speed.runs}, {load}", "seconds", "ratio"], rows)


def target_lines(targets: Iterable[Target]) -> str:
    """Each target, met or missed."""
    return "\n".join(f"{'met   ' if target.is_met else 'MISSED'}  {target.line}" for target in targets)


def pair(tally: Tally) -> str:
    """`0.99/1.00`: precision and recall, rounded down, so that 1.000 means all; `-` where there is none."""
    return "/".join("-" if value is None else f"{int(value * 1000) / 1000:.3f}" for value in (tally.precision, tally.recall))
