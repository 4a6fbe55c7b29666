"""DROP CONSTRAINT (medium).

Rows that the constraint kept out may enter from now on, and putting it back fails once they are there. ON CONFLICT of
the running code needs a unique one.

Who waits: every reader and writer of the table for an instant; of a foreign key, those of the other table too.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from deploy.checking.risk.circumstances import Circumstances
from deploy.checking.risk.danger import Danger, Rule
from deploy.checking.risk.rules.reading import known
from deploy.checking.risk.safe_forms import constraints
from deploy.checking.statements import Statement
from deploy.checking.statements.commands import DropConstraint
from deploy.model.risk import RiskLevel

# ON CONFLICT names them, or their columns.
NEEDED = frozenset({"unique", "primary", "exclude"})


def check(statement: Statement, circumstances: Circumstances) -> Iterator[Danger]:
    """Rows that the constraint kept out may enter; ON CONFLICT needs a unique one."""
    for command, table in circumstances.commands(statement, DropConstraint):
        found = known.constraint(circumstances, table, command.name)
        is_needed = found is None or found.kind in NEEDED or _cascades(found)
        yield Danger(
            RiskLevel.MEDIUM,
            f"{table} loses the guard {command.name}: rows that it kept out may enter{_why(found)}",
            breaks_older_code=is_needed,
            table=table,
            safe_form=constraints.drop_patiently(table, command.name),
        )


def _why(found: Any) -> str:
    """What older code needs it for; that a CHECK or a foreign key kept rows out, no query can tell."""
    if found is None:
        return "; if it is unique, ON CONFLICT of older code needs it"
    if _cascades(found):
        return ", and what older code deletes there leaves its rows behind"
    return ", and ON CONFLICT of older code needs it" if found.kind in NEEDED else ""


def _cascades(found: Any) -> bool:
    """A foreign key that deletes or empties rows by itself (`a`, `r`: NO ACTION, RESTRICT)."""
    return bool(found.kind == "foreign" and found.on_delete not in {"a", "r"})


RULE = Rule("drop_constraint", check)
