"""CREATE of tables, views, sequences, triggers, policies and the like: what they lock that is there already."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from deploy.checking.prediction.effects.bounds import implies_bound
from deploy.checking.prediction.effects.draft import Draft, FailedError
from deploy.checking.prediction.effects.queries import is_matview, run
from deploy.checking.prediction.schema.falling import published
from deploy.checking.prediction.schema.objects import Relation
from deploy.checking.prediction.schema.queries import read_query
from deploy.checking.statements import choice, read_statements, strings
from deploy.model.locks import LockMode

AS, AX = LockMode.ACCESS_SHARE, LockMode.ACCESS_EXCLUSIVE
SUX, SRX = LockMode.SHARE_UPDATE_EXCLUSIVE, LockMode.SHARE_ROW_EXCLUSIVE


def create_table(draft: Draft, node: Any) -> None:
    """CREATE TABLE with REFERENCES, PARTITION OF, INHERITS, LIKE."""
    existing = draft.schema.relation_of(node.relation)
    if existing is not None:
        if node.if_not_exists:
            return
        if not existing.is_assumed and existing.schema != "pg_temp":
            raise FailedError(f'relation "{existing.name}" already exists')
    for constraint in _inline(node):
        if choice(constraint, "contype") == "CONSTR_FOREIGN" and constraint.pktable.relname != node.relation.relname:
            _reference(draft, draft.schema.assumed_of(constraint.pktable))
    for element in node.table_elts:
        if element.WhichOneof("node") == "table_like_clause":
            draft.lock(draft.schema.assumed_of(element.table_like_clause.relation), AS)
    for item in node.inh_relations:
        parent = draft.schema.assumed_of(item.range_var)
        if node.HasField("partbound"):
            _partition_of(draft, parent, node.partbound)
        else:
            draft.lock(parent, SUX)


def create_foreign_table(draft: Draft, node: Any) -> None:
    """CREATE FOREIGN TABLE."""
    create_table(draft, node.base_stmt)


def _inline(node: Any) -> Iterator[Any]:
    for item in (*node.table_elts, *node.constraints):
        kind = item.WhichOneof("node")
        if kind == "constraint":
            yield item.constraint
        elif kind == "column_def":
            yield from (constraint.constraint for constraint in item.column_def.constraints)


def _reference(draft: Draft, target: Relation) -> None:
    """A new table points to it: its writers wait until COMMIT."""
    draft.lock_all([target, *(part for part in target.family() if part.parent is not None)], SRX)


def _partition_of(draft: Draft, parent: Relation, bound: Any) -> None:
    draft.lock(parent, AX)
    draft.lock_all(parent.indexes, SUX)
    default = parent.default_partition
    if default is not None and bound.is_default:
        raise FailedError(f'partition conflicts with existing default partition "{default.name}"')
    if default is not None:
        draft.lock_all(default.family(), AX)
        if not implies_bound(default, [c.name for c in parent.partition_columns], bound, is_inside=False):
            draft.scan(default)
    for foreign_key in parent.foreign_keys():
        if foreign_key.target is not None:
            _reference(draft, foreign_key.target)
    draft.lock_all((foreign_key.table for foreign_key in parent.referenced_by), SRX)


def create_table_as(draft: Draft, node: Any) -> None:
    """CREATE TABLE … AS and CREATE MATERIALIZED VIEW."""
    existing = draft.schema.relation_of(node.into.rel)
    if existing is not None:
        if node.if_not_exists:
            return
        if not existing.is_assumed:
            raise FailedError(f'relation "{existing.name}" already exists')
    found = read_query(draft.schema, node.query)
    if not node.into.skip_data:
        run(draft, found, node.query)
    else:
        draft.lock_all(found.relations, AS)
    if is_matview(node) and found.writes:
        draft.unknown("a materialized view cannot write")


def create_view(draft: Draft, node: Any) -> None:
    """CREATE [OR REPLACE] VIEW: the query is only read."""
    existing = draft.schema.relation_of(node.view)
    if existing is not None:
        if not node.replace:
            raise FailedError(f'relation "{existing.name}" already exists')
        draft.lock(existing, AX)
    draft.lock_all(read_query(draft.schema, node.query).relations, AS)


def create_sequence(draft: Draft, node: Any) -> None:
    """CREATE SEQUENCE."""
    _owner(draft, node.options)


def alter_sequence(draft: Draft, node: Any) -> None:
    """ALTER SEQUENCE: a new file for everything but the owner."""
    sequence = draft.schema.relation_of(node.sequence)
    if sequence is None:
        if node.missing_ok and not draft.schema.may_exist(node.sequence.schemaname, node.sequence.relname):
            return
        sequence = draft.schema.assumed_of(node.sequence, "sequence")
    draft.lock(sequence, SRX)
    if any(item.def_elem.defname != "owned_by" for item in node.options):
        draft.new_file(sequence)
    _owner(draft, node.options)


def _owner(draft: Draft, options: Any) -> None:
    for item in options:
        names = strings(item.def_elem.arg.list.items) if item.def_elem.defname == "owned_by" else []
        if len(names) > 1:
            place = names[-3] if len(names) > 2 else ""  # noqa: PLR2004 - schema.table.column
            table = draft.schema.relation(place, names[-2]) or draft.schema.assumed(place, names[-2])
            draft.lock(table, AS)


def create_trigger(draft: Draft, node: Any) -> None:
    """CREATE TRIGGER: writers wait; row triggers are made on partitions too."""
    table = draft.schema.assumed_of(node.relation)
    parts = [table]
    for part in parts if node.row else ():
        parts.extend(part.partitions)
    draft.lock_all(parts, SRX)
    if node.HasField("constrrel"):
        draft.lock(draft.schema.assumed_of(node.constrrel), AS)


def create_policy(draft: Draft, node: Any) -> None:
    """CREATE and ALTER POLICY."""
    draft.lock(draft.schema.assumed_of(node.table), AX)
    for expression in (node.qual, node.with_check):
        draft.lock_all(read_query(draft.schema, expression).relations, AS)


def create_rule(draft: Draft, node: Any) -> None:
    """CREATE RULE: what its actions name is opened."""
    for action in node.actions:
        found = read_query(draft.schema, action)
        draft.lock_all((r for r in found.relations if r.name not in {"old", "new"}), AS)
        draft.lock_all((target for _, _, target in found.writes), LockMode.ROW_EXCLUSIVE)
    draft.lock(draft.schema.assumed_of(node.relation), AX)


def create_statistics(draft: Draft, node: Any) -> None:
    """CREATE STATISTICS."""
    for item in node.relations:
        draft.lock(draft.schema.assumed_of(item.range_var), SUX)


def publish(draft: Draft, node: Any) -> None:
    """CREATE and ALTER PUBLICATION."""
    for item in node.pubobjects:
        if item.publication_obj_spec.HasField("pubtable"):
            relation = item.publication_obj_spec.pubtable.relation
            table = draft.schema.assumed_of(relation)
            draft.lock_all([table] if table.kind == "partitioned table" else table.family(), SUX)
            if "action" in node.DESCRIPTOR.fields_by_name and choice(node, "action") == "AP_DropObjects":
                draft.drop("publication relation", published(table, node.pubname))


def create_function(draft: Draft, node: Any) -> None:
    """CREATE FUNCTION: the body of an SQL function is checked, which opens what it names."""
    options = {item.def_elem.defname: item.def_elem.arg for item in node.options}
    language = options["language"].string.sval.lower() if "language" in options else "sql"
    if language != "sql" or "as" not in options:
        return
    for statement in read_statements(strings(options["as"].list.items)[-1]):
        if statement.node is None:
            continue
        found = read_query(draft.schema, statement.node)
        draft.lock_all(found.relations, AS)
        draft.lock_all((target for _, _, target in found.writes), LockMode.ROW_EXCLUSIVE)
