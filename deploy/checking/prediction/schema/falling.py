"""What goes when something is dropped, and whether that takes CASCADE.

Source: the dependencies that PostgreSQL records (documentation, "Dependency Tracking"; findDependentObjects in
catalog/dependency.c). Owned things go silently, others only by CASCADE.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from deploy.checking.prediction.schema.naming import qualified, quoted
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

NOT_NULL_IS_CONSTRAINT_SINCE = 18


@dataclass(frozen=True, slots=True)
class DefaultValue:
    """A column's default, as a thing that can go."""

    column: Column


@dataclass(frozen=True, slots=True)
class NotNull:
    """A column's NOT NULL constraint, as a thing that can go."""

    column: Column


@dataclass(frozen=True, slots=True)
class Policy:
    """A policy for row security."""

    table: Relation
    name: str


Thing = (
    Relation | Index | Column | Constraint | Trigger | UserType | Function | Statistics
    | DefaultValue | NotNull | Policy
)


@dataclass
class Falling:
    """All things that go, those that were named first.

    Attributes:
        needs_cascade: things that depend on others and are not owned by them.
    """

    schema: Schema
    things: list[Thing] = field(default_factory=list)
    named: list[Thing] = field(default_factory=list)
    needs_cascade: list[Thing] = field(default_factory=list)

    def is_cascade(self, thing: Thing) -> bool:
        """Whether the statement did not name it."""
        return thing not in self.named


def falling(schema: Schema, named: Iterable[Thing]) -> Falling:
    """Everything that goes with these."""
    fall = Falling(schema)
    fall.named = list(_with_copies(named))
    todo: list[tuple[Thing, bool]] = [(thing, True) for thing in fall.named]
    normal: list[Thing] = []
    seen: set[Thing] = set()
    while todo:
        thing, is_owned = todo.pop(0)
        if not is_owned:
            normal.append(thing)
        if thing in seen:
            continue
        seen.add(thing)
        fall.things.append(thing)
        todo = [(owned, True) for owned in _owned(schema, thing)] + todo
        todo += [(dependent, False) for dependent in _dependents(schema, thing)]
    owned = _reached_silently(schema, fall.named)
    fall.needs_cascade = [thing for thing in dict.fromkeys(normal) if thing not in owned]
    return fall


def _with_copies(named: Iterable[Thing]) -> Iterator[Thing]:
    """A column or CHECK is dropped from partitions and heirs by name too, not because they depend on it."""
    todo = list(named)
    for thing in todo:
        yield thing
        if isinstance(thing, Column):
            children = (*thing.table.partitions, *thing.table.heirs)
            todo += [child.columns[thing.name] for child in children if thing.name in child.columns]
        elif isinstance(thing, Constraint) and thing.kind == "check":
            todo += thing.children


def _reached_silently(schema: Schema, named: Iterable[Thing]) -> set[Thing]:
    """Everything that goes by ownership alone."""
    todo, found = list(named), set[Thing]()
    while todo:
        thing = todo.pop()
        if thing not in found:
            found.add(thing)
            todo.extend(_owned(schema, thing))
    return found


def _owned(schema: Schema, thing: Thing) -> Iterator[Thing]:
    """What goes silently with it."""
    if isinstance(thing, Relation):
        yield from _owned_by_relation(schema, thing)
    elif isinstance(thing, Column):
        yield from _owned_by_column(schema, thing)
    elif isinstance(thing, Constraint):
        yield from _owned_by_constraint(thing)
    elif isinstance(thing, Index):
        yield from thing.children
        if thing.constraint is not None:
            yield thing.constraint
    elif isinstance(thing, Trigger) and thing.is_for_each_row:
        for partition in thing.table.partitions:
            if thing.name in partition.triggers:
                yield partition.triggers[thing.name]


def _owned_by_constraint(constraint: Constraint) -> Iterator[Thing]:
    if constraint.index is not None:
        yield constraint.index
    yield from constraint.children
    if constraint.parent is not None and constraint.parent.table is constraint.table:
        # The part of a foreign key that points to one partition: the whole key goes with it.
        yield constraint.parent


def _owned_by_relation(schema: Schema, relation: Relation) -> Iterator[Thing]:
    yield from relation.constraints.values()
    yield from relation.indexes
    yield from relation.triggers.values()
    yield from (Policy(relation, name) for name in relation.policies)
    yield from relation.partitions
    yield from relation.statistics.values()
    for column in relation.columns.values():
        if column.has_default or column.generated:
            yield DefaultValue(column)
        if column.is_not_null and schema.server_major >= NOT_NULL_IS_CONSTRAINT_SINCE:
            yield NotNull(column)
        yield from _owned_sequences(column)


def _owned_sequences(column: Column) -> Iterator[Relation]:
    yield from (sequence for sequence in column.table.owned_sequences if sequence.owner is column)


