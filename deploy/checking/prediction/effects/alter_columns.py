"""ALTER TABLE: columns, other than their type."""

from __future__ import annotations

from typing import Any

from deploy.checking.prediction.effects.alter_constraints import lock_both_sides, new_key_index, require_not_null
from deploy.checking.prediction.effects.altering import Altering
from deploy.checking.prediction.effects.draft import FailedError
from deploy.checking.prediction.effects.drops import drop_things
from deploy.checking.prediction.effects.volatility import is_volatile
from deploy.checking.prediction.schema.columns import is_serial
from deploy.checking.prediction.schema.constraints import KEY_KINDS, constraint_name
from deploy.checking.prediction.schema.falling import DefaultValue, NotNull, identity
from deploy.checking.prediction.schema.objects import Column, Index, Relation
from deploy.checking.prediction.schema.reading import type_of, user_type_of
from deploy.checking.statements import choice, unwrap
from deploy.model.locks import LockMode

NOT_NULL_IS_CONSTRAINT_SINCE = 18
IDENTITY_ON_PARTITIONS_SINCE = 17


def add_column(altering: Altering, command: Any) -> None:
    """ADD COLUMN: free with a constant default, a rewrite with one that differs from row to row."""
    definition = getattr(command, "def").column_def
    family = altering.family()
    altering.lock(family, LockMode.ACCESS_EXCLUSIVE)
    name = definition.colname
    if name in altering.table.columns and name not in altering.dropped_columns:
        if command.missing_ok or altering.table.is_uncertain:
            return
        raise FailedError(f'column "{name}" of relation "{altering.table.name}" already exists')
    if not altering.is_recursive and (altering.table.partitions or altering.table.heirs):
        raise FailedError("column must be added to child tables too")
    altering.new_columns.add(name)
    clauses = {choice(item.constraint, "contype"): item.constraint for item in definition.constraints}
    is_rewritten = _is_rewritten(altering, definition, clauses)
    is_scanned = _is_scanned(definition, clauses)
    for relation in family:
        if name not in relation.columns or name in altering.dropped_columns:
            altering.state(relation).is_rewritten |= is_rewritten
            altering.state(relation).is_scanned |= is_scanned
    for item in definition.constraints:
        _add_inline(altering, definition, item.constraint, has_default=_default_of(definition, clauses) is not None)


def _default_of(definition: Any, clauses: dict[str, Any]) -> Any:
    if "CONSTR_DEFAULT" in clauses:
        return clauses["CONSTR_DEFAULT"].raw_expr
    if is_serial(definition):
        return definition
    return clauses.get("CONSTR_GENERATED")


def _is_rewritten(altering: Altering, definition: Any, clauses: dict[str, Any]) -> bool:
    if is_serial(definition) or "CONSTR_IDENTITY" in clauses:
        return True
    if "CONSTR_GENERATED" in clauses:
        return bool(clauses["CONSTR_GENERATED"].generated_kind != "v")
    schema = altering.draft.schema
    column_type = type_of(definition.type_name)
    domain = user_type_of(schema, column_type)
    if domain is not None and domain.has_constraints and not column_type.is_array:
        return True
    default = clauses.get("CONSTR_DEFAULT")
    if default is None:
        return False
    _ask_sequences(altering, default)
    return is_volatile(schema, default.raw_expr)


def _ask_sequences(altering: Altering, default: Any) -> None:
    from deploy.checking.prediction.schema.reading import sequences_in

    altering.draft.lock_all(sequences_in(altering.draft.schema, default.raw_expr), LockMode.ROW_EXCLUSIVE)


def _is_scanned(definition: Any, clauses: dict[str, Any]) -> bool:
    """Whether rows must be read: for a CHECK, or for NOT NULL where no value was given for the old rows."""
    if "CONSTR_CHECK" in clauses and clauses["CONSTR_CHECK"].is_enforced:
        return True
    is_not_null = not {"CONSTR_NOTNULL", "CONSTR_PRIMARY"}.isdisjoint(clauses)
    default = clauses.get("CONSTR_DEFAULT")
    has_value = default is not None and not _is_null(default.raw_expr)
    return is_not_null and not has_value and not is_serial(definition)


def _is_null(expression: Any) -> bool:
    kind, node = unwrap(expression)
    if kind == "type_cast":
        return _is_null(node.arg)
    return kind == "a_const" and bool(node.isnull)


def _add_inline(altering: Altering, definition: Any, constraint: Any, *, has_default: bool) -> None:
    kind = choice(constraint, "contype")
    table = altering.table
    if kind in KEY_KINDS:
        placeholder = Column(table, definition.colname, None)
        new_key_index(altering, constraint, KEY_KINDS[kind], [placeholder])
    elif kind == "CONSTR_FOREIGN":
        target = lock_both_sides(altering, constraint, LockMode.SHARE_ROW_EXCLUSIVE)
        if has_default and constraint.is_enforced:
            name = constraint.conname or constraint_name(table, definition.colname, "fkey")
            altering.foreign_key_checks.append((name, table, target))


def drop_column(altering: Altering, command: Any) -> None:
    """DROP COLUMN, with what hangs on it."""
    altering.lock(altering.family(), LockMode.ACCESS_EXCLUSIVE)
    table, column = altering.table, altering.column(command.name)
    altering.refuse_inherited(command.name, "drop")
    if column is None:
        _drop_unknown_column(altering, command)
        return
    if column in table.partition_columns:
        raise FailedError(
            f'cannot drop column "{column.name}" because it is part of the partition key of relation "{table.name}"'
        )
    fall = drop_things(altering.draft, [column], is_cascade=choice(command, "behavior") == "DROP_CASCADE")
    for thing in fall.things:
        for relation in altering.family():
            if isinstance(thing, Index) and thing in relation.indexes:
                altering.state(relation).dropped.add(thing)


