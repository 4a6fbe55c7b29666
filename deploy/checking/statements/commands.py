"""The subcommands of ALTER TABLE."""

from __future__ import annotations

from dataclasses import dataclass

from deploy.checking.statements.constraints import Column, Constraint
from deploy.checking.statements.partitions import PartitionBound
from deploy.checking.statements.values import ColumnType, Expression, Relation


@dataclass(frozen=True)
class AlterCommand:
    """One subcommand. It is of this class itself where it has nothing but a name, or nobody needed more of it so far.

    Attributes:
        kind: the grammar's word for it, `AT_SetStatistics`.
        name: of the column, constraint, trigger, rule, tablespace… that it is about; empty where it names none.
        position: its place among the subcommands of its statement, from 0.
    """

    kind: str
    name: str
    position: int


@dataclass(frozen=True)
class AddColumn(AlterCommand):
    """ADD COLUMN."""

    column: Column
    is_if_not_exists: bool


@dataclass(frozen=True)
class DropColumn(AlterCommand):
    """DROP COLUMN."""

    is_cascade: bool
    is_if_exists: bool


@dataclass(frozen=True)
class AlterColumnType(AlterCommand):
    """ALTER COLUMN … TYPE.

    Attributes:
        column_type: the new one.
        using: what makes the new value; None where the old one is cast.
        collation: the parts of its name; empty where none is written.
    """

    column_type: ColumnType
    using: Expression | None
    collation: tuple[str, ...]


@dataclass(frozen=True)
class SetNotNull(AlterCommand):
    """ALTER COLUMN … SET NOT NULL."""


@dataclass(frozen=True)
class DropNotNull(AlterCommand):
    """ALTER COLUMN … DROP NOT NULL."""


@dataclass(frozen=True)
class SetDefault(AlterCommand):
    """ALTER COLUMN … SET DEFAULT."""

    value: Expression


@dataclass(frozen=True)
class DropDefault(AlterCommand):
    """ALTER COLUMN … DROP DEFAULT."""


@dataclass(frozen=True)
class SetExpression(AlterCommand):
    """ALTER COLUMN … SET EXPRESSION (PostgreSQL 17)."""

    value: Expression


@dataclass(frozen=True)
class AddConstraint(AlterCommand):
    """ADD CONSTRAINT, or ADD CHECK and the like without a name."""

    constraint: Constraint


@dataclass(frozen=True)
class DropConstraint(AlterCommand):
    """DROP CONSTRAINT."""

    is_cascade: bool
    is_if_exists: bool


@dataclass(frozen=True)
class ValidateConstraint(AlterCommand):
    """VALIDATE CONSTRAINT."""


@dataclass(frozen=True)
class AlterConstraint(AlterCommand):
    """ALTER CONSTRAINT.

    Attributes:
        constraint_name: of the constraint; the grammar keeps it apart from `name`.
        is_enforced: whether it is tested from now on; None where the statement does not say it.
    """

    constraint_name: str
    is_enforced: bool | None


@dataclass(frozen=True)
class AttachPartition(AlterCommand):
    """ATTACH PARTITION, of a table or of an index.

    Attributes:
        bound: None for an index.
    """

    partition: Relation
    bound: PartitionBound | None


@dataclass(frozen=True)
class DetachPartition(AlterCommand):
    """DETACH PARTITION, CONCURRENTLY and FINALIZE too."""

    partition: Relation
    is_concurrent: bool
    is_finalize: bool


@dataclass(frozen=True)
class ChangeInheritance(AlterCommand):
    """INHERIT and NO INHERIT."""

    parent: Relation


@dataclass(frozen=True)
class ReplicaIdentity(AlterCommand):
    """REPLICA IDENTITY.

    Attributes:
        is_nothing: whether nothing tells one row from another any more.
    """

    is_nothing: bool


@dataclass(frozen=True)
class ChangeOwner(AlterCommand):
    """OWNER TO.

    Attributes:
        owner: a role's name, or the words that stand for one: `CURRENT_USER`.
    """

    owner: str
