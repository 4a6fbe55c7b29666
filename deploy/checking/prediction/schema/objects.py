"""The things a schema consists of. They point at each other, so a rename changes one place only.

`created_in` is the label that `Schema.begin` was given when the object was made; None: it was there at the start.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

TABLE_KINDS = frozenset({"table", "partitioned table", "foreign table"})
SERIAL_BASES = {
    "serial": "int4", "serial4": "int4", "bigserial": "int8", "serial8": "int8", "smallserial": "int2",
    "serial2": "int2",
}


@dataclass(frozen=True, slots=True)
class ColumnType:
    """A type as the grammar names it: `int4`, `varchar`.

    Attributes:
        schema: of a type that is not PostgreSQL's own, where it was written.
        modifiers: `(50,)` of varchar(50); None where a modifier could not be read.
    """

    name: str
    schema: str = ""
    modifiers: tuple[int, ...] | None = ()
    is_array: bool = False


@dataclass(slots=True, eq=False)
class UserType:
    """A domain, an enum, or another type that was made here.

    Attributes:
        kind: `domain`, `enum`, `composite`, `range`, `base`.
        base / base_user_type: what a domain stands for.
        checks: names of a domain's CHECKs.
    """

    schema: str
    name: str
    kind: str
    created_in: str | None = None
    base: ColumnType | None = None
    base_user_type: UserType | None = None
    checks: set[str] = field(default_factory=set)
    is_not_null: bool = False

    @property
    def has_constraints(self) -> bool:
        """Whether values of this domain must be checked (its base's constraints count)."""
        own = bool(self.checks) or self.is_not_null
        return own or (self.base_user_type is not None and self.base_user_type.has_constraints)

    @property
    def shown(self) -> str:
        """`schema.type`; `type` where the schema is public."""
        return self.name if self.schema == "public" else f"{self.schema}.{self.name}"


@dataclass(slots=True, eq=False)
class Function:
    """A function or procedure; overloaded ones of one name are one here, the most volatile counts.

    Attributes:
        volatility: `i`, `s` or `v`, as pg_proc has it.
        body: its source where it is SQL or PL/pgSQL.
        arguments: their types, as an object identity has them.
    """

    schema: str
    name: str
    language: str
    volatility: str
    body: str
    created_in: str | None = None
    arguments: str = ""


@dataclass(slots=True, eq=False)
class Column:
    """One column.

    Attributes:
        user_type: where the type was made here.
        not_null_name: the name of its NOT NULL constraint (PostgreSQL 18 has one for each).
        is_not_null_valid: False after ADD CONSTRAINT … NOT NULL … NOT VALID.
        default_sequences / default_functions: what its default calls.
        identity: `a` (always), `d` (by default) or empty.
        generated: `s` (stored), `v` (virtual) or empty.
    """

    table: Relation
    name: str
    type: ColumnType | None
    user_type: UserType | None = None
    created_in: str | None = None
    is_not_null: bool = False
    not_null_name: str = ""
    is_not_null_valid: bool = True
    has_default: bool = False
    default_sequences: list[Relation] = field(default_factory=list)
    default_functions: frozenset[str] = frozenset()
    identity: str = ""
    generated: str = ""
    generated_from: list[Column] = field(default_factory=list)
    collation: str = ""


@dataclass(slots=True, eq=False)
class Index:
    """An index.

    Attributes:
        columns: its plain key columns, in order; None for an expression.
        included: columns of INCLUDE.
        mentioned: columns of its expressions and its predicate.
        collations: explicit ones by key position.
    """

    schema: str
    name: str
    table: Relation
    columns: list[Column | None]
    included: list[Column] = field(default_factory=list)
    mentioned: list[Column] = field(default_factory=list)
    functions: frozenset[str] = frozenset()
    has_predicate: bool = False
    is_unique: bool = False
    is_valid: bool = True
    is_only: bool = False
    is_clustered: bool = False
    method: str = "btree"
    explicit_collations: frozenset[int] = frozenset()
    explicit_opclasses: frozenset[int] = frozenset()
    constraint: Constraint | None = None
    parent: Index | None = None
    children: list[Index] = field(default_factory=list)
    created_in: str | None = None

    @property
    def kind(self) -> str:
        """In the words of RelationLock."""
        return "partitioned index" if self.table.kind == "partitioned table" else "index"

    @property
    def has_expressions(self) -> bool:
        """Whether some key is not a plain column."""
        return None in self.columns

    @property
    def shown(self) -> str:
        """`schema.index`; `index` where the schema is public."""
        return self.name if self.schema == "public" else f"{self.schema}.{self.name}"

    def uses(self, column: Column) -> bool:
        """Whether it depends on the column in any way."""
        return column in self.columns or column in self.included or column in self.mentioned


@dataclass(slots=True, eq=False)
class Constraint:
    """A constraint; NOT NULL ones live in their column.

    Attributes:
        kind: `check`, `foreign`, `primary`, `unique`, `exclude`.
        proves_not_null: columns that a CHECK shows to be never NULL.
        target / target_columns: the other side of a foreign key.
        children: its copies on partitions.
        expression: the parsed CHECK.
    """

    table: Relation
    name: str
    kind: str
    columns: list[Column] = field(default_factory=list)
    created_in: str | None = None
    is_valid: bool = True
    is_enforced: bool = True
    is_deferrable: bool = False
    proves_not_null: list[Column] = field(default_factory=list)
    functions: frozenset[str] = frozenset()
    expression: Any = None
    index: Index | None = None
    target: Relation | None = None
    target_columns: list[Column] = field(default_factory=list)
    on_delete: str = "a"
    on_update: str = "a"
    parent: Constraint | None = None
    children: list[Constraint] = field(default_factory=list)


@dataclass(slots=True, eq=False)
class Trigger:
    """A trigger.

    Attributes:
        update_columns: of UPDATE OF, and those that WHEN mentions.
        function: its function's schema (where written) and name.
    """

    table: Relation
    name: str
    update_columns: list[Column]
    function: tuple[str, str]
    is_for_each_row: bool = False
    created_in: str | None = None


@dataclass(slots=True, eq=False)
class Statistics:
    """Extended statistics of a table's columns."""

    schema: str
    name: str
    table: Relation
    columns: list[Column]
    created_in: str | None = None


@dataclass(slots=True, eq=False)
class Relation:
    """A table, view or sequence.

    Attributes:
        kind: in the words of RelationLock.
        is_assumed: no statement made it: only its name is known.
        is_uncertain: something was done to it that was not understood.
        uses / used_columns: what a view is made of.
        owner: the column that a sequence belongs to; owned_sequences: those of this table's columns.
        rules: the event of each by its name, `delete`.
        parent / partitions / bound: of partitioning; inherits / heirs: of INHERITS.
        partition_columns: those of PARTITION BY.
    """

    schema: str
    name: str
    kind: str
    created_in: str | None = None
    is_assumed: bool = False
    is_uncertain: bool = False
    persistence: str = "p"
    access_method: str = ""
    tablespace: str = ""
    columns: dict[str, Column] = field(default_factory=dict)
    constraints: dict[str, Constraint] = field(default_factory=dict)
    indexes: list[Index] = field(default_factory=list)
    triggers: dict[str, Trigger] = field(default_factory=dict)
    policies: dict[str, list[Column]] = field(default_factory=dict)
    rules: dict[str, str] = field(default_factory=dict)
    referenced_by: list[Constraint] = field(default_factory=list)
    uses: list[Relation] = field(default_factory=list)
    used_columns: set[Column] = field(default_factory=set)
    used_functions: frozenset[str] = frozenset()
    used_by: list[Relation] = field(default_factory=list)
    owner: Column | None = None
    parent: Relation | None = None
    partitions: list[Relation] = field(default_factory=list)
    bound: Any = None
    partition_columns: list[Column] = field(default_factory=list)
    inherits: list[Relation] = field(default_factory=list)
    heirs: list[Relation] = field(default_factory=list)
    owned_sequences: list[Relation] = field(default_factory=list)
    statistics: dict[str, Statistics] = field(default_factory=dict)
    row_type_of: UserType | None = None

    @property
    def shown(self) -> str:
        """`schema.table`; `table` where the schema is public."""
        return self.name if self.schema == "public" else f"{self.schema}.{self.name}"

    @property
    def is_default_partition(self) -> bool:
        """Whether it takes the rows that no other partition takes."""
        return self.bound is not None and self.bound.is_default

    @property
    def default_partition(self) -> Relation | None:
        """Its partition for all other rows."""
        return next((child for child in self.partitions if child.is_default_partition), None)

    @property
    def trigger_functions(self) -> list[str]:
        """Bare names of the functions of its triggers."""
        return [trigger.function[1] for trigger in self.triggers.values()]

    def family(self) -> list[Relation]:
        """Itself and everything below it: partitions and heirs, of all levels."""
        if not self.partitions and not self.heirs:
            return [self]
        found, todo = {self: None}, [self]
        for relation in todo:
            new = [child for child in (*relation.partitions, *relation.heirs) if child not in found]
            found.update(dict.fromkeys(new))
            todo.extend(new)
        return list(found)

    def foreign_keys(self) -> list[Constraint]:
        """Those that point from here to somewhere."""
        return [constraint for constraint in self.constraints.values() if constraint.kind == "foreign"]

    @property
    def primary_key(self) -> Constraint | None:
        """Its primary key."""
        return next((constraint for constraint in self.constraints.values() if constraint.kind == "primary"), None)
