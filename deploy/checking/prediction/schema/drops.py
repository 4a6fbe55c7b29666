"""DROP of everything, with what falls with it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from deploy.checking.prediction.schema.columns import drop_default
from deploy.checking.prediction.schema.falling import DefaultValue, NotNull, Policy, Thing, falling
from deploy.checking.prediction.schema.objects import (
    Column,
    Constraint,
    Function,
    Index,
    Relation,
    Statistics,
    Trigger,
    UserType,
)
from deploy.checking.prediction.schema.schema import Schema
from deploy.checking.prediction.schema.tables import unlink_view
from deploy.checking.statements import choice, name_parts

RELATION_KINDS = frozenset({
    "OBJECT_TABLE", "OBJECT_VIEW", "OBJECT_MATVIEW", "OBJECT_SEQUENCE", "OBJECT_FOREIGN_TABLE",
})
_ON_TABLE = frozenset({"OBJECT_TRIGGER", "OBJECT_POLICY", "OBJECT_RULE"})
_ROUTINES = frozenset({"OBJECT_FUNCTION", "OBJECT_PROCEDURE", "OBJECT_ROUTINE", "OBJECT_AGGREGATE"})


def drop(schema: Schema, node: Any) -> None:
    """DROP TABLE, INDEX, TYPE, SCHEMA and all the others."""
    kind = choice(node, "remove_type")
    for item in node.objects:
        names = name_parts(item)
        if kind == "OBJECT_SCHEMA":
            drop_schema(schema, names[-1])
        elif kind in RELATION_KINDS or kind == "OBJECT_INDEX":
            schema.removed.add(schema.new_key(names[-2] if len(names) > 1 else "", names[-1]))
    things = named_things(schema, node)
    if things and (node.behavior or not falling(schema, things).needs_cascade):
        remove(schema, things)


def named_things(schema: Schema, node: Any) -> list[Thing]:
    """What a DROP names, as far as it is known."""
    kind = choice(node, "remove_type")
    found: list[Thing | None] = []
    for item in node.objects:
        names = name_parts(item)
        place, name = names[-2] if len(names) > 1 else "", names[-1]
        if kind in RELATION_KINDS:
            found.append(schema.relation(place, name))
        elif kind == "OBJECT_INDEX":
            found.append(schema.index(place, name))
        elif kind == "OBJECT_STATISTIC_EXT":
            found.append(schema.statistics_of(place, name))
        elif kind in {"OBJECT_TYPE", "OBJECT_DOMAIN"}:
            found.append(schema.user_type(place, name))
        elif kind in _ROUTINES:
            found.append(schema.function(place, name))
        elif kind in _ON_TABLE:
            found.append(_on_table(schema, kind, names))
        elif kind == "OBJECT_SCHEMA":
            found += things_in_schema(schema, name)
    return [thing for thing in found if thing is not None]


def _on_table(schema: Schema, kind: str, names: list[str]) -> Thing | None:
    table = table_of_part(schema, names)
    if table is None:
        return None
    if kind == "OBJECT_TRIGGER":
        return table.triggers.get(names[-1])
    return Policy(table, names[-1]) if kind == "OBJECT_POLICY" and names[-1] in table.policies else None


def table_of_part(schema: Schema, names: list[str]) -> Relation | None:
    """The table of `table.trigger` or `schema.table.trigger`."""
    return schema.relation(names[-3] if len(names) > 2 else "", names[-2])  # noqa: PLR2004 - schema.table.name


def things_in_schema(schema: Schema, place: str) -> list[Thing]:
    """Everything that lives in a schema."""
    found: list[Thing] = [thing for (where, _), thing in schema.relations.items() if where == place]
    found += [thing for (where, _), thing in schema.types.items() if where == place]
    found += [thing for (where, _), thing in schema.functions.items() if where == place]
    return found


def drop_schema(schema: Schema, name: str) -> None:
    """Forget the schema's name; its things are dropped with the others."""
    schema.schema_names.discard(name)


def drop_owned_type(schema: Schema, thing: UserType) -> None:
    """Forget a type."""
    schema.types.pop((thing.schema, thing.name), None)


def remove(schema: Schema, things: Iterable[Thing]) -> None:
    """Take these out, and everything that falls with them."""
    for thing in falling(schema, things).things:
        _remove_one(schema, thing)


def _remove_one(schema: Schema, thing: Thing) -> None:
    if isinstance(thing, Relation):
        _remove_relation(schema, thing)
    elif isinstance(thing, Index):
        schema.indexes.pop((thing.schema, thing.name), None)
        schema.removed.add((thing.schema, thing.name))
        if thing in thing.table.indexes:
            thing.table.indexes.remove(thing)
        if thing.parent is not None and thing in thing.parent.children:
            thing.parent.children.remove(thing)
    elif isinstance(thing, Constraint):
        thing.table.constraints.pop(thing.name, None)
        if thing.target is not None and thing in thing.target.referenced_by:
            thing.target.referenced_by.remove(thing)
    elif isinstance(thing, Statistics):
        schema.statistics.pop((thing.schema, thing.name), None)
        thing.table.statistics.pop(thing.name, None)
    elif isinstance(thing, UserType):
        drop_owned_type(schema, thing)
    elif isinstance(thing, Function):
        schema.functions.pop((thing.schema, thing.name), None)
    else:
        _remove_part(thing)


def _remove_relation(schema: Schema, relation: Relation) -> None:
    schema.relations.pop((relation.schema, relation.name), None)
    schema.removed.add((relation.schema, relation.name))
    unlink_view(relation)
    if relation.owner is not None and relation in relation.owner.table.owned_sequences:
        relation.owner.table.owned_sequences.remove(relation)
    if relation.parent is not None and relation in relation.parent.partitions:
        relation.parent.partitions.remove(relation)
    for parent in relation.inherits:
        if relation in parent.heirs:
            parent.heirs.remove(relation)
    for published in schema.publications.values():
        published.discard(relation)


def _remove_part(thing: Column | Trigger | Policy | DefaultValue | NotNull) -> None:
    if isinstance(thing, Column):
        thing.table.columns.pop(thing.name, None)
    elif isinstance(thing, Trigger):
        thing.table.triggers.pop(thing.name, None)
    elif isinstance(thing, Policy):
        thing.table.policies.pop(thing.name, None)
    elif isinstance(thing, DefaultValue):
        drop_default(thing.column)
    else:
        thing.column.is_not_null, thing.column.not_null_name = False, ""
