"""DROP TABLE, SCHEMA, VIEW, TYPE and the like (requirement M1: very high; an index is medium)."""

from __future__ import annotations

from collections.abc import Iterator

from deploy.model.risk import RiskLevel
from deploy.risk.danger import Circumstances, Danger
from deploy.risk.statements import Statement, enum_name

LOSES_ROWS = {"OBJECT_TABLE", "OBJECT_SCHEMA", "OBJECT_MATVIEW", "OBJECT_SEQUENCE"}


def drop_object(statement: Statement, circumstances: Circumstances) -> Iterator[Danger]:
    """What is dropped cannot be had back without a backup."""
    if statement.kind != "drop_stmt":
        return
    removed = enum_name(statement.node, "remove_type")
    word = removed.removeprefix("OBJECT_").lower()
    if removed == "OBJECT_INDEX":
        wait = "" if statement.node.concurrent else "; without CONCURRENTLY it blocks the table's readers and writers"
        yield Danger("drop_index", RiskLevel.MEDIUM, f"drops an index: queries that use it get slow{wait}")
    elif removed == "OBJECT_TABLE" and _names(statement) <= circumstances.new_tables:
        return
    elif removed in LOSES_ROWS:
        yield Danger(f"drop_{word}", RiskLevel.VERY_HIGH, f"drops a {word} with all that is in it", True)
    else:
        yield Danger(f"drop_{word}", RiskLevel.HIGH, f"drops a {word} that running code may use", True)


def _names(statement: Statement) -> frozenset[str]:
    return frozenset(
        ".".join(item.string.sval for item in target.list.items) for target in statement.node.objects
    )
