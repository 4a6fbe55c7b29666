"""Words that several rules use."""

from __future__ import annotations

from typing import Any

from deploy.checking.risk.circumstances import Circumstances
from deploy.checking.statements import Statement, choice, name_parts


def rows_of(circumstances: Circumstances, table: str) -> str:
    """`about 1,200,000 rows of orders`; `all rows of orders` where production is not known."""
    rows = circumstances.rows(table)
    return f"all rows of {table}" if rows is None else f"about {rows:,} rows of {table}"


def held_before(circumstances: Circumstances, table: str) -> str:
    """What a change of rows loses; empty where production has none."""
    return "" if circumstances.is_empty(table) else f"what {rows_of(circumstances, table)} held before"


def none_yet(circumstances: Circumstances, table: str) -> str:
    """`; production has no row there now`; empty where it has, or that is not known. It lowers no level."""
    return "; production has no row there now" if circumstances.is_empty(table) else ""


def object_word(node: object, field: str) -> str:
    """`materialized view`, of a field that holds the grammar's kind of object."""
    word = choice(node, field).removeprefix("OBJECT_").lower()
    return {"matview": "materialized view", "foreign_table": "foreign table", "tabconstraint": "constraint"}.get(
        word, word.replace("_", " ")
    )


def dropped_objects(statement: Statement) -> list[str]:
    """What a DROP of any kind names, `schema.name`."""
    names = [".".join(name_parts(target)).removeprefix("public.") for target in statement.node.objects]
    return [name for name in names if name]


def role_name(role: Any) -> str:
    """A role's name, or the words that stand for one: `CURRENT_USER`."""
    words = choice(role, "roletype").removeprefix("ROLESPEC_")
    return str(role.rolename) if words == "CSTRING" else words


def is_cascade(statement: Statement) -> bool:
    """Whether CASCADE is written."""
    return choice(statement.node, "behavior") == "DROP_CASCADE"
