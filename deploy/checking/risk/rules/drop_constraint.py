"""DROP CONSTRAINT (medium).

Rows that the constraint kept out may enter from now on, and putting it back fails once they are there. ON CONFLICT of
the running code needs a unique one.

Who waits: every reader and writer of the table for an instant; of a foreign key, those of the other table too.
"""

from __future__ import annotations

from collections.abc import Iterator

from deploy.checking.risk.circumstances import Circumstances
from deploy.checking.risk.danger import Danger, Rule
from deploy.checking.risk.rules.reading import known
from deploy.checking.risk.safe_forms import constraints
from deploy.checking.statements import Statement
from deploy.checking.statements.commands import DropConstraint
from deploy.model.risk import RiskLevel

# ON CONFLICT names them, or their columns.
NEEDED = frozenset({"unique", "primary", "exclude"})
# NO ACTION and RESTRICT, in the catalog's letters.
WITHOUT_CASCADE = frozenset({"a", "r"})


def check(statement: Statement, circumstances: Circumstances) -> Iterator[Danger]:
    """Rows that the constraint kept out may enter; ON CONFLICT needs a unique one."""
    for command, table in circumstances.commands(statement, DropConstraint):
        found = known.constraint(circumstances, table, command.name)
        kind = found.kind if found is not None else ""
        cascades = found is not None and kind == "foreign" and found.on_delete not in WITHOUT_CASCADE
        yield Danger(
            RiskLevel.MEDIUM,
            f"{table} loses the guard {command.name}: rows that it kept out may enter{_why(kind, cascades=cascades)}",
            breaks_older_code=not kind or kind in NEEDED or cascades,
            table=table,
            safe_form=constraints.drop_patiently(table, command.name),
        )


def _why(kind: str, *, cascades: bool) -> str:
    """What older code needs it for; that a CHECK or a foreign key kept rows out, no query can tell.

    Args:
        kind: of the constraint; empty where it is not known.
        cascades: whether it is a foreign key that deletes or empties rows by itself.
    """
    if not kind:
        return "; if it is unique, ON CONFLICT of older code needs it"
    if cascades:
        return ", and what older code deletes there leaves its rows behind"
    return ", and ON CONFLICT of older code needs it" if kind in NEEDED else ""


RULE = Rule("drop_constraint", check)
