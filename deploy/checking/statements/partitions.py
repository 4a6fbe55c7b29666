"""The bounds of partitions."""

from __future__ import annotations

from dataclasses import dataclass

from deploy.checking.statements.values import Expression


@dataclass(frozen=True)
class PartitionBound:
    """FOR VALUES …, or DEFAULT.

    Attributes:
        strategy: `range`, `list` or `hash`; empty for DEFAULT.
        low: of a range; the grammar takes MINVALUE for a column.
        high: of a range; the grammar takes MAXVALUE for a column.
        values: of a list.
        modulus: of a hash.
        remainder: of a hash.
    """

    strategy: str = ""
    low: tuple[Expression, ...] = ()
    high: tuple[Expression, ...] = ()
    values: tuple[Expression, ...] = ()
    modulus: int = 0
    remainder: int = 0
    is_default: bool = False
