"""TRUNCATE (very high).

All rows are gone at once, under ACCESS EXCLUSIVE. With CASCADE the tables that refer to it are emptied too, and they
are not named.

Who waits: every reader and writer of each of these tables, until COMMIT.
"""

from __future__ import annotations

from collections.abc import Iterator

from deploy.checking.risk.circumstances import Circumstances
from deploy.checking.risk.danger import Danger, Rule
from deploy.checking.risk.rules.reading import known
from deploy.checking.risk.rules.reading.words import rows_of
from deploy.checking.risk.safe_forms import rows, tables
from deploy.checking.statements import Statement, statement_sql
from deploy.checking.statements.views import Truncate
from deploy.model.risk import RiskLevel


def check(statement: Statement, circumstances: Circumstances) -> Iterator[Danger]:
    """CASCADE empties the tables that refer to it too."""
    emptied = statement.view
    if not isinstance(emptied, Truncate):
        return
    names = list(emptied.tables)
    lost = [name for name in names if not circumstances.is_new(name)]
    is_of_others = emptied.is_cascade
    if not lost and not is_of_others:
        return
    if lost and not is_of_others and all(circumstances.is_empty(name) for name in lost):
        says = f"locks {', '.join(lost)} for all other sessions; production has no row there"
        yield Danger(
            RiskLevel.MEDIUM,
            says,
            breaks_older_code=True,
            table=lost[0],
            safe_form=tables.alone(statement_sql(statement)),
        )
        return
    others = set(circumstances.effects.new_files) - set(names) if circumstances.effects else set()
    also = f" and, by CASCADE, {', '.join(sorted(others)) or 'every table that refers to it'}" if is_of_others else ""
    yield Danger(
        RiskLevel.VERY_HIGH,
        f"empties {', '.join(lost or names)}{also}",
        breaks_older_code=True,
        table=(lost or names or [""])[0],
        loses=", ".join(rows_of(circumstances, name) for name in [*(lost or names), *sorted(others)]),
        safe_form=rows.empty_in_batches(_referring_first([*(lost or names), *sorted(others)], circumstances)),
    )


def _referring_first(names: list[str], circumstances: Circumstances) -> list[str]:
    """A table before those that its foreign keys refer to."""
    left, found = list(dict.fromkeys(names)), []
    while left:
        referred = {target for name in left for target in _targets(name, circumstances) - {name}}
        found += [name for name in left if name not in referred] or left
        left = [name for name in left if name not in found]
    return found


def _targets(name: str, circumstances: Circumstances) -> set[str]:
    table = known.relation(circumstances, name)
    keys = table.foreign_keys() if hasattr(table, "foreign_keys") else []
    return {key.target.shown for key in keys if key.target is not None}


RULE = Rule("truncate", check)
