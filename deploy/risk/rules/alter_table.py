"""ALTER TABLE, one subcommand at a time (locks and rewrites measured on PostgreSQL 11 to 18)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from deploy.model.risk import RiskLevel
from deploy.risk.danger import Circumstances, Danger
from deploy.risk.statements import Statement, enum_name, relation_name

HARMLESS = {
    "AT_ColumnDefault", "AT_DropNotNull", "AT_SetStatistics", "AT_SetOptions", "AT_ResetOptions", "AT_SetStorage",
    "AT_SetCompression", "AT_SetRelOptions", "AT_ResetRelOptions", "AT_ReplicaIdentity", "AT_ClusterOn",
}


def alter_table(statement: Statement, circumstances: Circumstances) -> Iterator[Danger]:
    """Judge every subcommand; an unknown one counts as high."""
    if statement.kind != "alter_table_stmt" or enum_name(statement.node, "objtype") == "OBJECT_INDEX":
        return
    table = relation_name(statement.node.relation)
    if table in circumstances.new_tables:
        return
    for command in statement.node.cmds:
        yield from _judge(command.alter_table_cmd, table)


def _judge(command: Any, table: str) -> Iterator[Danger]:
    kind = enum_name(command, "subtype")
    column = f"{table}.{command.name}"
    if kind == "AT_AddColumn":
        yield from _add_column(getattr(command, "def").column_def, table)
    elif kind == "AT_DropColumn":
        yield Danger("drop_column", RiskLevel.VERY_HIGH, f"drops {column} with its data", True)
    elif kind == "AT_AlterColumnType":
        yield Danger(
            "alter_column_type", RiskLevel.HIGH, f"changes the type of {column}: a rewrite under an exclusive lock "
            "unless the types are compatible", True,
        )
    elif kind == "AT_SetNotNull":
        yield Danger(
            "set_not_null", RiskLevel.HIGH, f"{column} becomes NOT NULL: fails on existing nulls, scans the table "
            "unless a validated CHECK proves it", True,
        )
    elif kind == "AT_AddConstraint":
        yield from _add_constraint(getattr(command, "def").constraint, table)
    elif kind == "AT_ValidateConstraint":
        yield Danger("validate_constraint", RiskLevel.MEDIUM, f"validates {command.name} by scanning {table}")
    elif kind == "AT_DropConstraint":
        yield Danger("drop_constraint", RiskLevel.MEDIUM, f"{table} loses the guard {command.name}")
    elif kind not in HARMLESS:
        word = kind.removeprefix("AT_")
        yield Danger("unknown_alter_table", RiskLevel.HIGH, f"{word} on {table} is not judged: counts as high", True)


def _add_column(column: Any, table: str) -> Iterator[Danger]:
    kinds = {enum_name(item.constraint, "contype") for item in column.constraints}
    name = f"{table}.{column.colname}"
    if "CONSTR_NOTNULL" in kinds and not kinds & {"CONSTR_DEFAULT", "CONSTR_IDENTITY", "CONSTR_GENERATED"}:
        yield Danger(
            "add_not_null_column_without_default", RiskLevel.HIGH,
            f"{name} is NOT NULL without a default: fails if {table} has rows, and older code cannot insert", True,
        )
    elif kinds & {"CONSTR_IDENTITY", "CONSTR_GENERATED"}:
        yield Danger("add_generated_column", RiskLevel.HIGH, f"{name} rewrites {table} under an exclusive lock")
    elif kinds & {"CONSTR_CHECK", "CONSTR_UNIQUE", "CONSTR_PRIMARY", "CONSTR_FOREIGN"}:
        yield Danger(
            "add_constrained_column", RiskLevel.MEDIUM, f"{name} brings a constraint that is checked under a lock"
        )
    elif "CONSTR_DEFAULT" in kinds and _has_call(column):
        yield Danger(
            "add_column_computed_default", RiskLevel.MEDIUM,
            f"{name} has a computed default: a volatile one rewrites {table}",
        )


def _has_call(column: Any) -> bool:
    return any(item.constraint.raw_expr.WhichOneof("node") == "func_call" for item in column.constraints)


def _add_constraint(constraint: Any, table: str) -> Iterator[Danger]:
    kind = enum_name(constraint, "contype").removeprefix("CONSTR_").lower()
    name = constraint.conname or kind
    if constraint.skip_validation:
        yield Danger(
            "add_constraint_not_valid", RiskLevel.LOW, f"{name} on {table} binds new rows only until it is validated",
            True,
        )
    elif constraint.indexname:
        yield Danger("add_constraint_using_index", RiskLevel.MEDIUM, f"{name} on {table} takes over an index", True)
    else:
        yield Danger(
            "add_constraint", RiskLevel.MEDIUM,
            f"{name} on {table} is checked against every row while writers wait; fails on rows that violate it", True,
        )
