"""Words that several rules use."""

from __future__ import annotations

from deploy.checking.risk.circumstances import Circumstances


def rows_of(circumstances: Circumstances, table: str) -> str:
    """`about 1,200,000 rows of orders`; `all rows of orders` where production is not known."""
    rows = circumstances.rows(table)
    return f"all rows of {table}" if rows is None else f"about {rows:,} rows of {table}"


def held_before(circumstances: Circumstances, table: str) -> str:
    """What a change of rows loses; empty where production has none."""
    return "" if circumstances.is_empty(table) else f"what {rows_of(circumstances, table)} held before"


def none_yet(circumstances: Circumstances, table: str) -> str:
    """`; production has no row there now`; empty where it has, or that is not known. It lowers no level."""
    return "; production has no row there now" if circumstances.is_empty(table) else ""
