"""A database's schema in memory, built statement by statement from DDL."""

from __future__ import annotations

from typing import Any

from deploy.checking.prediction.schema.objects import TABLE_KINDS, Function, Index, Relation, Statistics, UserType
from deploy.checking.statements import Statement

Key = tuple[str, str]
DEFAULT_SEARCH_PATH = ("public",)
SYSTEM_SCHEMAS = frozenset({"pg_catalog", "information_schema", "pg_toast"})


class Schema:
    """All objects by their names, and the session's settings that decide what a name means.

    Args:
        is_complete: whether the statements given to it describe the whole database, so that a table it has not seen
            does not exist. Otherwise such a table is taken for one that exists.
        server_major: decides which constraints PostgreSQL makes by itself.
    """

    def __init__(self, *, is_complete: bool = False, server_major: int = 18) -> None:
        self.relations: dict[Key, Relation] = {}
        self.indexes: dict[Key, Index] = {}
        self.types: dict[Key, UserType] = {}
        self.functions: dict[Key, Function] = {}
        self.schema_names: set[str] = {"public"}
        self.statistics: dict[Key, Statistics] = {}
        self.publications: dict[str, set[Relation]] = {}
        self.removed: set[Key] = set()
        self.server_major = server_major
        self.label: str | None = None
        self.search_path: tuple[str, ...] = DEFAULT_SEARCH_PATH
        self.session_time_zone = ""
        self.local_settings: dict[str, Any] = {}
        self.new_enum_values: dict[str, UserType] = {}
        self.doubts: list[str] = []
        self._is_complete = is_complete

    @property
    def is_complete(self) -> bool:
        """Whether what it has not seen does not exist; doubts end that."""
        return self._is_complete and not self.doubts

    def begin(self, label: str | None) -> None:
        """From now on new objects belong to this label, such as a revision; the first one starts a session."""
        if self.label is None:
            self.new_session()
        self.label = label
        self.end_transaction()

    def end_transaction(self) -> None:
        """SET LOCAL ends, and values that were added to enums may be used; a ROLLBACK is not followed further."""
        for attribute, value in self.local_settings.items():
            setattr(self, attribute, value)
        self.local_settings = {}
        self.new_enum_values = {}

    def new_session(self) -> None:
        """Forget the settings of the session before, such as a dump's search_path."""
        self.search_path = DEFAULT_SEARCH_PATH
        self.session_time_zone = ""
        self.local_settings = {}

    def doubt(self, statement: Statement, why: str) -> None:
        """Remember that a statement was not taken in whole; the relation it names is uncertain."""
        self.doubts.append(f"{why}: {statement.text}")
        relation = getattr(statement.node, "relation", None)
        found = self.relation_of(relation) if hasattr(relation, "relname") else None
        if found is not None:
            found.is_uncertain = True

    def tables(self) -> list[Relation]:
        """Every table, partitioned and foreign ones too."""
        return [relation for relation in self.relations.values() if relation.kind in TABLE_KINDS]

    def find(self, name: str) -> Relation | Index | None:
        """By `schema.name`, or by `name` along the search path."""
        schema, _, bare = name.rpartition(".")
        return self.relation(schema, bare) or self.index(schema, bare)

    def is_new(self, name: str, *since_labels: str) -> bool:
        """Whether the relation was made under one of these labels; under any label where none is given."""
        found = self.find(name)
        label = found.created_in if found is not None else None
        return label is not None and (not since_labels or label in since_labels)

    def places(self, schema: str) -> tuple[str, ...]:
        """The schemas in which a name is looked up, in their order."""
        return (schema,) if schema else self.search_path

    def relation(self, schema: str, name: str) -> Relation | None:
        """A table, view or sequence; `schema` is empty where the name was written without one."""
        for place in self.places(schema):
            found = self.relations.get((place, name))
            if found is not None:
                return found
        return self.relations.get(("pg_temp", name)) if not schema else None

    def index(self, schema: str, name: str) -> Index | None:
        """An index, as `relation`."""
        for place in self.places(schema):
            found = self.indexes.get((place, name))
            if found is not None:
                return found
        return None

    def user_type(self, schema: str, name: str) -> UserType | None:
        """A domain or another type that was made here, as `relation`."""
        for place in self.places(schema):
            found = self.types.get((place, name))
            if found is not None:
                return found
        return None

    def function(self, schema: str, name: str) -> Function | None:
        """A function that was made here, as `relation`."""
        for place in self.places(schema):
            found = self.functions.get((place, name))
            if found is not None:
                return found
        return None

    def bodies(self, name: str) -> list[str]:
        """The bodies of the functions of this name that were made here, in whatever schema."""
        return [found.body for found in self.functions.values() if found.name == name and found.body]

    def statistics_of(self, schema: str, name: str) -> Statistics | None:
        """Extended statistics, as `relation`."""
        for place in self.places(schema):
            found = self.statistics.get((place, name))
            if found is not None:
                return found
        return None

    def relation_of(self, range_var: Any) -> Relation | None:
        """The relation that a statement names."""
        return self.relation(range_var.schemaname, range_var.relname)

    def may_exist(self, schema: str, name: str) -> bool:
        """Whether a name that is not in here may be a relation all the same."""
        if self.is_complete:
            return False
        return not any((place, name) in self.removed for place in self.places(schema) or DEFAULT_SEARCH_PATH)

    def new_key(self, schema: str, name: str) -> Key:
        """Where a new object of this name goes."""
        return (schema or (self.search_path[0] if self.search_path else "public"), name)

    def assumed(self, schema: str, name: str, kind: str = "table") -> Relation:
        """A relation of which only the name is known; not taken in."""
        place, _ = self.new_key(schema, name)
        return Relation(place, name, kind, is_assumed=True)

    def assumed_of(self, range_var: Any, kind: str = "table") -> Relation:
        """The relation that a statement names, assumed where it is not known."""
        return self.relation_of(range_var) or self.assumed(range_var.schemaname, range_var.relname, kind)

    def adopt(self, range_var: Any, kind: str = "table") -> Relation:
        """As `assumed_of`, and remembered: a statement that names it says that it exists."""
        found = self.relation_of(range_var)
        if found is None:
            found = self.assumed(range_var.schemaname, range_var.relname, kind)
            self.relations[found.schema, found.name] = found
        return found

    def add(self, relation: Relation) -> None:
        """Take in a new relation."""
        self.relations[relation.schema, relation.name] = relation
        self.removed.discard((relation.schema, relation.name))

    def is_taken(self, schema: str, name: str) -> bool:
        """Whether tables, views, sequences or indexes of a schema have the name."""
        return (schema, name) in self.relations or (schema, name) in self.indexes
