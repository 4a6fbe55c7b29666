"""ALTER TABLE: constraints."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from deploy.checking.prediction.effects.altering import Altering
from deploy.checking.prediction.effects.draft import FailedError
from deploy.checking.prediction.effects.drops import drop_things
from deploy.checking.prediction.schema.constraints import KEY_KINDS, foreign_key_name, is_valid, key_columns
from deploy.checking.prediction.schema.falling import NotNull, identity
from deploy.checking.prediction.schema.indexes import choose_index_name, matching_index
from deploy.checking.prediction.schema.objects import Column, Constraint, Index, Relation
from deploy.checking.statements import choice, strings
from deploy.model.locks import LockMode

CHECK_PROVES_SINCE = 12
NOT_VALID_ON_PARTITIONED_SINCE = 18
INDEX_RENAME_IS_WEAK_SINCE = 12
HEIRS_ARE_LOCKED_SINCE = 18
AX, SRX = LockMode.ACCESS_EXCLUSIVE, LockMode.SHARE_ROW_EXCLUSIVE


def add_constraint(altering: Altering, command: Any) -> None:
    """ADD CONSTRAINT of every kind."""
    node = getattr(command, "def").constraint
    kind = choice(node, "contype")
    is_taken = node.conname in altering.table.constraints and node.conname not in altering.dropped_constraints
    if node.conname and is_taken and not altering.table.is_uncertain:
        raise FailedError(f'constraint "{node.conname}" for relation "{altering.table.name}" already exists')
    if kind == "CONSTR_FOREIGN":
        _add_foreign_key(altering, node)
        return
    if kind == "CONSTR_CHECK":
        _add_check(altering, node)
    elif kind == "CONSTR_NOTNULL":
        altering.lock(altering.family(), AX)
        _add_not_null(altering, node)
    elif kind in KEY_KINDS:
        _lock_for_key(altering, KEY_KINDS[kind])
        _add_key(altering, node, KEY_KINDS[kind])


def _add_check(altering: Altering, node: Any) -> None:
    spared = node.is_no_inherit and altering.draft.server_major < HEIRS_ARE_LOCKED_SINCE
    altering.lock([altering.table] if spared else altering.family(), AX)
    if is_valid(node):
        for relation in [altering.table] if node.is_no_inherit else altering.family():
            altering.state(relation).is_scanned = True


def _lock_for_key(altering: Altering, kind: str) -> None:
    """The index of a partition needs no more than CREATE INDEX does; a primary key makes columns NOT NULL as well."""
    is_strong = kind == "primary" or altering.draft.server_major >= HEIRS_ARE_LOCKED_SINCE
    altering.lock([altering.table], AX)
    altering.lock(altering.family() if is_strong else altering.parts(), AX if is_strong else LockMode.SHARE)


def _add_not_null(altering: Altering, node: Any) -> None:
    if node.skip_validation:
        return
    for relation in altering.family():
        for name in strings(node.keys):
            require_not_null(altering, relation, relation.columns.get(name))


def require_not_null(altering: Altering, relation: Relation, column: Column | None) -> None:
    """Scan where nothing proves that the column holds no NULL."""
    if column is not None and column.is_not_null and column.is_not_null_valid:
        return
    if column is not None and altering.draft.server_major >= CHECK_PROVES_SINCE:
        proofs = (c for c in relation.constraints.values() if c.is_valid and c.is_enforced)
        if any(column in constraint.proves_not_null for constraint in proofs):
            return
    altering.state(relation).is_scanned = True


def lock_both_sides(altering: Altering, node: Any, mode: LockMode) -> Relation:
    """Lock what a foreign key points to; hand it back."""
    target = altering.draft.schema.assumed_of(node.pktable)
    altering.draft.lock_all([target, *(r for r in target.family() if r.parent is not None)], mode)
    return target


def _add_foreign_key(altering: Altering, node: Any) -> None:
    table = altering.table
    target = altering.draft.schema.assumed_of(node.pktable)
    is_old = altering.draft.server_major < NOT_VALID_ON_PARTITIONED_SINCE
    if node.skip_validation and table.kind == "partitioned table" and is_old:
        raise FailedError(
            f'cannot add NOT VALID foreign key on partitioned table "{table.name}" referencing relation "{target.name}"'
        )
    _refuse_without_key(altering, target, strings(node.pk_attrs))
    altering.lock(altering.parts(), SRX)
    lock_both_sides(altering, node, SRX)
    if is_valid(node):
        name = foreign_key_name(altering.draft.schema, table, strings(node.fk_attrs), node.conname)
        altering.foreign_key_checks.append((name, table, target))


def _refuse_without_key(altering: Altering, target: Relation, names: list[str]) -> None:
    """A foreign key needs a unique index of exactly these columns on the other side."""
    if target.is_assumed or target.is_uncertain or target is altering.table:
        return
    if not names:
        if target.primary_key is None:
            raise FailedError(f'there is no primary key for referenced table "{target.name}"')
        return
    keys = (index for index in target.indexes if index.is_unique and index.is_valid and not index.has_predicate)
    if not any({c.name if c else "" for c in index.columns} == set(names) for index in keys):
        raise FailedError(f'there is no unique constraint matching given keys for referenced table "{target.name}"')


def _add_key(altering: Altering, node: Any, kind: str) -> None:
    if kind == "primary" and altering.table.primary_key is not None:
        raise FailedError(f'multiple primary keys for table "{altering.table.name}" are not allowed')
    if node.indexname:
        _use_index(altering, node, kind)
        return
    columns = key_columns(altering.table, node, kind, None)
    new_key_index(altering, node, kind, columns)


def new_key_index(altering: Altering, node: Any, kind: str, columns: Sequence[Column | None]) -> None:
    """The index of a key, on the table or on each of its partitions."""
    schema, table = altering.draft.schema, altering.table
    names = [*strings(node.keys), *strings(node.including)]
    partitioned_by = {column.name for column in table.partition_columns}
    if kind in {"primary", "unique"} and not partitioned_by <= {column.name for column in columns if column}:
        word = "primary key" if kind == "primary" else "unique"
        raise FailedError(f"{word} constraint on partitioned table must include all partitioning columns")
    shown = node.conname or choose_index_name(schema, table, columns, kind, names)
    if schema.is_taken(table.schema, shown) and not table.is_uncertain:
        raise FailedError(f'relation "{shown}" already exists')
    index = Index(table.schema, shown, table, list(columns), is_unique=kind != "exclude")
    index.constraint = Constraint(table, shown, kind, index=index)
    for relation in altering.parts():
        if relation is not table and matching_index(index, relation) is not None:
            continue
        name = shown if relation is table else choose_index_name(schema, relation, columns, kind, names)
        altering.state(relation).new_indexes.append(name)


def _use_index(altering: Altering, node: Any, kind: str) -> None:
    schema, table = altering.draft.schema, altering.table
    index = schema.index(table.schema, node.indexname)
    if index is None:
        if altering.is_judgeable() and schema.is_complete:
            raise FailedError(f'index "{node.indexname}" does not exist')
        altering.state(table).is_scanned |= kind == "primary"
        return
    if node.conname and node.conname != index.name:
        is_weak = altering.draft.server_major >= INDEX_RENAME_IS_WEAK_SINCE
        altering.draft.lock(index, LockMode.SHARE_UPDATE_EXCLUSIVE if is_weak else AX)
    if kind == "primary":
        for column in index.columns:
            require_not_null(altering, table, column)


def drop_constraint(altering: Altering, command: Any) -> None:
    """DROP CONSTRAINT; of a foreign key the other table is locked too."""
    altering.lock(altering.family(), AX)
    table = altering.table
    constraint = table.constraints.get(command.name)
    is_cascade = choice(command, "behavior") == "DROP_CASCADE"
    if constraint is not None:
        fall = drop_things(altering.draft, [constraint], is_cascade=is_cascade)
        for thing in fall.things:
            if isinstance(thing, Index):
                altering.state(thing.table).dropped.add(thing)
        return
    for column in table.columns.values():
        if column.not_null_name == command.name and column.is_not_null:
            altering.draft.drop(*identity(NotNull(column)))
            return
    if altering.is_judgeable():
        if not command.missing_ok:
            raise FailedError(f'constraint "{command.name}" of relation "{table.name}" does not exist')
        return
    altering.draft.drop(*identity(Constraint(table, command.name, "check")))
    altering.draft.unknown("what the constraint is, is not known: of a foreign key the other table is locked too")


def validate_constraint(altering: Altering, command: Any) -> None:
    """VALIDATE CONSTRAINT: reads every row under a weak lock."""
    table = altering.table
    constraint = table.constraints.get(command.name)
    altering.lock([table], LockMode.SHARE_UPDATE_EXCLUSIVE)
    if constraint is None:
        _validate_other(altering, command)
        return
    if constraint.is_valid:
        return
    if constraint.kind == "foreign":
        _validate_foreign_key(altering, constraint)
        return
    altering.lock(altering.family(), LockMode.SHARE_UPDATE_EXCLUSIVE)
    for relation in altering.family():
        altering.state(relation).is_scanned = True


def _validate_foreign_key(altering: Altering, constraint: Constraint) -> None:
    for part in (constraint, *constraint.children):
        altering.draft.lock(part.table, LockMode.SHARE_UPDATE_EXCLUSIVE)
    if constraint.target is not None:
        altering.draft.lock(constraint.target, LockMode.ROW_SHARE)
    altering.foreign_key_checks.append((constraint.name, constraint.table, constraint.target))


def _validate_other(altering: Altering, command: Any) -> None:
    """A NOT NULL constraint, or one that is not known."""
    column = next((c for c in altering.table.columns.values() if c.not_null_name == command.name), None)
    if column is None and altering.is_judgeable():
        raise FailedError(f'constraint "{command.name}" of relation "{altering.table.name}" does not exist')
    if column is None or not column.is_not_null_valid:
        altering.lock(altering.family(), LockMode.SHARE_UPDATE_EXCLUSIVE)
        for relation in altering.family():
            altering.state(relation).is_scanned = True


def alter_constraint(altering: Altering, command: Any) -> None:
    """ALTER CONSTRAINT: DEFERRABLE, and since 18 ENFORCED."""
    altering.lock(altering.parts(), AX)
    change = getattr(command, "def").atalter_constraint
    constraint = altering.table.constraints.get(change.conname)
    if not change.alter_enforceability or constraint is None:
        return
    if constraint.target is not None:
        altering.draft.lock(constraint.target, AX)
    if change.is_enforced and not constraint.is_enforced:
        altering.foreign_key_checks.append((constraint.name, constraint.table, constraint.target))
