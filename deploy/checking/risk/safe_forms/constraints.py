"""Constraints: first for new rows only, then for the old ones without blocking anybody."""

from __future__ import annotations

from typing import Any

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
from deploy.checking.risk.safe_forms.sql_text import (
    alter_sql,
    copy_of,
    expression_sql,
    quoted,
    quoted_table,
    statement_sql,
)
from deploy.checking.statements import Statement, choice, strings

_ACTIONS = {"c": "CASCADE", "n": "SET NULL", "d": "SET DEFAULT", "r": "RESTRICT"}
_SUFFIXES = {
    "CONSTR_CHECK": "check",
    "CONSTR_FOREIGN": "fkey",
    "CONSTR_UNIQUE": "key",
    "CONSTR_PRIMARY": "pkey",
    "CONSTR_EXCLUSION": "excl",
    "CONSTR_NOTNULL": "not_null",
}


def constraint_name(constraint: Any, table: str, column: str = "") -> str:
    """The name, or the one that PostgreSQL would give."""
    if constraint.conname:
        return str(constraint.conname)
    kind = choice(constraint, "contype")
    columns = [column] if column else strings(constraint.fk_attrs or constraint.keys)
    middle = [] if kind == "CONSTR_PRIMARY" else columns
    return made_name(table, "_".join(middle), _SUFFIXES.get(kind, "constraint"))


def validate(table: str, name: str) -> str:
    """Looks at every row; readers and writers go on."""
    return execute(f"ALTER TABLE {quoted_table(table)} VALIDATE CONSTRAINT {quoted(name)}")


def in_two_steps(table: str, name: str, add: str) -> str:
    """Not valid, then validated in a transaction of its own."""
    return steps(
        ("a revision: instant, binds new rows only", patiently(add)),
        (
            "the next revision, in a transaction of its own: looks at every row, and blocks nobody",
            validate(table, name),
        ),
    )


def not_valid(statement: Statement, command: Any, table: str) -> str:
    """A CHECK or a foreign key of ALTER TABLE ADD CONSTRAINT."""
    changed = copy_of(command)
    constraint = getattr(changed, "def").constraint
    constraint.conname = name = constraint_name(constraint, table)
    constraint.skip_validation, constraint.initially_valid = True, False
    return in_two_steps(table, name, add_not_valid(constraint, table) or execute(alter_sql(statement, changed)))


def add_not_valid(constraint: Any, table: str) -> str:
    """`op.create_…(postgresql_not_valid=True)`; empty where only SQL can say it."""
    kind = choice(constraint, "contype")
    if kind == "CONSTR_CHECK":
        return check_by_op(constraint.conname, table, expression_sql(constraint.raw_expr), constraint.is_no_inherit)
    return foreign_key_by_op(constraint, table) if kind == "CONSTR_FOREIGN" else ""


def check_by_op(name: str, table: str, condition: str, is_no_inherit: bool = False) -> str:
    """`op.create_check_constraint`."""
    if not condition or ":" in condition.replace("::", "") or is_no_inherit:
        return ""
    return _call(
        "op.create_check_constraint",
        text(name),
        text(bare(table)),
        text(condition),
        place(table).removeprefix(", "),
        "postgresql_not_valid=True",
    )


def foreign_key_by_op(constraint: Any, table: str) -> str:
    """`op.create_foreign_key`."""
    own, other = strings(constraint.fk_attrs), strings(constraint.pk_attrs)
    target = constraint.pktable
    if not own or not other or constraint.fk_matchtype not in {"", "s"} or constraint.fk_del_set_cols:
        return ""
    arguments = [text(constraint.conname), text(bare(table)), text(target.relname), names(own), names(other)]
    for field, keyword in (("fk_del_action", "ondelete"), ("fk_upd_action", "onupdate")):
        action = _ACTIONS.get(getattr(constraint, field))
        arguments += [f"{keyword}={text(action)}"] if action else []
    arguments += ["deferrable=True"] if constraint.deferrable else []
    arguments += ['initially="DEFERRED"'] if constraint.initdeferred else []
    arguments.append(place(table, "source_schema").removeprefix(", "))
    arguments += [f"referent_schema={text(target.schemaname)}"] if target.schemaname else []
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
            "a revision of its own: nothing else in this transaction",
            patiently(f"op.drop_constraint({text(name)}, {text(bare(table))}{place(table)})"),
        )
    )


def enforced_not_valid(statement: Statement, command: Any, table: str) -> str:
    """The same constraint, tested for new rows and then for all."""
    changed = copy_of(command)
    constraint = getattr(changed, "def").constraint
    constraint.is_enforced = True
    return not_valid(statement, changed, table)


def on_partitions(statement: Statement, command: Any, partitions: list[str]) -> str:
    """A foreign key on each partition, not valid and then validated; at last the parent's, which finds them."""
    added, validated = [], []
    for partition in partitions or ["each_partition"]:
        changed = copy_of(statement.node)
        schema, _, changed.relation.relname = partition.rpartition(".")
        changed.relation.schemaname = schema
        del changed.cmds[:]
        changed.cmds.add().alter_table_cmd.CopyFrom(command)
        constraint = getattr(changed.cmds[0].alter_table_cmd, "def").constraint
        constraint.conname = name = made_name(partition, "_".join(strings(constraint.fk_attrs)), "fkey")
        constraint.skip_validation, constraint.initially_valid = True, False
        added.append(execute(statement_sql(statement, changed)))
        validated.append(validate(partition, name))
    return steps(
        ("a revision: instant, binds new rows only", patiently(*added)),
        ("the next revision, in a transaction of its own: blocks nobody", "\n".join(validated)),
        ("the one after it: takes the partitions' keys over", patiently(execute(alter_sql(statement, command)))),
    )


def drop_named_first(table: str, name: str, others: list[str]) -> str:
    """Each foreign key by its name, in a transaction of its own; then the constraint without CASCADE."""
    titled = []
    for identity in others or ["your_foreign_key on your_table"]:
        own, _, other = identity.partition(" on ")
        drop = f"ALTER TABLE {other or quoted_table(table)} DROP CONSTRAINT {own}"
        titled.append((f"a revision of its own: {own}", patiently(execute(drop))))
    last = f"op.drop_constraint({text(name)}, {text(bare(table))}{place(table)})"
    return steps(*titled, ("the last one: fails where something was forgotten", patiently(last)))
