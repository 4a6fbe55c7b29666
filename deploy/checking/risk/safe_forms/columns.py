"""Columns that are added empty and filled afterwards, and columns that go."""

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
from deploy.checking.risk.safe_forms.constraints import add_not_valid, constraint_name, validate
from deploy.checking.risk.safe_forms.not_null import not_null_steps
from deploy.checking.risk.safe_forms.rows import fill_in_batches
from deploy.checking.statements import Statement, quoted, quoted_table
from deploy.checking.statements.commands import AddColumn
from deploy.checking.statements.constraints import (
    Check,
    Column,
    Default,
    ForeignKey,
    Identity,
    NotNull,
    PrimaryKey,
    Unique,
)
from deploy.checking.statements.rewriting import without_constraints, without_if_not_exists

SERIAL_TYPES = {
    "serial": "integer",
    "serial4": "integer",
    "bigserial": "bigint",
    "serial8": "bigint",
    "smallserial": "smallint",
    "serial2": "smallint",
}


def column_type(column: Column) -> str:
    """The type as SQL; serial is the integer that it stands for."""
    written = column.column_type.sql
    return SERIAL_TYPES.get(written.lower(), written) or "text"


def is_not_null(column: Column) -> bool:
    """Whether it may not be NULL: said beside it, or because it is serial or an identity."""
    return column.is_serial or column.has(NotNull, PrimaryKey, Identity)


def default_afterwards(statement: Statement, command: AddColumn, table: str, server_major: int) -> str:
    """Nullable column, default for new rows, old rows in batches, NOT NULL at last."""
    column = command.column
    default = column.default.sql if column.default is not None else ""
    add = execute(without_constraints(statement, command, Default, NotNull))
    set_default = execute(
        f"ALTER TABLE {quoted_table(table)} ALTER COLUMN {quoted(column.name)} SET DEFAULT {default}"
    )
    return _filled(table, column, patiently(add, set_default), default, server_major)


def _filled(table: str, column: Column, add: str, value: str, server_major: int) -> str:
    name = quoted(column.name)
    last = not_null_steps(table, column.name, server_major) if is_not_null(column) else []
    return steps(
        ("a revision: instant, new rows get their value", add),
        (
            "the next revision: the rows that were there before, each batch committed",
            fill_in_batches(table, f"{name} = {value}", f"{name} IS NULL"),
        ),
        *last,
    )


def sequence_afterwards(table: str, column: Column, server_major: int) -> str:
    """What serial and identity stand for, without their rewrite."""
    name, sequence = quoted(column.name), made_name(table, column.name, "seq")
    schema = table.rpartition(".")[0]
    own = quoted_table(f"{schema}.{sequence}" if schema else sequence)
    value = f"nextval('{own}')"
    add = patiently(
        execute(f"CREATE SEQUENCE {own}"),
        execute(f"ALTER TABLE {quoted_table(table)} ADD COLUMN {name} {column_type(column)}"),
        execute(f"ALTER SEQUENCE {own} OWNED BY {quoted_table(table)}.{name}"),
        execute(f"ALTER TABLE {quoted_table(table)} ALTER COLUMN {name} SET DEFAULT {value}"),
    )
    return _filled(table, column, add, value, server_major)


def nullable_first(statement: Statement, command: AddColumn, table: str, server_major: int) -> str:
    """NOT NULL once every row has a value and every release writes one."""
    column = command.column
    name = quoted(column.name)
    return steps(
        (
            "a revision: nullable, instant",
            patiently(execute(without_constraints(statement, command, NotNull, PrimaryKey))),
        ),
        (
            "then a release that writes the column; after it the old rows, with the value that they are to have",
            fill_in_batches(table, f"{name} = 'your value'::{column_type(column)}", f"{name} IS NULL"),
        ),
        *not_null_steps(table, column.name, server_major),
    )


def kept_by_trigger(table: str, column: Column) -> str:
    """A plain column that a trigger fills, instead of GENERATED … STORED."""
    name, function = quoted(column.name), quoted(made_name(table, column.name, "set"))
    generated = column.generated
    expression, of_row = (generated.sql, generated.of_new_row) if generated is not None else ("", "")
    body = (
        f"CREATE FUNCTION {function}() RETURNS trigger LANGUAGE plpgsql AS "
        f"$$ BEGIN NEW.{name} := {of_row}; RETURN NEW; END $$"
    )
    trigger = (
        f"CREATE TRIGGER {function} BEFORE INSERT OR UPDATE ON {quoted_table(table)} "
        f"FOR EACH ROW EXECUTE FUNCTION {function}()"
    )
    add = f"ALTER TABLE {quoted_table(table)} ADD COLUMN {name} {column_type(column)}"
    return steps(
        (
            "a revision: a plain column, and a trigger that fills it",
            patiently(execute(add), execute(body), execute(trigger)),
        ),
        (
            "the next revision: the rows that were there before, each batch committed",
            fill_in_batches(table, f"{name} = {expression}", f"{name} IS DISTINCT FROM ({expression})"),
        ),
    )


