"""Constraints: first for new rows only, then for the old ones without blocking anybody."""

from __future__ import annotations

from dataclasses import replace

from deploy.checking.risk.safe_forms.code import (
    bare,
    concurrently,
    execute,
    made_name,
    names,
    patiently,
    place,
    steps,
    text,
)
from deploy.checking.statements import Statement, quoted, quoted_table
from deploy.checking.statements.commands import AddConstraint
from deploy.checking.statements.constraints import Check, Constraint, ForeignKey, PrimaryKey
from deploy.checking.statements.rewriting import added_not_valid, alter_sql
from deploy.checking.statements.values import Relation


def constraint_name(constraint: Constraint, table: str, column: str = "") -> str:
    """The name, or the one that PostgreSQL would give."""
    if constraint.name:
        return constraint.name
    columns = [column] if column else list(constraint.columns)
    middle = [] if isinstance(constraint, PrimaryKey) else columns
    return made_name(table, "_".join(middle), constraint.label)


def validate(table: str, name: str) -> str:
    """Looks at every row; readers and writers go on."""
    return execute(f"ALTER TABLE {quoted_table(table)} VALIDATE CONSTRAINT {quoted(name)}")


def in_two_steps(table: str, name: str, add: str) -> str:
    """Not valid, then validated in its own transaction."""
    return steps(
        ("a revision: instant, binds new rows only", patiently(add)),
        (
            "the next revision, in its own transaction: looks at every row, and blocks no session",
            validate(table, name),
        ),
    )


def not_valid(statement: Statement, command: AddConstraint, table: str, *, is_enforced: bool = False) -> str:
    """A CHECK or a foreign key of ALTER TABLE ADD CONSTRAINT.

    Args:
        is_enforced: whether NOT ENFORCED goes.
    """
    name = constraint_name(command.constraint, table)
    add = add_not_valid(replace(command.constraint, name=name), table)
    return in_two_steps(
        table, name, add or execute(added_not_valid(statement, command, name, is_enforced=is_enforced))
    )


def add_not_valid(constraint: Constraint, table: str) -> str:
    """`op.create_…(postgresql_not_valid=True)`; empty where only SQL can say it."""
    if isinstance(constraint, Check):
        return check_by_op(constraint, table)
    return foreign_key_by_op(constraint, table) if isinstance(constraint, ForeignKey) else ""


def check_by_op(constraint: Check, table: str) -> str:
    """`op.create_check_constraint`."""
    condition = constraint.condition.sql if constraint.condition is not None else ""
    if not condition or ":" in condition.replace("::", "") or constraint.is_no_inherit:
        return ""
    return _call(
        "op.create_check_constraint",
        text(constraint.name),
        text(bare(table)),
        text(condition),
        place(table).removeprefix(", "),
        "postgresql_not_valid=True",
    )


def foreign_key_by_op(constraint: ForeignKey, table: str) -> str:
    """`op.create_foreign_key`."""
    own, other = list(constraint.columns), list(constraint.target_columns)
    target = constraint.target
    if not own or not other or not constraint.is_match_simple or constraint.set_columns:
        return ""
    arguments = [text(constraint.name), text(bare(table)), text(target.name), names(own), names(other)]
    for action, keyword in ((constraint.on_delete, "ondelete"), (constraint.on_update, "onupdate")):
        arguments += [f"{keyword}={text(action)}"] if action else []
    arguments += ["deferrable=True"] if constraint.is_deferrable else []
    arguments += ['initially="DEFERRED"'] if constraint.is_deferred else []
    arguments.append(place(table, "source_schema").removeprefix(", "))
    arguments += [f"referent_schema={text(target.schema)}"] if target.schema else []
    return _call("op.create_foreign_key", *arguments, "postgresql_not_valid=True")


def _call(function: str, *arguments: str) -> str:
    given = [argument for argument in arguments if argument]
    short = f"{function}({', '.join(given)})"
    if len(short) <= 96:  # noqa: PLR2004 - a line
        return short
    return f"{function}(\n" + "".join(f"    {argument},\n" for argument in given) + ")"


def using_index(table: str, name: str, columns: list[str], deferrable: str = "") -> str:
    """UNIQUE over an index that was built while the table was written to."""
    index = _call(
        "op.create_index",
        text(name),
        text(bare(table)),
        names(columns),
        "unique=True",
        place(table).removeprefix(", "),
        "postgresql_concurrently=True",
    )
    schema = table.rpartition(".")[0]
    left_over = quoted_table(f"{schema}.{name}" if schema else name)
    add = (
        f"ALTER TABLE {quoted_table(table)} ADD CONSTRAINT {quoted(name)} UNIQUE USING INDEX {quoted(name)}{deferrable}"
    )
    return steps(
        (
            "a revision: the index, while the table is written to; fails on duplicates",
            concurrently(execute(f"DROP INDEX CONCURRENTLY IF EXISTS {left_over}"), index),
        ),
        ("the next revision: takes the index over, instant", patiently(execute(add))),
    )


def drop_patiently(table: str, name: str) -> str:
    """The constraint alone in its transaction, with a lock_timeout."""
    return steps(
        (
            "a separate revision: nothing else in this transaction",
            patiently(f"op.drop_constraint({text(name)}, {text(bare(table))}{place(table)})"),
        )
    )


def on_partitions(statement: Statement, command: AddConstraint, partitions: list[str]) -> str:
    """A foreign key on each partition, not valid and then validated; at last the parent's, which finds them."""
    added, validated = [], []
    for partition in partitions or ["each_partition"]:
        schema, _, own = partition.rpartition(".")
        name = made_name(partition, "_".join(command.constraint.columns), "fkey")
        added.append(execute(added_not_valid(statement, command, name, Relation(own, schema))))
        validated.append(validate(partition, name))
    return steps(
        ("a revision: instant, binds new rows only", patiently(*added)),
        ("the next revision, in its own transaction: blocks no session", "\n".join(validated)),
        ("the one after it: takes the partitions' keys over", patiently(execute(alter_sql(statement, command)))),
    )


def drop_named_first(table: str, name: str, others: list[str]) -> str:
    """Each foreign key by its name, in its own transaction; then the constraint without CASCADE."""
    titled = []
    for identity in others or ["your_foreign_key on your_table"]:
        own, _, other = identity.partition(" on ")
        drop = f"ALTER TABLE {other or quoted_table(table)} DROP CONSTRAINT {own}"
        titled.append((f"a separate revision: {own}", patiently(execute(drop))))
    last = f"op.drop_constraint({text(name)}, {text(bare(table))}{place(table)})"
    return steps(*titled, ("the last one: fails where something was forgotten", patiently(last)))
