"""Columns that are added empty and filled afterwards, and columns that go."""

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
from deploy.checking.risk.safe_forms.constraints import add_not_valid, constraint_name, validate
from deploy.checking.risk.safe_forms.not_null import not_null_steps
from deploy.checking.risk.safe_forms.rows import fill_in_batches
from deploy.checking.risk.safe_forms.sql_text import (
    alter_sql,
    copy_of,
    expression_sql,
    of_new_row,
    quoted,
    quoted_table,
    type_sql,
)
from deploy.checking.statements import Statement, choice, type_name

SERIAL_TYPES = {
    "serial": "integer",
    "serial4": "integer",
    "bigserial": "bigint",
    "serial8": "bigint",
    "smallserial": "smallint",
    "serial2": "smallint",
}


def column_type(column: Any) -> str:
    """The type as SQL; serial is the integer that it stands for."""
    written = type_sql(column.type_name)
    return SERIAL_TYPES.get(written.lower(), written) or "text"


def without(statement: Statement, command: Any, *kinds: str) -> str:
    """The same ADD COLUMN without its constraints of these kinds."""
    changed = copy_of(command)
    column = getattr(changed, "def").column_def
    kept = [item for item in column.constraints if choice(item.constraint, "contype") not in kinds]
    kept = [copy_of(item) for item in kept]
    del column.constraints[:]
    column.constraints.extend(kept)
    return alter_sql(statement, changed)


def default_of(column: Any) -> str:
    """The DEFAULT's expression; empty where there is none."""
    for item in column.constraints:
        if choice(item.constraint, "contype") == "CONSTR_DEFAULT":
            return expression_sql(item.constraint.raw_expr)
    return ""


def is_not_null(column: Any) -> bool:
    """Whether it may not be NULL: said beside it, or because it is serial or an identity."""
    kinds = {choice(item.constraint, "contype") for item in column.constraints}
    is_numbered = type_name(column) in SERIAL_TYPES
    return is_numbered or bool(kinds & {"CONSTR_NOTNULL", "CONSTR_PRIMARY", "CONSTR_IDENTITY"})


def default_afterwards(statement: Statement, command: Any, table: str, server_major: int) -> str:
    """Nullable column, default for new rows, old rows in batches, NOT NULL at last."""
    column = getattr(command, "def").column_def
    default = default_of(column)
    add = execute(without(statement, command, "CONSTR_DEFAULT", "CONSTR_NOTNULL"))
    set_default = execute(
        f"ALTER TABLE {quoted_table(table)} ALTER COLUMN {quoted(column.colname)} SET DEFAULT {default}"
    )
    return _filled(table, column, patiently(add, set_default), default, server_major)


def _filled(table: str, column: Any, add: str, value: str, server_major: int) -> str:
    name = quoted(column.colname)
    last = not_null_steps(table, column.colname, server_major) if is_not_null(column) else []
    return steps(
        ("a revision: instant, new rows get their value", add),
        (
            "the next revision: the rows that were there before, each batch committed",
            fill_in_batches(table, f"{name} = {value}", f"{name} IS NULL"),
        ),
        *last,
    )


def sequence_afterwards(table: str, column: Any, server_major: int) -> str:
    """What serial and identity stand for, without their rewrite."""
    name, sequence = quoted(column.colname), made_name(table, column.colname, "seq")
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


def nullable_first(statement: Statement, command: Any, table: str, server_major: int) -> str:
    """NOT NULL once every row has a value and every release writes one."""
    column = getattr(command, "def").column_def
    name = quoted(column.colname)
    return steps(
        (
            "a revision: nullable, instant",
            patiently(execute(without(statement, command, "CONSTR_NOTNULL", "CONSTR_PRIMARY"))),
        ),
        (
            "then a release that writes the column; after it the old rows, with the value that they are to have",
            fill_in_batches(table, f"{name} = 'your value'::{column_type(column)}", f"{name} IS NULL"),
        ),
        *not_null_steps(table, column.colname, server_major),
    )


