"""Making columns, their defaults and the sequences behind them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from deploy.checking.prediction.schema.naming import free_name
from deploy.checking.prediction.schema.objects import SERIAL_BASES, Column, Relation
from deploy.checking.prediction.schema.reading import columns_in, functions_in, sequences_in, type_of, user_type_of
from deploy.checking.prediction.schema.schema import Schema
from deploy.checking.statements import choice, strings, unwrap


def make_column(schema: Schema, table: Relation, definition: Any) -> Column:
    """A column with its type, without its constraints, added to its table."""
    column = Column(table, definition.colname, None, created_in=schema.label)
    table.columns[column.name] = column
    set_type(schema, column, definition)
    if definition.raw_default.WhichOneof("node"):
        set_default(schema, column, definition.raw_default)
    if is_serial(definition):
        add_sequence(schema, column)
        set_not_null(column)
        column.has_default = True
    return column


def is_serial(definition: Any) -> bool:
    """Whether its type is one of the serial ones, which stand for a sequence and a default."""
    names = strings(definition.type_name.names)
    return bool(names) and names[-1] in SERIAL_BASES and len(names) == 1


def set_type(schema: Schema, column: Column, definition: Any) -> None:
    """Give the column the type and the collation of a definition."""
    column.type = type_of(definition.type_name)
    column.user_type = user_type_of(schema, column.type)
    names = definition.coll_clause.collname if definition.HasField("coll_clause") else ()
    column.collation = strings(names)[-1] if names else ""


def set_default(schema: Schema, column: Column, expression: Any) -> None:
    """Give the column a default; DEFAULT NULL is none, as PostgreSQL notes none (AddRelationNewConstraints)."""
    if _is_null(expression):
        drop_default(column)
        return
    column.has_default = True
    column.default_functions = functions_in(expression)
    column.default_sequences = sequences_in(schema, expression) if column.default_functions else []


def _is_null(expression: Any) -> bool:
    kind, node = unwrap(expression)
    if kind == "type_cast":
        kind, node = unwrap(node.arg)
    return kind == "a_const" and bool(node.isnull)


def drop_default(column: Column) -> None:
    """Take its default away."""
    column.has_default = False
    column.default_functions, column.default_sequences = frozenset(), []


def add_sequence(schema: Schema, column: Column, options: Iterable[Any] = ()) -> Relation:
    """The sequence of a serial or identity column; pg_dump names it among the options."""
    table = column.table
    given = [strings(o.def_elem.arg.list.items) for o in options if o.def_elem.defname == "sequence_name"]
    if given and given[0]:
        place, name = (given[0][-2] if len(given[0]) > 1 else table.schema), given[0][-1]
    else:
        place = table.schema
        name = free_name(table.name, column.name, "seq", lambda taken: schema.is_taken(table.schema, taken))
    sequence = Relation(place, name, "sequence", created_in=schema.label, owner=column)
    table.owned_sequences.append(sequence)
    schema.add(sequence)
    column.default_sequences = [sequence]
    return sequence


def set_not_null(column: Column, name: str = "", *, is_valid: bool = True) -> None:
    """Make it NOT NULL; the name is chosen where there is none."""
    table = column.table
    if column.is_not_null:
        column.is_not_null_valid |= is_valid
        return
    column.is_not_null, column.is_not_null_valid = True, is_valid
    column.not_null_name = name or free_name(
        table.name, column.name, "not_null", lambda taken: taken in table.constraints
    )


def apply_column_constraint(schema: Schema, column: Column, constraint: Any) -> bool:
    """Take in a column's own clause; False where it is a constraint of the table."""
    kind = choice(constraint, "contype")
    if kind == "CONSTR_DEFAULT":
        set_default(schema, column, constraint.raw_expr)
    elif kind == "CONSTR_NOTNULL":
        set_not_null(column, constraint.conname)
    elif kind == "CONSTR_IDENTITY":
        column.identity = constraint.generated_when or "a"
        set_not_null(column)
        add_sequence(schema, column, constraint.options)
    elif kind == "CONSTR_GENERATED":
        column.generated = constraint.generated_kind or "s"
        column.generated_from = [c for c in columns_in(constraint.raw_expr, column.table) if c is not column]
        column.default_functions = functions_in(constraint.raw_expr)
    else:
        return False
    return True


def copy_column(schema: Schema, column: Column, table: Relation, *, with_default: bool = True) -> Column:
    """The same column for a partition, an heir or a LIKE."""
    copy = Column(
        table, column.name, column.type, column.user_type, created_in=schema.label, collation=column.collation
    )
    if with_default:
        copy.has_default = column.has_default
        copy.default_functions, copy.default_sequences = column.default_functions, column.default_sequences
        copy.generated = column.generated
    table.columns[copy.name] = copy
    if column.is_not_null:
        set_not_null(copy, column.not_null_name)
    return copy
