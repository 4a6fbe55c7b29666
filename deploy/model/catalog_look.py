"""What a scratch server's catalog held of a statement's relations, as it was before that statement.

Relations are told by their numbers (oids); names are as the catalog has them, without quotes.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class LookColumn:
    """One column of a relation.

    Attributes:
        type_name: `int4`; of an array, that of its elements.
        modifiers: `(50,)` of varchar(50); empty where the type has none.
        is_own_type: whether the type is not one of PostgreSQL's own: a domain, an enum, an extension's.
        is_not_null_valid: False where NOT NULL was not checked for the old rows (NOT VALID, since PostgreSQL 18).
    """

    name: str
    type_name: str
    modifiers: tuple[int, ...] = ()
    is_array: bool = False
    is_own_type: bool = False
    is_not_null: bool = False
    is_not_null_valid: bool = True


@dataclass(frozen=True)
class LookConstraint:
    """One constraint; NOT NULL ones are told with their columns.

    Attributes:
        table: the relation that has it.
        kind: `check`, `foreign`, `primary`, `unique`, `exclude`.
        target: the table that a foreign key refers to; 0 for others.
        on_delete: the letter of pg_constraint.confdeltype; on_update: of confupdtype.
    """

    table: int
    name: str
    kind: str
    columns: tuple[str, ...]
    target: int = 0
    target_columns: tuple[str, ...] = ()
    on_delete: str = "a"
    on_update: str = "a"


@dataclass(frozen=True)
class LookIndex:
    """One index.

    Attributes:
        columns: its key in order; None for an expression.
        method: `btree`.
    """

    oid: int
    table: int
    schema: str
    name: str
    columns: tuple[str | None, ...]
    method: str
    is_unique: bool
    has_predicate: bool


@dataclass(frozen=True)
class LookRelation:
    """A table, view or sequence.

    Attributes:
        kind: in the words of RelationLock.
        columns: empty where it is only tied to what the statement names.
        partition_columns: those of PARTITION BY.
        parents: what it is a partition or an heir of.
        is_default_partition: whether it takes the rows that no other partition takes.
    """

    oid: int
    schema: str
    name: str
    kind: str
    columns: tuple[LookColumn, ...] = ()
    partition_columns: tuple[str, ...] = ()
    parents: tuple[int, ...] = ()
    is_default_partition: bool = False


@dataclass(frozen=True)
class LookType:
    """A type that is not PostgreSQL's own.

    Attributes:
        kind: `domain`, `enum`, `composite`, `range`, `base`.
        base_name: what a domain stands for; empty for others.
        has_constraints: whether values of this domain must be checked (its base's constraints count).
    """

    schema: str
    name: str
    kind: str
    base_name: str = ""
    has_constraints: bool = False


@dataclass(frozen=True)
class LookFunction:
    """A function that a query may call.

    Attributes:
        is_own: whether it is neither PostgreSQL's nor an extension's.
        volatility: `i`, `s` or `v`, as pg_proc has it.
        body: its source where it is SQL or PL/pgSQL, and its own.
    """

    schema: str
    name: str
    is_own: bool
    language: str
    volatility: str
    body: str = ""


@dataclass(frozen=True)
class CatalogLook:
    """All of it.

    Attributes:
        search_path: the schemas in which a bare name was looked up, in their order.
        relations: those that the statement names, and those that partitions and foreign keys tie to them.
    """

    search_path: tuple[str, ...]
    relations: tuple[LookRelation, ...] = ()
    constraints: tuple[LookConstraint, ...] = ()
    indexes: tuple[LookIndex, ...] = ()
    types: tuple[LookType, ...] = ()
    functions: tuple[LookFunction, ...] = ()
