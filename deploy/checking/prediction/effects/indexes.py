"""CREATE INDEX and REINDEX."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from deploy.checking.prediction.effects.draft import Draft, FailedError
from deploy.checking.prediction.schema.indexes import (
    choose_index_name,
    element_name,
    index_name,
    is_on_only,
    matching_index,
)
from deploy.checking.prediction.schema.objects import Index, Relation
from deploy.checking.statements import choice, has_option
from deploy.model.locks import LockMode

AX, S, SUX = LockMode.ACCESS_EXCLUSIVE, LockMode.SHARE, LockMode.SHARE_UPDATE_EXCLUSIVE
_INDEXED = frozenset({"table", "partitioned table", "materialized view"})


def create_index(draft: Draft, node: Any) -> None:
    """CREATE INDEX [CONCURRENTLY]."""
    table = draft.schema.assumed_of(node.relation)
    if table.kind not in _INDEXED:
        raise FailedError(f'cannot create index on relation "{table.name}"')
    name = index_name(draft.schema, node, table)
    if node.concurrent:
        _refuse_in_transaction(draft, "CREATE INDEX CONCURRENTLY")
        if table.kind == "partitioned table":
            raise FailedError(f'cannot create index on partitioned table "{table.name}" concurrently')
    mode = SUX if node.concurrent else S
    draft.lock(table, mode)
    if draft.schema.is_taken(table.schema, name):
        if node.if_not_exists:
            return
        raise FailedError(f'relation "{name}" already exists')
    if node.concurrent:
        draft.build(name, table, is_concurrent=True)
        draft.wait_for_snapshots()
        return
    if is_on_only(node, table):
        return
    _build(draft, node, table, name)


def _build(draft: Draft, node: Any, table: Relation, name: str) -> None:
    elements = [item.index_elem for item in node.index_params]
    columns = [table.columns.get(element.name) for element in elements]
    model = Index(table.schema, name, table, columns, is_unique=node.unique, method=node.access_method or "btree")
    model.has_predicate = bool(node.where_clause.WhichOneof("node"))
    todo = [table]
    for relation in todo:
        todo.extend(relation.partitions)
        draft.lock(relation, S)
        if relation.kind not in {"table", "materialized view"}:
            continue
        if relation is not table and matching_index(model, relation) is not None:
            continue
        names = [element_name(i.index_elem) for i in (*node.index_params, *node.index_including_params)]
        own = name if relation is table else choose_index_name(draft.schema, relation, (), "", names)
        draft.build(own, relation)
        draft.scan_one(relation)


def _refuse_in_transaction(draft: Draft, what: str) -> None:
    draft.can_be_in_transaction = False
    if draft.is_in_transaction:
        raise FailedError(f"{what} cannot run inside a transaction block")


def reindex(draft: Draft, node: Any) -> None:
    """REINDEX of an index, a table, or of many."""
    kind = choice(node, "kind")
    is_concurrent = has_option(node.params, "concurrently")
    if kind not in {"REINDEX_OBJECT_INDEX", "REINDEX_OBJECT_TABLE"}:
        _refuse_in_transaction(draft, f"REINDEX {kind.removeprefix('REINDEX_OBJECT_')}")
        _reindex_all(draft, node.name if kind == "REINDEX_OBJECT_SCHEMA" else "", is_concurrent=is_concurrent)
        return
    if is_concurrent:
        _refuse_in_transaction(draft, "REINDEX CONCURRENTLY")
    indexes = _named_indexes(draft, node, kind)
    if any(index.kind == "partitioned index" for index in indexes):
        _refuse_in_transaction(draft, f"REINDEX {kind.removeprefix('REINDEX_OBJECT_')}")
    rebuild(draft, indexes, is_concurrent=is_concurrent)


def _named_indexes(draft: Draft, node: Any, kind: str) -> list[Index]:
    place, name = node.relation.schemaname, node.relation.relname
    if kind == "REINDEX_OBJECT_INDEX":
        index = draft.schema.index(place, name)
        if index is None:
            draft.unknown(f"the table of the index {name} is not known")
            return []
        found = [index]
        for item in found:
            found.extend(item.children)
        return found
    table = draft.schema.assumed_of(node.relation)
    mode = SUX if has_option(node.params, "concurrently") else S
    draft.lock_all(table.family(), mode)
    if table.is_assumed:
        draft.unknown(f"the indexes of {name} are not known")
    return [index for relation in table.family() for index in relation.indexes]


def _reindex_all(draft: Draft, place: str, *, is_concurrent: bool) -> None:
    for table in draft.schema.tables():
        if not place or table.schema == place:
            rebuild(draft, table.indexes, is_concurrent=is_concurrent)


def rebuild(draft: Draft, indexes: Iterable[Index], *, is_concurrent: bool) -> None:
    """Build these anew."""
    for index in indexes:
        draft.lock(index.table, SUX if is_concurrent else S)
        draft.lock(index, SUX if is_concurrent else AX)
        if index.kind != "index":
            continue
        draft.build(index.name, index.table, is_concurrent=is_concurrent)
        if is_concurrent:
            draft.wait_for_snapshots()
        else:
            draft.scan_one(index.table)