def kept_by_trigger(table: str, column: Any) -> str:
    """A plain column that a trigger fills, instead of GENERATED … STORED."""
    name, function = quoted(column.colname), quoted(made_name(table, column.colname, "set"))
    generated = next(
        item.constraint.raw_expr
        for item in column.constraints
        if choice(item.constraint, "contype") == "CONSTR_GENERATED"
    )
    expression = expression_sql(generated)
    body = (
        f"CREATE FUNCTION {function}() RETURNS trigger LANGUAGE plpgsql AS "
        f"$$ BEGIN NEW.{name} := {of_new_row(generated)}; RETURN NEW; END $$"
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


def checked_afterwards(statement: Statement, command: Any, table: str) -> str:
    """The column first; its CHECK or foreign key not valid, then validated."""
    column = getattr(command, "def").column_def
    kinds = ("CONSTR_CHECK", "CONSTR_FOREIGN")
    titled = [("a revision: the column alone, instant", patiently(execute(without(statement, command, *kinds))))]
    for item in column.constraints:
        if choice(item.constraint, "contype") not in kinds:
            continue
        constraint = copy_of(item.constraint)
        constraint.conname = name = constraint_name(constraint, table, column.colname)
        if choice(constraint, "contype") == "CONSTR_FOREIGN":
            constraint.fk_attrs.add().string.sval = column.colname
        add = add_not_valid(constraint, table) or execute(_add_sql(table, name, constraint, column.colname))
        titled += [
            ("the next revision: instant, binds new rows only", patiently(add)),
            ("the one after it, in a transaction of its own: blocks nobody", validate(table, name)),
        ]
    return steps(*titled)


def _add_sql(table: str, name: str, constraint: Any, column_name: str) -> str:
    start = f"ALTER TABLE {quoted_table(table)} ADD CONSTRAINT {quoted(name)}"
    if choice(constraint, "contype") == "CONSTR_CHECK":
        return f"{start} CHECK ({expression_sql(constraint.raw_expr)}) NOT VALID"
    target = constraint.pktable
    other = quoted_table(f"{target.schemaname}.{target.relname}" if target.schemaname else target.relname)
    return f"{start} FOREIGN KEY ({quoted(column_name)}) REFERENCES {other} NOT VALID"


def unique_afterwards(statement: Statement, command: Any, table: str) -> str:
    """The column first; its unique index while the table is written to."""
    column = getattr(command, "def").column_def
    name = made_name(table, column.colname, "key")
    index = (
        f"op.create_index({text(name)}, {text(bare(table))}, {names([column.colname])}, unique=True{place(table)}, "
        "postgresql_concurrently=True)"
    )
    add = f"ALTER TABLE {quoted_table(table)} ADD CONSTRAINT {quoted(name)} UNIQUE USING INDEX {quoted(name)}"
    return steps(
        (
            "a revision: the column alone, instant",
            patiently(execute(without(statement, command, "CONSTR_UNIQUE", "CONSTR_PRIMARY"))),
        ),
        ("the next revision: the index", concurrently(index)),
        ("the one after it: takes the index over, instant", patiently(execute(add))),
    )


def check_of_domain(command: Any, table: str, base: str) -> str:
    """The domain's base type, and a CHECK of the table that asks the domain: a cast tests its conditions."""
    column = getattr(command, "def").column_def
    name = made_name(table, column.colname, "check")
    own, domain = quoted(column.colname), type_sql(column.type_name)
    condition = f"{own} IS NOT DISTINCT FROM {own}::{domain}"
    add = f"ALTER TABLE {quoted_table(table)} ADD COLUMN {own} {base}"
    check = f"ALTER TABLE {quoted_table(table)} ADD CONSTRAINT {quoted(name)} CHECK ({condition}) NOT VALID"
    return steps(
        (
            "a revision: the domain's base type, instant, and the domain's condition for new rows",
            patiently(execute(add), execute(check)),
        ),
        ("the next revision, in a transaction of its own: blocks nobody", validate(table, name)),
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


def add_if_missing(statement: Statement, command: Any, table: str) -> str:
    """Looks into the catalog first: looking locks nothing."""
    changed = copy_of(command)
    changed.missing_ok = False
    column = getattr(changed, "def").column_def.colname
    look = (
        f"columns = [] if op.get_context().as_sql else sa.inspect(op.get_bind()).get_columns({text(bare(table))}"
        f"{place(table)})"
    )
    add = execute(alter_sql(statement, changed)).replace("\n", "\n    ")
    return "\n".join((look, f'if {text(column)} not in [column["name"] for column in columns]:', f"    {add}"))
