"""The schema around a statement, as rules ask for it: read from text, or seen in a scratch server's catalog.

Rules do not know which of the two they have. Names are `schema.table`, or `table` alone along the search path.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Protocol, cast

from deploy.checking.statements import Statement


class TypeAround(Protocol):
    """A column's type."""

    @property
    def name(self) -> str:
        """As the grammar has it, `int4`; of an array, that of its elements."""

    @property
    def modifiers(self) -> tuple[int, ...] | None:
        """`(50,)` of varchar(50); None where one could not be read."""

    @property
    def is_array(self) -> bool:
        """Whether it is an array."""


class UserTypeAround(Protocol):
    """A type that is not PostgreSQL's own."""

    @property
    def kind(self) -> str:
        """`domain`, `enum`, `range` or another word of the grammar."""

    @property
    def shown(self) -> str:
        """`schema.type`; `type` where the schema is public."""

    @property
    def base(self) -> TypeAround | None:
        """What a domain stands for."""

    @property
    def has_constraints(self) -> bool:
        """Whether values of this domain must be checked."""


class ColumnAround(Protocol):
    """A column; two of them are equal where they are the same column."""

    @property
    def name(self) -> str:
        """Its name."""

    @property
    def table(self) -> RelationAround:
        """Whose it is."""

    @property
    def type(self) -> TypeAround | None:
        """None where it is not known."""

    @property
    def user_type(self) -> object | None:
        """None where the type is PostgreSQL's own."""

    @property
    def is_not_null(self) -> bool:
        """Whether NULL is refused."""

    @property
    def is_not_null_valid(self) -> bool:
        """Whether old rows were checked for it."""


class ConstraintAround(Protocol):
    """A constraint that is no NOT NULL."""

    @property
    def name(self) -> str:
        """Its name."""

    @property
    def kind(self) -> str:
        """`check`, `foreign`, `primary`, `unique`, `exclude`."""

    @property
    def table(self) -> RelationAround:
        """Whose it is."""

    @property
    def columns(self) -> Sequence[ColumnAround]:
        """Its own, as far as they are known."""

    @property
    def target(self) -> RelationAround | None:
        """What a foreign key refers to."""

    @property
    def target_columns(self) -> Sequence[ColumnAround]:
        """Those of the other side of a foreign key, as far as they are known."""

    @property
    def on_delete(self) -> str:
        """The letter of pg_constraint.confdeltype."""

    @property
    def on_update(self) -> str:
        """The letter of pg_constraint.confupdtype."""


class IndexAround(Protocol):
    """An index."""

    @property
    def name(self) -> str:
        """Its name."""

    @property
    def shown(self) -> str:
        """`schema.index`; `index` where the schema is public."""

    @property
    def kind(self) -> str:
        """In the words of RelationLock."""

    @property
    def table(self) -> RelationAround:
        """Whose it is."""

    @property
    def columns(self) -> Sequence[ColumnAround | None]:
        """Its key in order; None for an expression."""

    @property
    def method(self) -> str:
        """`btree`."""

    @property
    def is_unique(self) -> bool:
        """Whether it refuses duplicates."""

    @property
    def has_predicate(self) -> bool:
        """Whether it has a WHERE."""


class RelationAround(Protocol):
    """A table, view or sequence."""

    @property
    def schema(self) -> str:
        """Its schema's name."""

    @property
    def name(self) -> str:
        """Its name."""

    @property
    def shown(self) -> str:
        """`schema.table`; `table` where the schema is public."""

    @property
    def kind(self) -> str:
        """In the words of RelationLock."""

    @property
    def columns(self) -> Mapping[str, ColumnAround]:
        """Its columns by their names."""

    @property
    def constraints(self) -> Mapping[str, ConstraintAround]:
        """Its constraints by their names."""

    @property
    def indexes(self) -> Sequence[IndexAround]:
        """Its indexes."""

    @property
    def referenced_by(self) -> Sequence[ConstraintAround]:
        """Foreign keys that point here."""

    @property
    def parent(self) -> RelationAround | None:
        """What it is a partition of."""

    @property
    def default_partition(self) -> RelationAround | None:
        """Its partition for all other rows."""

    @property
    def partition_columns(self) -> Sequence[ColumnAround]:
        """Those of PARTITION BY."""

    @property
    def trigger_functions(self) -> Sequence[str]:
        """Bare names of the functions of its triggers, as far as they are known."""

    def family(self) -> Sequence[RelationAround]:
        """Itself and everything below it: partitions and heirs, of all levels."""

    def foreign_keys(self) -> Sequence[ConstraintAround]:
        """Those that point from here to somewhere."""


class SchemaAround(Protocol):
    """What is known of the schema before a statement."""

    def find(self, name: str) -> RelationAround | IndexAround | None:
        """A table, view, sequence or index by its name; None where it is not known."""

    def tables(self) -> Iterable[RelationAround]:
        """Every table that is known, partitioned and foreign ones too."""

    def user_type(self, schema: str, name: str) -> UserTypeAround | None:
        """A domain or another type; `schema` is empty where the name was written without one."""

    def bodies(self, name: str) -> Sequence[str]:
        """The bodies of all functions of this name that are the project's own, as far as they are known."""

    def understands(self, statement: Statement) -> bool:
        """Whether all that a query calls is known to change nothing that its own effects do not tell."""


def relation_named(schema: SchemaAround | None, name: str) -> RelationAround | None:
    """The table, view or sequence of this name; None where that is not known."""
    found = schema.find(name) if schema is not None and name else None
    return None if found is None or hasattr(found, "method") else found


def index_named(schema: SchemaAround | None, name: str) -> IndexAround | None:
    """The index of this name; None where that is not known."""
    found = schema.find(name) if schema is not None and name else None
    return cast("IndexAround", found) if hasattr(found, "method") else None