def _owned_by_column(schema: Schema, column: Column) -> Iterator[Thing]:
    table = column.table
    yield from (constraint for constraint in table.constraints.values() if column in constraint.columns)
    yield from (index for index in table.indexes if index.uses(column))
    yield from (statistics for statistics in table.statistics.values() if column in statistics.columns)
    if column.has_default or column.generated:
        yield DefaultValue(column)
    if column.is_not_null and schema.server_major >= NOT_NULL_IS_CONSTRAINT_SINCE:
        yield NotNull(column)
    yield from _owned_sequences(column)
    for child in (*table.partitions, *table.heirs):
        if column.name in child.columns:
            yield child.columns[column.name]


def _dependents(schema: Schema, thing: Thing) -> Iterator[Thing]:
    """What goes with it by CASCADE only."""
    if isinstance(thing, Relation):
        yield from thing.used_by
        yield from thing.heirs
        yield from thing.referenced_by
        if thing.kind == "sequence":
            yield from (DefaultValue(column) for column in _defaults_of(schema, thing))
    elif isinstance(thing, Column):
        yield from _depending_on_column(thing)
    elif isinstance(thing, Constraint) and thing.kind in {"primary", "unique"}:
        yield from foreign_keys_on(thing.table, thing.columns)
    elif isinstance(thing, Index) and thing.is_unique:
        yield from foreign_keys_on(thing.table, [c for c in thing.columns if c is not None])
    elif isinstance(thing, UserType):
        yield from _depending_on_type(schema, thing)
    elif isinstance(thing, Function):
        yield from _depending_on_function(schema, thing)


def foreign_keys_on(table: Relation, columns: list[Column]) -> Iterator[Constraint]:
    """Foreign keys that this key makes possible, unless another key of the same columns is left for them."""
    wanted = set(columns)
    for constraint in table.referenced_by:
        targets = set(constraint.target_columns)
        if targets == wanted or (not targets and table.primary_key is None):
            yield constraint


def _defaults_of(schema: Schema, sequence: Relation) -> Iterator[Column]:
    owner = sequence.owner
    if owner is not None and (sequence in owner.default_sequences or owner.identity):
        if owner.has_default:
            yield owner
        return
    for table in schema.tables():
        yield from (column for column in table.columns.values() if sequence in column.default_sequences)


def _depending_on_column(column: Column) -> Iterator[Thing]:
    table = column.table
    yield from (view for view in table.used_by if column in view.used_columns)
    yield from (trigger for trigger in table.triggers.values() if column in trigger.update_columns)
    yield from (Policy(table, name) for name, columns in table.policies.items() if column in columns)
    yield from (other for other in table.columns.values() if column in other.generated_from)


def _depending_on_type(schema: Schema, user_type: UserType) -> Iterator[Thing]:
    yield from (other for other in schema.types.values() if other.base_user_type is user_type)
    for table in schema.tables():
        if table.row_type_of is user_type:
            yield table
        for column in table.columns.values():
            if column.user_type is user_type:
                yield column


def _depending_on_function(schema: Schema, function: Function) -> Iterator[Thing]:
    for relation in schema.relations.values():
        yield from (t for t in relation.triggers.values() if t.function[1] == function.name)
        yield from (c for c in relation.constraints.values() if function.name in c.functions)
        yield from (i for i in relation.indexes if function.name in i.functions)
        if function.name in relation.used_functions:
            yield relation
        for column in relation.columns.values():
            if function.name in column.default_functions:
                yield column if column.generated else DefaultValue(column)


def identity(thing: Thing) -> tuple[str, str]:
    """Its kind and its name, in the words of pg_event_trigger_dropped_objects()."""
    if isinstance(thing, (Relation, Index, UserType, Function, Statistics)):
        return _identity_of_its_own(thing)
    if isinstance(thing, Column):
        return "table column", f"{qualified(thing.table.schema, thing.table.name)}.{quoted(thing.name)}"
    if isinstance(thing, DefaultValue):
        table = thing.column.table
        return "default value", f"for {qualified(table.schema, table.name)}.{quoted(thing.column.name)}"
    if isinstance(thing, NotNull):
        return "table constraint", _on(thing.column.not_null_name, thing.column.table)
    kinds = {Constraint: "table constraint", Trigger: "trigger", Policy: "policy"}
    return kinds[type(thing)], _on(thing.name, thing.table)


def _identity_of_its_own(thing: Relation | Index | UserType | Function | Statistics) -> tuple[str, str]:
    """Of what lives in a schema, not in a table."""
    name = qualified(thing.schema, thing.name)
    if isinstance(thing, Function):
        return "function", f"{name}({thing.arguments})"
    if isinstance(thing, UserType):
        return "type", name
    if isinstance(thing, Statistics):
        return "statistics object", name
    return ("table" if thing.kind == "partitioned table" else thing.kind.removeprefix("partitioned ")), name


def published(table: Relation, publication_name: str) -> str:
    """A table in a publication, as a thing that goes with it."""
    return f"{qualified(table.schema, table.name)} in publication {quoted(publication_name)}"


def _on(name: str, table: Relation) -> str:
    return f"{quoted(name)} on {qualified(table.schema, table.name)}"