def checked_afterwards(statement: Statement, command: AddColumn, table: str) -> str:
    """The column first; its CHECK or foreign key not valid, then validated."""
    column, kinds = command.column, (Check, ForeignKey)
    alone = without_constraints(statement, command, *kinds)
    titled = [("a revision: the column alone, instant", patiently(execute(alone)))]
    for item in column.constraints:
        if not isinstance(item, kinds):
            continue
        name = constraint_name(item, table, column.name)
        columns = (column.name,) if isinstance(item, ForeignKey) else ()
        constraint = replace(item, name=name, columns=columns)
        add = add_not_valid(constraint, table) or execute(_add_sql(table, constraint, column.name))
        titled += [
            ("the next revision: instant, binds new rows only", patiently(add)),
            ("the one after it, in its own transaction: blocks no session", validate(table, name)),
        ]
    return steps(*titled)


def _add_sql(table: str, constraint: Check | ForeignKey, column_name: str) -> str:
    start = f"ALTER TABLE {quoted_table(table)} ADD CONSTRAINT {quoted(constraint.name)}"
    if isinstance(constraint, Check):
        condition = constraint.condition.sql if constraint.condition is not None else ""
        return f"{start} CHECK ({condition}) NOT VALID"
    target = constraint.target
    other = quoted_table(f"{target.schema}.{target.name}" if target.schema else target.name)
    return f"{start} FOREIGN KEY ({quoted(column_name)}) REFERENCES {other} NOT VALID"


def unique_afterwards(statement: Statement, command: AddColumn, table: str) -> str:
    """The column first; its unique index while the table is written to."""
    column = command.column
    name = made_name(table, column.name, "key")
    index = (
        f"op.create_index({text(name)}, {text(bare(table))}, {names([column.name])}, unique=True{place(table)}, "
        "postgresql_concurrently=True)"
    )
    add = f"ALTER TABLE {quoted_table(table)} ADD CONSTRAINT {quoted(name)} UNIQUE USING INDEX {quoted(name)}"
    return steps(
        (
            "a revision: the column alone, instant",
            patiently(execute(without_constraints(statement, command, Unique, PrimaryKey))),
        ),
        ("the next revision: the index", concurrently(index)),
        ("the one after it: takes the index over, instant", patiently(execute(add))),
    )


def check_of_domain(command: AddColumn, table: str, base: str) -> str:
    """The domain's base type, and a CHECK of the table that asks the domain: a cast tests its conditions."""
    column = command.column
    name = made_name(table, column.name, "check")
    own, domain = quoted(column.name), column.column_type.sql
    condition = f"{own} IS NOT DISTINCT FROM {own}::{domain}"
    add = f"ALTER TABLE {quoted_table(table)} ADD COLUMN {own} {base}"
    check = f"ALTER TABLE {quoted_table(table)} ADD CONSTRAINT {quoted(name)} CHECK ({condition}) NOT VALID"
    return steps(
        (
            "a revision: the domain's base type, instant, and the domain's condition for new rows",
            patiently(execute(add), execute(check)),
        ),
        ("the next revision, in its own transaction: blocks no session", validate(table, name)),
    )


def drop_in_two_releases(table: str, column_name: str) -> str:
    """First nobody uses it, then it goes."""
    drop = f"op.drop_column({text(bare(table))}, {text(column_name)}{place(table)})"
    nullable = f"op.alter_column({text(bare(table))}, {text(column_name)}, nullable=True{place(table)})"
    return steps(
        (
            "release 1: code that no longer reads or writes the column; this lets it leave the column out",
            patiently(nullable),
        ),
        ("release 2, once no older code runs: after a backup, nothing else in this transaction", patiently(drop)),
    )


def add_if_missing(statement: Statement, command: AddColumn, table: str) -> str:
    """Looks into the catalog first: looking locks nothing."""
    look = (
        f"columns = [] if op.get_context().as_sql else sa.inspect(op.get_bind()).get_columns({text(bare(table))}"
        f"{place(table)})"
    )
    add = execute(without_if_not_exists(statement, command)).replace("\n", "\n    ")
    return "\n".join(
        (look, f'if {text(command.column.name)} not in [column["name"] for column in columns]:', f"    {add}")
    )
