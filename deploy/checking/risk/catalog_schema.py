"""The schema around a statement that ran, as the scratch server's catalog had it before."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

from deploy.checking.risk.mentioned import called_functions, statements_of_body
from deploy.checking.statements import Statement, nodes_of
from deploy.model.catalog_look import (
    CatalogLook,
    LookColumn,
    LookConstraint,
    LookFunction,
    LookIndex,
    LookRelation,
    LookType,
)
from deploy.model.known_functions import HARMLESS_FUNCTIONS

TABLE_KINDS = frozenset({"table", "partitioned table", "foreign table"})
ROW_CHANGES = ("InsertStmt", "UpdateStmt", "DeleteStmt", "MergeStmt")
DEEPEST_CALLS = 5


def shown(schema: str, name: str) -> str:
    """`schema.table`; `table` where the schema is public."""
    return name if schema == "public" else f"{schema}.{name}"


@dataclass(frozen=True)
class SeenType:
    """A column's type, or what a domain stands for."""

    name: str
    modifiers: tuple[int, ...] = ()
    is_array: bool = False


class SeenUserType:
    """A domain, an enum or a range."""

    def __init__(self, look: LookType) -> None:
        self.kind = look.kind
        self.shown = shown(look.schema, look.name)
        self.base = SeenType(look.base_name) if look.base_name else None
        self.has_constraints = look.has_constraints


class SeenColumn:
    """A column."""

    def __init__(self, table: SeenRelation, look: LookColumn) -> None:
        self.table = table
        self.name = look.name
        self.type = SeenType(look.type_name, look.modifiers, look.is_array)
        self.user_type = self.type if look.is_own_type else None
        self.is_not_null = look.is_not_null
        self.is_not_null_valid = look.is_not_null_valid


class SeenConstraint:
    """A constraint."""

    def __init__(self, schema: CatalogSchema, look: LookConstraint) -> None:
        self._schema = schema
        self._look = look
        self.name, self.kind, self.on_delete, self.on_update = look.name, look.kind, look.on_delete, look.on_update

    @property
    def table(self) -> SeenRelation:
        """Whose it is."""
        return self._schema.by_oid[self._look.table]

    @property
    def target(self) -> SeenRelation | None:
        """What a foreign key refers to."""
        return self._schema.by_oid.get(self._look.target)

    @property
    def columns(self) -> Sequence[SeenColumn]:
        """Its own, as far as they were asked for."""
        return self.table.named_columns(self._look.columns)

    @property
    def target_columns(self) -> Sequence[SeenColumn]:
        """Those of the other side of a foreign key, as far as they were asked for."""
        return self.target.named_columns(self._look.target_columns) if self.target is not None else ()


class SeenIndex:
    """An index."""

    def __init__(self, schema: CatalogSchema, look: LookIndex) -> None:
        self._schema = schema
        self._look = look
        self.name, self.shown = look.name, shown(look.schema, look.name)
        self.method, self.is_unique, self.has_predicate = look.method, look.is_unique, look.has_predicate

    @property
    def table(self) -> SeenRelation:
        """Whose it is."""
        return self._schema.by_oid[self._look.table]

    @property
    def kind(self) -> str:
        """In the words of RelationLock."""
        return "partitioned index" if self.table.kind == "partitioned table" else "index"

    @property
    def columns(self) -> Sequence[SeenColumn | None]:
        """Its key in order; None for an expression."""
        return [self.table.columns.get(name) if name is not None else None for name in self._look.columns]


