"""Columns and constraints, as statements define them."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, ClassVar, TypeVar

from deploy.checking.statements.nodes import SERIAL_TYPES, function_calls
from deploy.checking.statements.values import ColumnType, Expression, Relation

_NOWHERE = Relation("")


@dataclass(frozen=True)
class Constraint:
    """A constraint of a table or of a column.

    Attributes:
        name: empty where PostgreSQL gives one.
        columns: of the table, as the constraint lists them; empty where it stands beside its column.
        is_not_valid: whether NOT VALID is written: rows that are there are not looked at.
        is_enforced: whether it is tested at all; only a CHECK and a foreign key may be NOT ENFORCED.
    """

    label: ClassVar[str] = "constraint"  # the end of the names that PostgreSQL gives
    name: str = ""
    columns: tuple[str, ...] = ()
    is_not_valid: bool = False
    is_enforced: bool = True


@dataclass(frozen=True)
class Check(Constraint):
    """CHECK.

    Attributes:
        condition: None for the parser's oddities only.
    """

    label: ClassVar[str] = "check"
    condition: Expression | None = None
    is_no_inherit: bool = False


@dataclass(frozen=True)
class NotNull(Constraint):
    """NOT NULL beside a column, or as a constraint of the table (PostgreSQL 18)."""

    label: ClassVar[str] = "not_null"


@dataclass(frozen=True)
class Unique(Constraint):
    """UNIQUE.

    Attributes:
        index_name: of the index that it takes over; empty where it builds its own.
    """

    label: ClassVar[str] = "key"
    index_name: str = ""


@dataclass(frozen=True)
class PrimaryKey(Constraint):
    """PRIMARY KEY.

    Attributes:
        index_name: of the index that it takes over; empty where it builds its own.
    """

    label: ClassVar[str] = "pkey"
    index_name: str = ""


@dataclass(frozen=True)
class Exclude(Constraint):
    """EXCLUDE."""

    label: ClassVar[str] = "excl"


@dataclass(frozen=True)
class ForeignKey(Constraint):
    """FOREIGN KEY, or REFERENCES beside a column.

    Attributes:
        target: the table that it refers to.
        target_columns: empty where its primary key is meant.
        on_delete: `CASCADE`, `SET NULL`, `SET DEFAULT`, `RESTRICT`; empty for NO ACTION.
        on_update: the same.
        is_match_simple: False for MATCH FULL and MATCH PARTIAL.
        set_columns: those that ON DELETE SET NULL (…) names.
        is_deferred: whether it is INITIALLY DEFERRED.
    """

    label: ClassVar[str] = "fkey"
    target: Relation = _NOWHERE
    target_columns: tuple[str, ...] = ()
    on_delete: str = ""
    on_update: str = ""
    is_match_simple: bool = True
    set_columns: tuple[str, ...] = ()
    is_deferrable: bool = False
    is_deferred: bool = False


@dataclass(frozen=True)
class Default(Constraint):
    """DEFAULT beside a column.

    Attributes:
        value: what a row gets that does not say it.
    """

    value: Expression | None = None


@dataclass(frozen=True)
class Generated(Constraint):
    """GENERATED ALWAYS AS (…) beside a column.

    Attributes:
        value: what is computed.
        is_virtual: whether it is computed when it is read (PostgreSQL 18), and nothing is stored.
    """

    value: Expression | None = None
    is_virtual: bool = False


@dataclass(frozen=True)
class Identity(Constraint):
    """GENERATED … AS IDENTITY beside a column."""


ConstraintT = TypeVar("ConstraintT", bound=Constraint)


@dataclass(frozen=True)
class Column:
    """A column, as CREATE TABLE and ADD COLUMN define it.

    Attributes:
        constraints: all that stand beside it, its default among them; NULL and DEFERRABLE are none.
    """

    name: str
    column_type: ColumnType
    constraints: tuple[Constraint, ...] = ()
    _node: Any = field(default=None, repr=False, compare=False)

    @cached_property
    def calls(self) -> frozenset[str]:
        """Every function that its definition calls, lower case, without schema."""
        return function_calls(self._node)

    def has(self, *kinds: type[Constraint]) -> bool:
        """Whether one of these kinds stands beside it."""
        return any(isinstance(item, kinds) for item in self.constraints)

    def all_of(self, kind: type[ConstraintT]) -> tuple[ConstraintT, ...]:
        """Those of a kind, in the order of the text."""
        return tuple(item for item in self.constraints if isinstance(item, kind))

    @property
    def default(self) -> Expression | None:
        """Of DEFAULT; None where nothing is written."""
        return next((item.value for item in self.all_of(Default)), None)

    @property
    def generated(self) -> Expression | None:
        """Of GENERATED ALWAYS AS; None where nothing is written."""
        return next((item.value for item in self.all_of(Generated)), None)

    @property
    def is_serial(self) -> bool:
        """Whether its type is one of PostgreSQL's words for an integer with a sequence."""
        return self.column_type.name in SERIAL_TYPES
