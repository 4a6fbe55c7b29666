"""What is known around the statements that are judged."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from deploy.model.check import Baseline
from deploy.model.rates import Rates
from deploy.model.releases import IgnoreComment
from deploy.model.row_question import RowQuestion
from deploy.model.snapshot import TableSize, TimeLimit


@dataclass(frozen=True)
class Facts:
    """One check's surroundings.

    Attributes:
        existing_tables: those of production; empty where it is not known.
        is_empty: production is known to hold nothing.
        sizes: empty where production is not known.
        schema_sql: production's; empty where it is not known.
        server_major: production's, or the scratch server's.
        ignores: comments of each revision's file, by revision.
        has_advice: whether style is told as well.
        is_known_production: whether sizes and tables are those of a real database.
        time_limits: what cuts the migration's own session off.
        violated: questions to production's rows that were answered with yes.
        long_hold_seconds: a blocking lock held longer than this makes a statement high.
    """

    existing_tables: frozenset[str] = frozenset()
    is_empty: bool = False
    sizes: Mapping[str, TableSize] = field(default_factory=dict)
    schema_sql: str = ""
    server_major: int = 15
    baseline: Baseline = Baseline.RUN
    lock_timeout: str = ""
    time_zone: str = "UTC"
    ignores: Mapping[str, tuple[IgnoreComment, ...]] = field(default_factory=dict)
    has_advice: bool = False
    is_known_production: bool = True
    rates: Rates = field(default_factory=Rates)
    long_hold_seconds: float = 1.0
    violated: tuple[RowQuestion, ...] = ()
    time_limits: tuple[TimeLimit, ...] = ()
