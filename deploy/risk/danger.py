"""What a rule says of a statement."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from deploy.model.risk import RiskLevel
from deploy.risk.statements import Statement


@dataclass(frozen=True)
class Danger:
    """One danger.

    Attributes:
        breaks_older_code: whether a release that was written before may fail on the result.
    """

    rule: str
    level: RiskLevel
    says: str
    breaks_older_code: bool = False


@dataclass(frozen=True)
class Circumstances:
    """What a rule may know beside the statement: tables that this very run created hold no production rows."""

    new_tables: frozenset[str] = frozenset()


Rule = Callable[[Statement, Circumstances], Iterator[Danger]]
