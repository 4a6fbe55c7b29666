"""RENAME of a type, function, sequence, role and the like (high).

Instant for PostgreSQL, fatal for running code that still uses the old name.

Who waits: nobody; the old code fails.
"""

from __future__ import annotations

from collections.abc import Iterator

from deploy.checking.risk.circumstances import Circumstances
from deploy.checking.risk.danger import Danger, Rule
from deploy.checking.risk.rules.reading.words import object_word
from deploy.checking.risk.safe_forms import tables
from deploy.checking.risk.safe_forms.sql_text import statement_sql
from deploy.checking.statements import Statement, choice, name_parts, relation_name
from deploy.model.risk import RiskLevel

JUDGED_ELSEWHERE = frozenset(
    {
        "OBJECT_INDEX",
        "OBJECT_TABCONSTRAINT",
        "OBJECT_TABLE",
        "OBJECT_COLUMN",
        "OBJECT_SCHEMA",
        "OBJECT_VIEW",
        "OBJECT_MATVIEW",
    }
)


def check(statement: Statement, circumstances: Circumstances) -> Iterator[Danger]:
    """Whatever has a name may be used by it."""
    if statement.kind != "rename_stmt":
        return
    table = relation_name(statement.node.relation)
    if choice(statement.node, "rename_type") in JUDGED_ELSEWHERE or (table and circumstances.is_new(table)):
        return
    word, new = object_word(statement.node, "rename_type"), statement.node.newname
    old = statement.node.subname or table or ".".join(name_parts(statement.node.object)) or "an object"
    yield Danger(
        RiskLevel.HIGH,
        f"renames the {word} {old} to {new} under running code",
        breaks_older_code=True,
        safe_form=tables.later(statement_sql(statement), f"the name {old}"),
    )


RULE = Rule("rename_object", check)
