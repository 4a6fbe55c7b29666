"""How fast a PostgreSQL on a machine works; what an estimate multiplies sizes with."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Rates:
    """Rows and bytes a second. The defaults were measured on two cores with a warm cache (2 M rows).

    Attributes:
        source: `prior`, or where they were measured.
    """

    scan_rows: float = 8_000_000
    scan_bytes: float = 1_000_000_000
    link_rows: float = 2_400_000
    build_rows: float = 500_000
    rewrite_rows: float = 250_000
    rewrite_bytes: float = 25_000_000
    change_rows: float = 60_000
    source: str = "prior"
