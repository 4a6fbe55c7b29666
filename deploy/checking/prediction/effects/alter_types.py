"""ALTER COLUMN TYPE."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from deploy.checking.prediction.effects.altering import Altering
from deploy.checking.prediction.effects.automatic_casts import is_automatic
from deploy.checking.prediction.effects.casts import base_of, is_index_kept, needs_rewrite
from deploy.checking.prediction.effects.draft import FailedError
from deploy.checking.prediction.schema.objects import Column, ColumnType, Constraint, Index, Relation, UserType
from deploy.checking.prediction.schema.reading import type_of, user_type_of
from deploy.checking.prediction.schema.schema import Schema
from deploy.checking.statements import strings, unwrap
from deploy.model.locks import LockMode

Typed = tuple[ColumnType, UserType | None]


def alter_type(altering: Altering, command: Any) -> None:
    """Each table of the family: a rewrite, or only its indexes, checks and foreign keys."""
    definition = getattr(command, "def").column_def
    altering.lock(altering.family(), LockMode.ACCESS_EXCLUSIVE)
    _refuse(altering, command.name)
    for relation in altering.family():
        column = relation.columns.get(command.name)
        if column is None or column.type is None:
            _change_unknown(altering, relation, command.name)
        else:
            _change(altering, relation, column, definition)


def _change_unknown(altering: Altering, relation: Relation, name: str) -> None:
    """Its old type is not known: be ready for the worst."""
    if name in altering.new_columns:
        return
    altering.state(relation).is_rewritten = True
    altering.draft.unknown(f"the type of {relation.shown}.{name} before this is not known")


def _refuse(altering: Altering, name: str) -> None:
    table, column = altering.table, altering.column(name)
    altering.refuse_inherited(name, "alter")
    if column is None:
        if altering.is_judgeable() and name not in altering.new_columns:
            raise FailedError(f'column "{name}" of relation "{table.name}" does not exist')
        return
    if column in table.partition_columns:
        raise FailedError(
            f'cannot alter column "{name}" because it is part of the partition key of relation "{table.name}"'
        )
    for user in _users(table, column):
        raise FailedError(f"cannot alter type of a column used {user}")


def _users(table: Relation, column: Column) -> Iterator[str]:
    """In the words of RememberAllDependentForRebuilding (commands/tablecmds.c)."""
    if any(column in view.used_columns for view in table.used_by):
        yield "by a view or rule"
    if any(column in trigger.update_columns for trigger in table.triggers.values()):
        yield "in a trigger definition"
    if any(column in columns for columns in table.policies.values()):
        yield "in a policy definition"
    if any(column in other.generated_from for other in table.columns.values()):
        yield "by a generated column"


def _path(schema: Schema, column: Column, definition: Any) -> list[Typed] | None:
    """The types on the way: the old one, those of USING's casts, the new one. None for any other USING."""
    assert column.type is not None  # noqa: S101 - the caller knows
    new = type_of(definition.type_name)
    path: list[Typed] = [(new, user_type_of(schema, new))]
    expression = definition.raw_default
    kind, node = unwrap(expression)
    while kind == "type_cast":
        cast = type_of(node.type_name)
        path.insert(0, (cast, user_type_of(schema, cast)))
        kind, node = unwrap(node.arg)
    if kind and (kind != "column_ref" or strings(node.fields)[-1:] != [column.name]):
        return None
    return [(column.type, column.user_type), *path]


def _change(altering: Altering, relation: Relation, column: Column, definition: Any) -> None:
    draft, state = altering.draft, altering.state(relation)
    _refuse_without_cast(altering, column, definition)
    path = _path(draft.schema, column, definition)
    is_rewritten = path is None or needs_rewrite(path, time_zone=draft.time_zone, server_major=draft.server_major)
    state.is_rewritten |= is_rewritten
    _warn_of_unknown_types(altering, column, path)
    collation = strings(definition.coll_clause.collname)[-1] if definition.HasField("coll_clause") else ""
    is_same_collation = collation in {column.collation, "default"} or (not collation and not column.collation)
    for index in relation.indexes:
        if index.uses(column):
            state.replaced.add(index)
            if not _keeps_file(index, column, path, is_same_collation=is_same_collation):
                state.rebuilt.add(index)
    for constraint in relation.constraints.values():
        if constraint.kind == "check" and column in constraint.columns and constraint.is_valid:
            state.is_scanned = True
    for constraint in _foreign_keys(relation, column):
        _redo_foreign_key(altering, constraint, path, is_rewritten=is_rewritten)


def _refuse_without_cast(altering: Altering, column: Column, definition: Any) -> None:
    """USING spares the rows' values, but not the default's."""
    assert column.type is not None  # noqa: S101 - the caller knows
    new = type_of(definition.type_name)
    pair = (column.type, column.user_type), (new, user_type_of(altering.draft.schema, new))
    if is_automatic(*pair):
        return
    if unwrap(definition.raw_default)[0] == "":
        raise FailedError(f'column "{column.name}" cannot be cast automatically to type {new.name}')
    if column.has_default and column.name not in altering.dropped_defaults:
        raise FailedError(f'default for column "{column.name}" cannot be cast automatically to type {new.name}')


def _warn_of_unknown_types(altering: Altering, column: Column, path: list[Typed] | None) -> None:
    for found, user_type in path or ():
        if user_type is None and found.schema and base_of(found, user_type) is not None:
            altering.draft.unknown(f"the type {found.schema}.{found.name} is not known")
    del column


def _keeps_file(index: Index, column: Column, path: list[Typed] | None, *, is_same_collation: bool) -> bool:
    if index.has_expressions or index.has_predicate or path is None:
        return False
    if index.constraint is not None and index.constraint.kind == "exclude":
        return False
    if column in index.included and column not in index.columns:
        return True
    position = index.columns.index(column)
    if not is_same_collation and position not in index.explicit_collations:
        return False
    return is_index_kept(path[0], path[-1])


def _foreign_keys(relation: Relation, column: Column) -> list[Constraint]:
    """Those that the column takes part in, on either side."""
    found = [constraint for constraint in relation.foreign_keys() if column in constraint.columns]
    for constraint in relation.referenced_by:
        targets = constraint.target_columns or (relation.primary_key.columns if relation.primary_key else [])
        if column in targets and constraint not in found:
            found.append(constraint)
    return found


def _redo_foreign_key(
    altering: Altering, constraint: Constraint, path: list[Typed] | None, *, is_rewritten: bool
) -> None:
    """It is dropped and made again: both tables are locked, and checked again where the values changed."""
    target = constraint.target
    altering.draft.lock(constraint.table, LockMode.ACCESS_EXCLUSIVE)
    if target is not None:
        altering.draft.lock(target, LockMode.ACCESS_EXCLUSIVE)
    is_same = path is not None and is_index_kept(path[0], path[-1])
    if constraint.is_valid and constraint.is_enforced and (is_rewritten or not is_same):
        altering.foreign_key_checks.append((constraint.name, constraint.table, target))
