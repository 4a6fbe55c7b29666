"""Changes of rows: as statements of their own, and inside WITH, EXPLAIN and the like."""

from __future__ import annotations

from dataclasses import dataclass

from deploy.checking.statements.values import Expression, Relation
from deploy.checking.statements.views import View


@dataclass(frozen=True)
class RowChange(View):
    """A statement that changes rows.

    Attributes:
        has_with: whether WITH is written before it.
    """

    relation: Relation
    has_with: bool

    @property
    def table(self) -> str:
        """Whose rows change."""
        return self.relation.shown


@dataclass(frozen=True)
class Assignment:
    """`column = value` of an UPDATE.

    Attributes:
        value: None where the column is one of several that get the columns of one row.
    """

    column: str
    value: Expression | None


@dataclass(frozen=True)
class Update(RowChange):
    """UPDATE.

    Attributes:
        where: the condition; None where none is written.
        has_from: whether it joins other tables.
    """

    where: Expression | None
    assignments: tuple[Assignment, ...]
    has_from: bool

    @property
    def has_where(self) -> bool:
        """Whether a condition may leave rows out: `WHERE true` does not."""
        return self.where is not None and not self.where.is_always_true


@dataclass(frozen=True)
class Delete(RowChange):
    """DELETE.

    Attributes:
        where: the condition; None where none is written.
        has_using: whether it joins other tables.
    """

    where: Expression | None
    has_using: bool

    @property
    def has_where(self) -> bool:
        """Whether a condition may leave rows out: `WHERE true` does not."""
        return self.where is not None and not self.where.is_always_true


@dataclass(frozen=True)
class Insert(RowChange):
    """INSERT.

    Attributes:
        is_from_query: whether a query computes its rows, and they are not written out.
        is_upsert: whether ON CONFLICT DO UPDATE is written.
        columns: that it lists; empty where it lists none.
    """

    is_from_query: bool
    is_upsert: bool
    columns: tuple[str, ...] = ()


@dataclass(frozen=True)
class Merge(RowChange):
    """MERGE.

    Attributes:
        actions: what its branches do, each once: `UPDATE`, `DELETE`, `INSERT`, `NOTHING`.
    """

    actions: frozenset[str]
