"""A primary key of type integer or smallint (advice).

It ends at 2,147,483,647, and numbers of rows that failed or were deleted count. Changing it to bigint later rewrites
the table and every table that refers to it.

Who waits: nobody, until the numbers end.
"""

from __future__ import annotations

from collections.abc import Iterator

from deploy.checking.risk.circumstances import Circumstances
from deploy.checking.risk.danger import Danger, Rule
from deploy.checking.risk.rules.reading.columns_made import new_columns
from deploy.checking.risk.safe_forms import advice
from deploy.checking.statements import Statement, choice, nodes_of, strings, type_name
from deploy.model.risk import RiskLevel

SMALL = frozenset({"int4", "int2", "serial", "serial4", "smallserial", "serial2", "integer", "smallint"})


def check(statement: Statement, circumstances: Circumstances) -> Iterator[Danger]:  # noqa: ARG001
    """Style, where it is asked for."""
    for table, column in new_columns(statement):
        kinds = {choice(item.constraint, "contype") for item in column.constraints}
        if type_name(column) in SMALL and ("CONSTR_PRIMARY" in kinds or column.colname in _key_of(statement)):
            yield Danger(
                RiskLevel.ADVICE,
                f"{table}.{column.colname} ends at 2,147,483,647 at most: making it bigint later rewrites the table",
                table=table,
                safe_form=advice.column_of(table, column.colname, "sa.BigInteger"),
            )


def _key_of(statement: Statement) -> set[str]:
    """The columns of a table's PRIMARY KEY (...)."""
    found = nodes_of(statement, "Constraint")
    return {name for node in found if choice(node, "contype") == "CONSTR_PRIMARY" for name in strings(node.keys)}


RULE = Rule("small_primary_key", check)
