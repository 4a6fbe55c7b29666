"""What goes unnamed, dropped by its name."""

from __future__ import annotations

from collections.abc import Sequence

from deploy.checking.risk.safe_forms.code import execute, patiently, steps
from deploy.model.effects import Drop


def drop_sqls(dropped: Sequence[Drop]) -> list[str]:
    """Each of them dropped by its name."""
    found = []
    for drop in dropped:
        name = drop.identity.rpartition(".")[2]
        if drop.kind == "table column":
            found.append(f"ALTER TABLE {drop.identity.rpartition('.')[0]} DROP COLUMN {name}")
        elif drop.kind == "table constraint":
            constraint, _, table = drop.identity.partition(" on ")
            found.append(f"ALTER TABLE {table} DROP CONSTRAINT {constraint}")
        elif drop.kind == "default value":
            column = drop.identity.removeprefix("for ")
            found.append(
                f"ALTER TABLE {column.rpartition('.')[0]} ALTER COLUMN {column.rpartition('.')[2]} DROP DEFAULT"
            )
        else:
            trigger, _, table = drop.identity.partition(" on ")
            found.append(
                f"DROP {drop.kind.upper()} {trigger} ON {table}" if table else f"DROP {drop.kind.upper()} {trigger}"
            )
    return found


def named_drops(sqls: Sequence[str], last: str) -> str:
    """Each thing by its name, so that the migration tells what goes, and fails where something was forgotten.

    Args:
        sqls: what goes unnamed.
        last: the statement itself, without CASCADE.
    """
    return steps(
        (
            "one revision for each, in the release that no longer uses it",
            patiently(*(execute(sql) for sql in dict.fromkeys(sqls))),
        ),
        ("the last one: fails where something was forgotten", patiently(execute(last))),
    )
