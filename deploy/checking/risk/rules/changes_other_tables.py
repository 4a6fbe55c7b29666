"""DELETE or UPDATE that reaches other tables by foreign keys (very high; high where it only looks for rows there).

ON DELETE CASCADE deletes rows of the referring tables as well, and of those that refer to them; SET NULL, SET DEFAULT
and ON UPDATE CASCADE change them. No line of the migration names these tables. PostgreSQL looks for the referring rows
once for each row that goes: without an index on the key it reads the whole table each time.

Who waits: sessions that write one of these rows, in every table that is reached, until COMMIT.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from deploy.checking.risk.cascades import CHANGES, CHECKS, DELETES, Reached, reached_by
from deploy.checking.risk.circumstances import Circumstances
from deploy.checking.risk.danger import Danger, Rule
from deploy.checking.risk.rules.reading.words import rows_of
from deploy.checking.risk.safe_forms import code
from deploy.checking.risk.words import listed
from deploy.checking.statements import Statement
from deploy.model.risk import RiskLevel

WORDS = {DELETES: "deletes rows of", CHANGES: "changes rows of"}


def check(statement: Statement, circumstances: Circumstances) -> Iterator[Danger]:
    """What goes with it, and where no index helps."""
    found = [item for item in reached_by(statement, circumstances) if not circumstances.is_empty(item.table)]
    changed = [item for item in found if item.does != CHECKS]
    slow = [item for item in found if not item.has_index]
    if changed:
        yield Danger(
            RiskLevel.VERY_HIGH, f"{_of_rows(changed)}{_of_indexes(slow)}", table=changed[0].table,
            loses=", ".join(f"up to {rows_of(circumstances, item.table)}" for item in changed),
            safe_form=_safe_form(changed),
        )
    elif slow:
        yield Danger(
            RiskLevel.HIGH, _of_indexes(slow).removeprefix("; "), table=slow[0].table, safe_form=_safe_form(slow)
        )


def _of_rows(changed: Sequence[Reached]) -> str:
    parts = []
    for does, words in WORDS.items():
        names = [item.table for item in changed if item.does == does]
        parts += [f"{words} {listed(names)}"] if names else []
    return f"by foreign keys, it also {' and '.join(parts)}, which no line here names"


def _of_indexes(slow: Sequence[Reached]) -> str:
    if not slow:
        return ""
    names = listed([item.table for item in slow])
    return f"; no index on the foreign key finds the rows of {names}: each row that goes reads all of it"


def _safe_form(found: Sequence[Reached]) -> str:
    """The referring rows first, in batches of their own."""
    names = ", ".join(item.table for item in reversed(found))
    return code.comment(
        f"first an index on each foreign key of {names}, CONCURRENTLY\n"
        f"then their rows that refer to what goes, in this order and in batches, each committed; then this statement"
    )


RULE = Rule("changes_other_tables", check)
