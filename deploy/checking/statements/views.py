"""Statements, each kind with the fields that somebody judges."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from deploy.checking.statements.commands import AlterCommand
from deploy.checking.statements.constraints import Column, Constraint, ConstraintT
from deploy.checking.statements.partitions import PartitionBound
from deploy.checking.statements.values import Expression, Relation


@dataclass(frozen=True)
class View:
    """A statement as its reader sees it. It is of this class itself where nobody needed more of it so far."""


@dataclass(frozen=True)
class AlterTable(View):
    """ALTER TABLE, and what the grammar reads as one: ALTER INDEX, ALTER VIEW, ALTER SEQUENCE … OWNER TO.

    Attributes:
        is_of_index: whether an index is altered.
        commands: its subcommands, in the order of the text.
    """

    relation: Relation
    commands: tuple[AlterCommand, ...]
    is_of_index: bool = False

    @property
    def table(self) -> str:
        """The relation's name."""
        return self.relation.shown


@dataclass(frozen=True)
class CreateTable(View):
    """CREATE TABLE.

    Attributes:
        elements: its columns and its own constraints, in the order of the text; a column has those beside it. What
            LIKE or a parent bring is not known here.
        partition_of: the table whose partition it is; None where it is none.
        bound: of the partition.
    """

    relation: Relation
    elements: tuple[Column | Constraint, ...] = ()
    is_if_not_exists: bool = False
    partition_of: Relation | None = None
    bound: PartitionBound | None = None

    @property
    def table(self) -> str:
        """The table's name."""
        return self.relation.shown

    @property
    def columns(self) -> tuple[Column, ...]:
        """Its columns."""
        return tuple(element for element in self.elements if isinstance(element, Column))

    def all_of(self, kind: type[ConstraintT]) -> Iterator[tuple[ConstraintT, Column | None]]:
        """Its constraints of a kind, in the order of the text, each with the column beside which it stands."""
        for element in self.elements:
            if isinstance(element, kind):
                yield element, None
            elif isinstance(element, Column):
                yield from ((item, element) for item in element.all_of(kind))


@dataclass(frozen=True)
class CreateTableAs(View):
    """CREATE TABLE … AS and CREATE MATERIALIZED VIEW.

    Attributes:
        is_filled: False for WITH NO DATA.
        reads: the relations that it names beside its own, sorted.
    """

    relation: Relation
    is_filled: bool
    is_materialized_view: bool
    reads: tuple[str, ...]
    is_if_not_exists: bool = False


@dataclass(frozen=True)
class IndexElement:
    """A column or an expression of an index.

    Attributes:
        column: empty for an expression.
        is_plain: whether nothing but the column is written: no order, operator class or collation.
    """

    column: str
    is_plain: bool


@dataclass(frozen=True)
class CreateIndex(View):
    """CREATE INDEX.

    Attributes:
        name: empty where PostgreSQL gives one.
        method: `btree` where nothing is written.
        included: the columns of INCLUDE.
        where: the condition of a partial index.
        has_storage: whether WITH (…) or TABLESPACE is written.
    """

    name: str
    relation: Relation
    elements: tuple[IndexElement, ...]
    method: str = "btree"
    is_unique: bool = False
    is_concurrent: bool = False
    is_if_not_exists: bool = False
    included: tuple[str, ...] = ()
    where: Expression | None = None
    is_nulls_not_distinct: bool = False
    has_storage: bool = False

    @property
    def table(self) -> str:
        """The name of the relation that it is built on."""
        return self.relation.shown

    @property
    def columns(self) -> tuple[str, ...]:
        """Its columns; an empty name stands for an expression."""
        return tuple(element.column for element in self.elements)


@dataclass(frozen=True)
class DropObjects(View):
    """DROP of something that has no class of its own here: a view, a type or a function, for example.

    Attributes:
        kind: the grammar's word for what goes, `OBJECT_MATVIEW`.
        word: people's word for it, `materialized view`.
        names: `schema.name`, or `name` where the schema is public or not named; `table.name` of a trigger.
    """

    kind: str
    word: str
    names: tuple[str, ...]
    is_cascade: bool = False
    is_if_exists: bool = False
    is_concurrent: bool = False


@dataclass(frozen=True)
class DropTable(DropObjects):
    """DROP TABLE."""


@dataclass(frozen=True)
class DropIndex(DropObjects):
    """DROP INDEX."""


@dataclass(frozen=True)
class Rename(View):
    """RENAME of something that has no class of its own here.

    Attributes:
        word: people's word for it, `materialized view`.
        relation: the table, view or index that is renamed, or whose part is; None where there is none.
        old_name: as it is written; of a relation `schema.table`; empty where the grammar does not tell it.
        new_name: without its schema.
    """

    kind: str
    word: str
    relation: Relation | None
    old_name: str
    new_name: str

    @property
    def table(self) -> str:
        """The name of the relation that it is about; empty where there is none."""
        return self.relation.shown if self.relation is not None else ""

    @property
    def new_table(self) -> str:
        """The relation's new name, with its schema."""
        return f"{self.table.rpartition('.')[0]}.{self.new_name}".lstrip(".")


@dataclass(frozen=True)
class RenameTable(Rename):
    """ALTER TABLE … RENAME TO."""


@dataclass(frozen=True)
class RenameColumn(Rename):
    """ALTER TABLE … RENAME COLUMN; of a view too."""


@dataclass(frozen=True)
class RenameConstraint(Rename):
    """ALTER TABLE … RENAME CONSTRAINT."""


@dataclass(frozen=True)
class RenameIndex(Rename):
    """ALTER INDEX … RENAME TO."""


@dataclass(frozen=True)
class RenameView(Rename):
    """ALTER VIEW … RENAME TO, ALTER MATERIALIZED VIEW … RENAME TO."""


@dataclass(frozen=True)
class RenameSchema(Rename):
    """ALTER SCHEMA … RENAME TO."""


@dataclass(frozen=True)
class Truncate(View):
    """TRUNCATE."""

    tables: tuple[str, ...]
    is_cascade: bool


@dataclass(frozen=True)
class LockTable(View):
    """LOCK TABLE.

    Attributes:
        mode: PostgreSQL's number of it, 1 for ACCESS SHARE to 8 for ACCESS EXCLUSIVE.
    """

    tables: tuple[str, ...]
    mode: int
