"""Statements written again with something changed: as SQL, whatever the parser holds."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import postgast

from deploy.checking.statements import constraints
from deploy.checking.statements.commands import AlterCommand
from deploy.checking.statements.deparsing import copy_of, quoted_table
from deploy.checking.statements.nodes import choice, relation_name
from deploy.checking.statements.statement import Statement
from deploy.checking.statements.values import Relation

# The deparser ends the whole process where the string of one of these is empty: ALTER TYPE t ADD VALUE ''.
_FRAGILE = frozenset({
    "alter_enum_stmt", "alter_subscription_stmt", "create_conversion_stmt", "load_stmt", "transaction_stmt",
})
_CONTYPES: Mapping[type[constraints.Constraint], str] = {
    constraints.Check: "CONSTR_CHECK",
    constraints.ForeignKey: "CONSTR_FOREIGN",
    constraints.NotNull: "CONSTR_NOTNULL",
    constraints.Unique: "CONSTR_UNIQUE",
    constraints.PrimaryKey: "CONSTR_PRIMARY",
    constraints.Default: "CONSTR_DEFAULT",
}


def statement_sql(statement: Statement, node: Any = None) -> str:
    """The statement, or a changed copy of its node; the text that was given where it cannot be written."""
    if statement.kind in _FRAGILE:
        return statement.text
    try:
        parsed = postgast.parse("SELECT 1")
        getattr(parsed.stmts[0].stmt, statement.kind).CopyFrom(statement.node if node is None else node)
        return str(postgast.deparse(parsed))
    except Exception:  # noqa: BLE001 - advice that cannot be written must not end the check
        return statement.text


def alter_sql(statement: Statement, command: AlterCommand) -> str:
    """ALTER TABLE with this subcommand only."""
    return _altered(statement, command, lambda _: None)


def without_constraints(statement: Statement, command: AlterCommand, *kinds: type[constraints.Constraint]) -> str:
    """The same ADD COLUMN alone, without what stands beside it of these kinds."""
    unwanted = {_CONTYPES[kind] for kind in kinds}

    def change(changed: Any) -> None:
        column = getattr(changed, "def").column_def
        kept = [copy_of(item) for item in column.constraints if choice(item.constraint, "contype") not in unwanted]
        del column.constraints[:]
        column.constraints.extend(kept)

    return _altered(statement, command, change)


def without_if_not_exists(statement: Statement, command: AlterCommand) -> str:
    """The same ADD COLUMN alone, which fails where the column is there already."""

    def change(changed: Any) -> None:
        changed.missing_ok = False

    return _altered(statement, command, change)


def added_not_valid(
    statement: Statement, command: AlterCommand, name: str, table: Relation | None = None, *, is_enforced: bool = False
) -> str:
    """The same ADD CONSTRAINT alone, NOT VALID.

    Args:
        name: that the constraint gets.
        table: another one that gets it; the statement's own where it is None.
        is_enforced: whether NOT ENFORCED goes.
    """

    def change(changed: Any) -> None:
        constraint = getattr(changed, "def").constraint
        constraint.conname, constraint.skip_validation, constraint.initially_valid = name, True, False
        constraint.is_enforced = constraint.is_enforced or is_enforced

    return _altered(statement, command, change, table)


def _altered(
    statement: Statement, command: AlterCommand, change: Callable[[Any], None], table: Relation | None = None
) -> str:
    node = copy_of(statement.node)
    wanted = node.cmds.pop(command.position)
    del node.cmds[:]
    change(wanted.alter_table_cmd)
    node.cmds.append(wanted)
    if table is not None:
        node.relation.schemaname, node.relation.relname = table.schema, table.name
    return statement_sql(statement, node)


def joined(statements: list[Statement]) -> str:
    """One ALTER TABLE with the subcommands of several, which alter one table."""
    node = copy_of(statements[0].node)
    for statement in statements[1:]:
        node.cmds.extend(statement.node.cmds)
    return statement_sql(statements[0], node)


def altered_beside(statement: Statement, name: str, constraint_name: Callable[[str], str]) -> str:
    """The same ALTER TABLE of another table in the same schema.

    Args:
        name: of that table.
        constraint_name: makes the name of an added constraint there: its index needs a name of its own.
    """
    changed = copy_of(statement.node)
    changed.relation.relname = name
    for command in changed.cmds:
        constraint = getattr(command.alter_table_cmd, "def").constraint
        if constraint.conname:
            constraint.conname = constraint_name(constraint.conname)
    return statement_sql(statement, changed)


def restricted(statement: Statement) -> str:
    """The same without CASCADE."""
    changed = copy_of(statement.node)
    for node in [changed] if statement.kind != "alter_table_stmt" else [cmd.alter_table_cmd for cmd in changed.cmds]:
        field = node.DESCRIPTOR.fields_by_name.get("behavior")
        if field is None:
            return statement.text  # a DO block, a DROP OWNED: what cascades is said inside
        node.behavior = field.enum_type.values_by_name["DROP_RESTRICT"].number
    return statement_sql(statement, changed)


def index_concurrently(statement: Statement, name: str, table: Relation | None = None) -> str:
    """The same CREATE INDEX under this name, CONCURRENTLY and without IF NOT EXISTS.

    Args:
        table: another one that gets it; the statement's own where it is None.
    """
    changed = copy_of(statement.node)
    changed.idxname, changed.concurrent, changed.if_not_exists = name, True, False
    if table is not None:
        changed.relation.schemaname, changed.relation.relname = table.schema, table.name
    return statement_sql(statement, changed)


def index_of_parent_only(statement: Statement, name: str) -> str:
    """The same CREATE INDEX under this name on the partitioned table alone: ONLY, without CONCURRENTLY."""
    changed = copy_of(statement.node)
    changed.idxname, changed.concurrent, changed.if_not_exists, changed.relation.inh = name, False, False, False
    return statement_sql(statement, changed)


def index_of_first_columns(statement: Statement, most: int) -> str:
    """The same CREATE INDEX over its first columns, CONCURRENTLY."""
    changed = copy_of(statement.node)
    del changed.index_params[most:]
    changed.concurrent = True
    return statement_sql(statement, changed)


def without_foreign_keys(statement: Statement) -> str:
    """The same CREATE TABLE without its foreign keys, those beside a column too."""
    changed = copy_of(statement.node)
    kept = [copy_of(element) for element in changed.table_elts if not _is_foreign_key(element)]
    for element in kept:
        own = [copy_of(item) for item in element.column_def.constraints if not _is_foreign_key(item)]
        if element.WhichOneof("node") == "column_def":
            del element.column_def.constraints[:]
            element.column_def.constraints.extend(own)
    del changed.table_elts[:]
    changed.table_elts.extend(kept)
    return statement_sql(statement, changed)


def _is_foreign_key(node: Any) -> bool:
    return node.WhichOneof("node") == "constraint" and choice(node.constraint, "contype") == "CONSTR_FOREIGN"


def without_rows(statement: Statement) -> str:
    """The same CREATE TABLE AS, SELECT INTO or CREATE MATERIALIZED VIEW WITH NO DATA."""
    changed = copy_of(statement.node)
    if statement.kind == "select_stmt":
        name = quoted_table(relation_name(changed.into_clause.rel))
        changed.ClearField("into_clause")
        return f"CREATE TABLE {name} AS {statement_sql(statement, changed)} WITH NO DATA"
    changed.into.skip_data = True
    return statement_sql(statement, changed)


def domain_not_valid(statement: Statement, name: str) -> str:
    """The same ALTER DOMAIN ADD CONSTRAINT under this name, NOT VALID."""
    changed = copy_of(statement.node)
    constraint = getattr(changed, "def").constraint
    constraint.conname, constraint.skip_validation, constraint.initially_valid = name, True, False
    return statement_sql(statement, changed)


def function_beside(statement: Statement, suffix: str) -> str:
    """The same CREATE FUNCTION under a longer name, without OR REPLACE."""
    changed = copy_of(statement.node)
    changed.replace = False
    changed.funcname[-1].string.sval += suffix
    return statement_sql(statement, changed)
