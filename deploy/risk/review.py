"""The file review of the guides (M3): what to look for in a migration, and where it is."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import PurePath

from deploy.model.check import CheckedStatement, ReviewLine
from deploy.risk.statements import Statement, enum_name, read_statements

CONSTRAINT_TYPES = "CONSTR_NOTNULL"


def review(statements: Sequence[CheckedStatement]) -> tuple[ReviewLine, ...]:
    """Only topics that occur, in the guides' order."""
    places: dict[str, list[str]] = {}
    for item in statements:
        for statement in read_statements(item.sql):
            for topic in _topics(statement):
                places.setdefault(topic, []).append(_place(item))
    return tuple(
        ReviewLine(topic, verdict, tuple(dict.fromkeys(places[topic])))
        for topic, verdict in VERDICTS if topic in places
    )


VERDICTS = (
    ("DROP TABLE", "loses all its data"),
    ("DROP COLUMN", "loses its values"),
    ("TRUNCATE", "loses all rows"),
    ("DELETE", "loses rows"),
    ("UPDATE", "converts data"),
    ("ALTER COLUMN TYPE", "converts data; check that every value fits"),
    ("NOT NULL", "meets existing nulls: it fails if there is one"),
    ("CREATE INDEX", "costs performance only; without CONCURRENTLY writers wait"),
    ("ADD COLUMN", "fine if nullable, or with a constant default"),
    ("CREATE TABLE", "fine"),
)


def _topics(statement: Statement) -> Iterator[str]:
    simple = {
        "create_stmt": "CREATE TABLE", "index_stmt": "CREATE INDEX", "truncate_stmt": "TRUNCATE",
        "delete_stmt": "DELETE", "update_stmt": "UPDATE",
    }
    if statement.kind in simple:
        yield simple[statement.kind]
    elif statement.kind == "drop_stmt" and enum_name(statement.node, "remove_type") == "OBJECT_TABLE":
        yield "DROP TABLE"
    elif statement.kind == "alter_table_stmt":
        for command in statement.node.cmds:
            yield from _alter_topics(command.alter_table_cmd)


def _alter_topics(command: object) -> Iterator[str]:
    by_kind: dict[str, str] = {
        "AT_DropColumn": "DROP COLUMN", "AT_AlterColumnType": "ALTER COLUMN TYPE", "AT_SetNotNull": "NOT NULL",
    }
    kind = enum_name(command, "subtype")
    if kind in by_kind:
        yield by_kind[kind]
    elif kind == "AT_AddColumn":
        yield "ADD COLUMN"
        constraints = getattr(command, "def").column_def.constraints
        if any(enum_name(item.constraint, "contype") == CONSTRAINT_TYPES for item in constraints):
            yield "NOT NULL"


def _place(item: CheckedStatement) -> str:
    name = PurePath(item.path).name if item.path else item.revision_id
    return f"{name}:{item.line}" if item.line else name
