"""TRUNCATE, CLUSTER, VACUUM, ANALYZE, REFRESH, LOCK."""

from __future__ import annotations

from typing import Any

from deploy.checking.prediction.effects.draft import Draft, FailedError
from deploy.checking.prediction.effects.queries import run_query_of_view, with_sources
from deploy.checking.prediction.schema.names import owned_sequences
from deploy.checking.prediction.schema.objects import TABLE_KINDS, Relation
from deploy.checking.statements import choice, has_option
from deploy.model.locks import LockMode

AX, SUX, X = LockMode.ACCESS_EXCLUSIVE, LockMode.SHARE_UPDATE_EXCLUSIVE, LockMode.EXCLUSIVE


def truncate(draft: Draft, node: Any) -> None:
    """TRUNCATE: new, empty files; CASCADE takes every table that references these."""
    tables: list[Relation] = []
    for item in node.relations:
        relation = draft.schema.assumed_of(item.range_var)
        if relation.kind not in TABLE_KINDS:
            raise FailedError(f'"{relation.name}" is not a table')
        tables += relation.family() if item.range_var.inh else [relation]
    is_cascade = choice(node, "behavior") == "DROP_CASCADE"
    for table in tables:
        for foreign_key in table.referenced_by:
            if foreign_key.table in tables:
                continue
            if not is_cascade:
                raise FailedError("cannot truncate a table referenced in a foreign key constraint")
            tables += [relation for relation in foreign_key.table.family() if relation not in tables]
    if is_cascade and any(table.is_assumed for table in tables):
        draft.unknown("which tables reference it is not known")
    for table in tables:
        _empty(draft, table, restarts=bool(node.restart_seqs))


def _empty(draft: Draft, table: Relation, *, restarts: bool) -> None:
    draft.lock(table, AX)
    if table.kind == "table":
        draft.new_file(table)
        for index in table.indexes:
            draft.lock(index, AX)
            draft.build(index.name, table)
    for sequence in owned_sequences(table) if restarts else ():
        draft.lock(sequence, AX)
        draft.new_file(sequence)


def cluster(draft: Draft, node: Any) -> None:
    """CLUSTER: the table is copied in another order."""
    if not node.HasField("relation"):
        draft.can_be_in_transaction = False
        tables = [table for table in draft.schema.tables() if any(index.is_clustered for index in table.indexes)]
    else:
        tables = [draft.schema.assumed_of(node.relation)]
        _refuse_order(tables[0], node.indexname)
    for table in tables:
        copy_table(draft, table)


def _refuse_order(table: Relation, index_name: str) -> None:
    if table.is_assumed or table.is_uncertain:
        return
    if not index_name and not any(index.is_clustered for index in table.indexes):
        raise FailedError(f'there is no previously clustered index for table "{table.name}"')
    index = next((index for index in table.indexes if index.name == index_name), None)
    if index is not None and index.has_predicate:
        raise FailedError(f'cannot cluster on partial index "{index.name}"')


def copy_table(draft: Draft, table: Relation) -> None:
    """As CLUSTER and VACUUM FULL do: a copy without its dead rows, with new indexes."""
    for relation in table.family():
        draft.lock(relation, AX)
        if relation.kind not in {"table", "materialized view"}:
            continue
        draft.scan_one(relation)
        draft.new_file(relation)
        for index in relation.indexes:
            draft.lock(index, AX)
            draft.build(index.name, relation)


def vacuum(draft: Draft, node: Any) -> None:
    """VACUUM and ANALYZE."""
    is_full = has_option(node.options, "full")
    if node.is_vacuumcmd:
        draft.can_be_in_transaction = False
        if draft.is_in_transaction:
            raise FailedError("VACUUM cannot run inside a transaction block")
    named = [draft.schema.assumed_of(item.vacuum_relation.relation) for item in node.rels]
    for table in named or draft.schema.tables():
        if is_full:
            copy_table(draft, table)
        else:
            draft.lock_all(table.family(), SUX)


def refresh(draft: Draft, node: Any) -> None:
    """REFRESH MATERIALIZED VIEW."""
    view = draft.schema.assumed_of(node.relation, "materialized view")
    if node.concurrent:
        if not any(index.is_unique and not index.has_predicate for index in view.indexes) and not view.is_assumed:
            raise FailedError(f'cannot refresh materialized view "{view.shown}" concurrently')
        draft.lock(view, X)
        draft.scan_one(view)
    else:
        draft.lock(view, AX)
        draft.new_file(view)
        for index in view.indexes:
            draft.lock(index, AX)
            draft.build(index.name, view)
            draft.scan_one(view)
    if view.is_assumed:
        draft.unknown("what the view reads is not known")
    if not node.skip_data:
        run_query_of_view(draft, view)


def lock_tables(draft: Draft, node: Any) -> None:
    """LOCK TABLE: what is below is locked as well, ONLY apart; of a view, what it reads."""
    mode = LockMode.from_statement(node.mode)
    for item in node.relations:
        relation = draft.schema.assumed_of(item.range_var)
        draft.lock_all(with_sources(relation.family() if item.range_var.inh else [relation]), mode)