class SeenRelation:
    """A table, view or sequence."""

    def __init__(self, schema: CatalogSchema, look: LookRelation) -> None:
        self._schema = schema
        self._look = look
        self.schema, self.name, self.kind = look.schema, look.name, look.kind
        self.shown = shown(look.schema, look.name)
        self.columns = {column.name: SeenColumn(self, column) for column in look.columns}

    def named_columns(self, names: Iterable[str]) -> list[SeenColumn]:
        """The columns of these names that are known."""
        return [self.columns[name] for name in names if name in self.columns]

    @cached_property
    def constraints(self) -> dict[str, SeenConstraint]:
        """Its constraints by their names."""
        return {c.name: c for c in self._schema.constraints if c.table is self}

    @cached_property
    def indexes(self) -> list[SeenIndex]:
        """Its indexes, the oldest first."""
        return [index for index in self._schema.indexes if index.table is self]

    @cached_property
    def referenced_by(self) -> list[SeenConstraint]:
        """Foreign keys that point here."""
        return [c for c in self._schema.constraints if c.kind == "foreign" and c.target is self]

    @property
    def parent(self) -> SeenRelation | None:
        """What it is a partition of."""
        above = [self._schema.by_oid.get(oid) for oid in self._look.parents]
        return next((one for one in above if one is not None and one.kind == "partitioned table"), None)

    @property
    def below(self) -> list[SeenRelation]:
        """Its own partitions and heirs."""
        return self._schema.children.get(self._look.oid, [])

    @property
    def default_partition(self) -> SeenRelation | None:
        """Its partition for all other rows."""
        return next((child for child in self.below if child.is_default_partition), None)

    @property
    def is_default_partition(self) -> bool:
        """Whether it takes the rows that no other partition takes."""
        return self._look.is_default_partition

    @property
    def partition_columns(self) -> Sequence[SeenColumn]:
        """Those of PARTITION BY."""
        return self.named_columns(self._look.partition_columns)

    @property
    def trigger_functions(self) -> Sequence[str]:
        """None: a row is tried on the scratch server, which shows more than their texts."""
        return ()

    def family(self) -> list[SeenRelation]:
        """Itself and everything below it: partitions and heirs, of all levels."""
        found, todo = {self: None}, [self]
        for relation in todo:
            new = [child for child in relation.below if child not in found]
            found.update(dict.fromkeys(new))
            todo.extend(new)
        return list(found)

    def foreign_keys(self) -> list[SeenConstraint]:
        """Those that point from here to somewhere."""
        return [constraint for constraint in self.constraints.values() if constraint.kind == "foreign"]


class CatalogSchema:
    """The schema around one statement that ran."""

    def __init__(self, look: CatalogLook) -> None:
        self._look = look
        self.by_oid = {relation.oid: SeenRelation(self, relation) for relation in look.relations}
        self.children: dict[int, list[SeenRelation]] = {}
        for relation in look.relations:
            for parent in relation.parents:
                self.children.setdefault(parent, []).append(self.by_oid[relation.oid])
        self.constraints = [SeenConstraint(self, constraint) for constraint in look.constraints]
        self.indexes = [SeenIndex(self, index) for index in look.indexes]

    def find(self, name: str) -> SeenRelation | SeenIndex | None:
        """By `schema.name`, or by `name` along the search path; else the only one of that name."""
        schema, _, bare = name.rpartition(".")
        every: Iterable[SeenRelation | SeenIndex] = (*self.by_oid.values(), *self.indexes)
        found = [one for one in every if one.name == bare]
        for place in (schema,) if schema else self._look.search_path:
            for one in found:
                if one.shown == shown(place, bare):
                    return one
        return found[0] if len(found) == 1 and not schema else None

    def tables(self) -> Iterator[SeenRelation]:
        """Tables, as far as they were asked for: those of a schema that the statement names are all there."""
        return (relation for relation in self.by_oid.values() if relation.kind in TABLE_KINDS)

    def user_type(self, schema: str, name: str) -> SeenUserType | None:
        """A domain, an enum or a range, if the statement names it."""
        found = [one for one in self._look.types if one.name == name]
        for place in (schema,) if schema else self._look.search_path:
            for one in found:
                if one.schema == place:
                    return SeenUserType(one)
        return None

    def bodies(self, name: str) -> list[str]:
        """The bodies of the functions of this name, if the statement calls one."""
        return [function.body for function in self._look.functions if function.name == name and function.body]

    def understands(self, statement: Statement) -> bool:
        """Whether every function that a query calls is steady, harmless, or made of such queries."""
        return all(self._is_known(name, 0) for name in called_functions(statement))

    def _is_known(self, name: str, depth: int) -> bool:
        """Whether all functions of a name are: which one is meant, only their arguments tell."""
        found = [function for function in self._look.functions if function.name == name]
        return bool(found) and all(self._is_harmless(function, depth) for function in found)

    def _is_harmless(self, function: LookFunction, depth: int) -> bool:
        if function.volatility != "v":
            return True
        if not function.is_own:
            return function.name in HARMLESS_FUNCTIONS
        inside = statements_of_body(function.language, function.body)
        if inside is None or depth >= DEEPEST_CALLS:
            return False
        return all(
            statement.kind == "select_stmt" and not any(nodes_of(statement, kind) for kind in ROW_CHANGES)
            and all(self._is_known(name, depth + 1) for name in called_functions(statement))
            for statement in inside
        )
