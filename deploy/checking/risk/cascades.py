"""What a change of rows reaches by foreign keys: rows of other tables that go too, change, or must be looked for."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from deploy.checking.risk.circumstances import Circumstances
from deploy.checking.risk.schema_around import ConstraintAround, RelationAround, relation_named
from deploy.checking.statements import Statement
from deploy.checking.statements.row_changes import Delete, Merge, Update

CASCADE, SETS = "c", frozenset({"n", "d"})
DELETES, CHANGES, CHECKS = "deletes", "changes", "checks"


@dataclass(frozen=True)
class Reached:
    """One table behind a foreign key.

    Attributes:
        does: DELETES, CHANGES (the columns of the key), or CHECKS that no row refers to what goes.
        by: the table whose rows are followed from.
        has_index: whether an index finds the rows; without one the whole table is read for each row of `by`.
    """

    table: str
    does: str
    by: str
    has_index: bool


def reached_by(statement: Statement, present: Circumstances) -> tuple[Reached, ...]:
    """Every table of production that is reached, each once, the nearest first; none where the schema is not known."""
    found: dict[str, Reached] = {}
    for change in statement.row_changes:
        if not isinstance(change, Delete | Update | Merge) or present.is_new(change.table):
            continue
        start = relation_named(present.schema, change.table)
        if start is None:
            continue
        deletes = isinstance(change, Delete) or (isinstance(change, Merge) and "DELETE" in change.actions)
        columns = {item.column for item in change.assignments} if isinstance(change, Update) else set()
        for reached in _followed(start, deletes=deletes, columns=columns):
            if not present.is_new(reached.table):
                found.setdefault(reached.table, reached)
    return tuple(found.values())


def _followed(start: RelationAround, *, deletes: bool, columns: set[str]) -> Iterator[Reached]:
    """Breadth first; a table that refers to itself is followed once."""
    todo: list[tuple[RelationAround, bool, frozenset[str]]] = [(start, deletes, frozenset(columns))]
    seen = {(start.shown, deletes)}
    for relation, goes, changed in todo:
        for key in _keys_to(relation):
            child = key.table
            does = _does(key, goes=goes, changed=changed)
            if not does:
                continue
            if child.shown != relation.shown:
                yield Reached(child.shown, does, relation.shown, _has_index(child, key))
            if does != CHECKS and (child.shown, does == DELETES) not in seen:
                seen.add((child.shown, does == DELETES))
                todo.append((child, does == DELETES, frozenset(column.name for column in key.columns)))


def _keys_to(relation: RelationAround) -> Iterable[ConstraintAround]:
    return dict.fromkeys(key for part in relation.family() for key in part.referenced_by)


def _does(key: ConstraintAround, *, goes: bool, changed: frozenset[str]) -> str:
    """Empty where the foreign key has nothing to do with it."""
    action = key.on_delete if goes else key.on_update
    if not goes and not changed & {column.name for column in key.target_columns}:
        return ""
    if action == CASCADE:
        return DELETES if goes else CHANGES
    return CHANGES if action in SETS else CHECKS


def _has_index(child: RelationAround, key: ConstraintAround) -> bool:
    """Whether an index begins with columns of the key."""
    names = {column.name for column in key.columns}
    return any(
        index.columns and index.columns[0] is not None and index.columns[0].name in names and not index.has_predicate
        for index in child.indexes
    )