def _drop_unknown_column(altering: Altering, command: Any) -> None:
    if altering.is_judgeable():
        if not command.missing_ok and command.name not in altering.new_columns:
            raise FailedError(f'column "{command.name}" of relation "{altering.table.name}" does not exist')
        return
    column = Column(altering.table, command.name, None)
    altering.draft.drop(*identity(column))
    if choice(command, "behavior") == "DROP_CASCADE":
        altering.draft.unknown("what depends on the column is not known")


def column_default(altering: Altering, command: Any) -> None:
    """SET DEFAULT and DROP DEFAULT."""
    altering.lock(altering.family(), LockMode.ACCESS_EXCLUSIVE)
    is_dropped = not getattr(command, "def").WhichOneof("node")
    for relation in altering.family():
        column = relation.columns.get(command.name)
        if is_dropped and column is not None and column.has_default:
            altering.draft.drop(*identity(DefaultValue(column)), is_by_cascade=relation is not altering.table)


def set_not_null(altering: Altering, command: Any) -> None:
    """SET NOT NULL: reads every row, unless a valid CHECK shows that it need not."""
    altering.lock(altering.family(), LockMode.ACCESS_EXCLUSIVE)
    if command.name in altering.new_columns:
        return
    for relation in altering.family():
        require_not_null(altering, relation, relation.columns.get(command.name))


def drop_not_null(altering: Altering, command: Any) -> None:
    """DROP NOT NULL; since 18 a constraint of its own goes."""
    column = altering.column(command.name)
    is_constraint = altering.draft.server_major >= NOT_NULL_IS_CONSTRAINT_SINCE
    has_none = column is not None and not column.is_not_null and altering.is_judgeable()
    altering.lock([altering.table] if is_constraint and has_none else altering.family(), LockMode.ACCESS_EXCLUSIVE)
    key = altering.table.primary_key
    if column is not None and key is not None and column in key.columns:
        raise FailedError(f'column "{column.name}" is in a primary key')
    if is_constraint:
        for relation in altering.family():
            child = relation.columns.get(command.name)
            if child is not None and child.is_not_null:
                altering.draft.drop(*identity(NotNull(child)), is_by_cascade=relation is not altering.table)


def _identity_family(altering: Altering) -> list[Relation]:
    return altering.parts() if altering.draft.server_major >= IDENTITY_ON_PARTITIONS_SINCE else [altering.table]


def add_identity(altering: Altering, command: Any) -> None:
    """ADD GENERATED AS IDENTITY to a column that is there: nothing to compute."""
    altering.lock(_identity_family(altering), LockMode.ACCESS_EXCLUSIVE)
    column = altering.column(command.name)
    is_required = column is not None and (column.is_not_null or column.name in altering.required_columns)
    if column is not None and not is_required and altering.is_judgeable():
        raise FailedError(
            f'column "{column.name}" of relation "{altering.table.name}" must be declared NOT NULL'
            " before identity can be added"
        )


def set_identity(altering: Altering, command: Any) -> None:
    """SET GENERATED, RESTART and the other options of its sequence."""
    altering.lock(_identity_family(altering), LockMode.ACCESS_EXCLUSIVE)
    options = {item.def_elem.defname for item in getattr(command, "def").list.items}
    column = altering.column(command.name)
    for sequence in column.default_sequences if column is not None else ():
        altering.draft.lock(sequence, LockMode.SHARE_ROW_EXCLUSIVE)
        if options - {"generated"}:
            altering.draft.new_file(sequence)


def drop_identity(altering: Altering, command: Any) -> None:
    """DROP IDENTITY: its sequence goes."""
    altering.lock(_identity_family(altering), LockMode.ACCESS_EXCLUSIVE)
    column = altering.column(command.name)
    altering.draft.lock_all(column.default_sequences if column is not None else (), LockMode.ACCESS_EXCLUSIVE)


def set_expression(altering: Altering, command: Any) -> None:
    """SET EXPRESSION of a generated column: a stored one is computed anew."""
    altering.lock(altering.family(), LockMode.ACCESS_EXCLUSIVE)
    for relation in altering.family():
        column = relation.columns.get(command.name)
        if column is None or column.generated != "v":
            altering.state(relation).is_rewritten = True
        if column is not None:
            altering.draft.drop(*identity(DefaultValue(column)), is_by_cascade=relation is not altering.table)
            state = altering.state(relation)
            used = {index for index in relation.indexes if index.uses(column)}
            state.rebuilt |= used
            state.replaced |= used


def drop_expression(altering: Altering, command: Any) -> None:
    """DROP EXPRESSION: the values stay."""
    altering.lock(altering.family(), LockMode.ACCESS_EXCLUSIVE)
    for relation in altering.family():
        column = relation.columns.get(command.name)
        if column is not None and column.generated:
            altering.draft.drop(*identity(DefaultValue(column)), is_by_cascade=relation is not altering.table)


def set_column_storage(altering: Altering, command: Any) -> None:
    """SET STORAGE and SET COMPRESSION: for later rows only."""
    del command
    altering.lock(altering.family(), LockMode.ACCESS_EXCLUSIVE)


def set_column_statistics(altering: Altering, command: Any) -> None:
    """SET STATISTICS."""
    del command
    altering.lock(altering.family(), LockMode.SHARE_UPDATE_EXCLUSIVE)


def set_column_options(altering: Altering, command: Any) -> None:
    """SET (n_distinct = …)."""
    del command
    altering.lock([altering.table], LockMode.SHARE_UPDATE_EXCLUSIVE)
