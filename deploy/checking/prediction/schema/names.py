"""RENAME and SET SCHEMA."""

from __future__ import annotations

from typing import Any, Protocol, TypeVar

from deploy.checking.prediction.schema.objects import Column, Index, Relation
from deploy.checking.prediction.schema.schema import Schema
from deploy.checking.statements import choice, name_parts

RELATION_KINDS = frozenset({
    "OBJECT_TABLE", "OBJECT_VIEW", "OBJECT_MATVIEW", "OBJECT_SEQUENCE", "OBJECT_FOREIGN_TABLE", "OBJECT_INDEX",
})


class _Placed(Protocol):
    schema: str
    name: str


_T = TypeVar("_T", bound=_Placed)


def _move(table: dict[tuple[str, str], _T], thing: _T, schema_name: str, name: str) -> None:
    table.pop((thing.schema, thing.name), None)
    thing.schema, thing.name = schema_name, name
    table[schema_name, name] = thing


def rename(schema: Schema, node: Any) -> None:
    """ALTER … RENAME."""
    kind = choice(node, "rename_type")
    if kind in RELATION_KINDS:
        _rename_relation(schema, node)
    elif kind == "OBJECT_COLUMN":
        _rename_column(schema, node)
    elif kind == "OBJECT_TABCONSTRAINT":
        _rename_constraint(schema, node)
    elif kind in {"OBJECT_TYPE", "OBJECT_DOMAIN"}:
        _rename_typed(schema, node)
    elif kind == "OBJECT_SCHEMA":
        _rename_schema(schema, node.subname, node.newname)
    elif kind == "OBJECT_TRIGGER":
        table = schema.relation_of(node.relation)
        if table is not None and node.subname in table.triggers:
            trigger = table.triggers.pop(node.subname)
            trigger.name = node.newname
            table.triggers[node.newname] = trigger
    elif kind == "OBJECT_POLICY":
        table = schema.relation_of(node.relation)
        if table is not None and node.subname in table.policies:
            table.policies[node.newname] = table.policies.pop(node.subname)


def _rename_relation(schema: Schema, node: Any) -> None:
    index = schema.index(node.relation.schemaname, node.relation.relname)
    if index is not None and schema.relation_of(node.relation) is None:
        _rename_index(schema, index, node.newname)
        return
    if choice(node, "rename_type") == "OBJECT_INDEX":
        return
    if node.missing_ok and schema.relation_of(node.relation) is None and schema.is_complete:
        return
    relation = schema.adopt(node.relation)
    schema.removed.add((relation.schema, relation.name))
    _move(schema.relations, relation, relation.schema, node.newname)
    schema.removed.discard((relation.schema, relation.name))


def _rename_index(schema: Schema, index: Index, name: str) -> None:
    if index.constraint is not None:
        constraints = index.table.constraints
        constraints.pop(index.constraint.name, None)
        index.constraint.name = name
        constraints[name] = index.constraint
    _move(schema.indexes, index, index.schema, name)


def _rename_column(schema: Schema, node: Any) -> None:
    table = schema.adopt(node.relation)
    for relation in table.family() if node.relation.inh else [table]:
        if node.subname in relation.columns:
            column = relation.columns[node.subname]
            relation.columns = {
                (node.newname if name == node.subname else name): c for name, c in relation.columns.items()
            }
            column.name = node.newname
        elif relation.is_assumed:
            relation.columns[node.newname] = Column(relation, node.newname, None)


def _rename_constraint(schema: Schema, node: Any) -> None:
    table = schema.adopt(node.relation)
    constraint = table.constraints.get(node.subname)
    if constraint is None:
        for column in table.columns.values():
            if column.not_null_name == node.subname:
                column.not_null_name = node.newname
        return
    if constraint.index is not None:
        _rename_index(schema, constraint.index, node.newname)
        return
    for part in (constraint, *constraint.children):
        part.table.constraints.pop(part.name, None)
        part.name = node.newname
        part.table.constraints[part.name] = part


def _rename_typed(schema: Schema, node: Any) -> None:
    names = name_parts(node.object)
    found = schema.user_type(names[-2] if len(names) > 1 else "", names[-1])
    if found is not None:
        _move(schema.types, found, found.schema, node.newname)


def _rename_schema(schema: Schema, old: str, new: str) -> None:
    schema.schema_names.discard(old)
    schema.schema_names.add(new)
    _move_all(schema.relations, old, new)
    _move_all(schema.indexes, old, new)
    _move_all(schema.types, old, new)
    _move_all(schema.functions, old, new)


def _move_all(table: dict[tuple[str, str], _T], old: str, new: str) -> None:
    for thing in [thing for (place, _), thing in table.items() if place == old]:
        _move(table, thing, new, thing.name)


def set_schema(schema: Schema, node: Any) -> None:
    """ALTER … SET SCHEMA: a table takes its indexes and its own sequences along."""
    kind = choice(node, "object_type")
    if kind in RELATION_KINDS:
        relation = schema.adopt(node.relation)
        schema.removed.add((relation.schema, relation.name))
        move_relation(schema, relation, node.newschema)
    elif kind in {"OBJECT_TYPE", "OBJECT_DOMAIN"}:
        names = name_parts(node.object)
        found = schema.user_type(names[-2] if len(names) > 1 else "", names[-1])
        if found is not None:
            _move(schema.types, found, node.newschema, found.name)
    elif kind in {"OBJECT_FUNCTION", "OBJECT_PROCEDURE", "OBJECT_ROUTINE"}:
        names = name_parts(node.object)
        function = schema.function(names[-2] if len(names) > 1 else "", names[-1])
        if function is not None:
            _move(schema.functions, function, node.newschema, function.name)


def move_relation(schema: Schema, relation: Relation, place: str) -> None:
    """Move it with everything that lives in the same schema because of it."""
    _move(schema.relations, relation, place, relation.name)
    schema.removed.discard((place, relation.name))
    for index in relation.indexes:
        _move(schema.indexes, index, place, index.name)
    for sequence in owned_sequences(relation):
        _move(schema.relations, sequence, place, sequence.name)


def owned_sequences(relation: Relation) -> list[Relation]:
    """The sequences that belong to its columns: serial, identity, OWNED BY."""
    return [s for s in relation.owned_sequences if s.owner is not None and s.owner.table is relation]
