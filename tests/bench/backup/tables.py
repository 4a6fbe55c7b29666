"""Figures beside their targets."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from tests.bench.backup.work import Cost

MOST_MEGABYTES = 100


@dataclass(frozen=True)
class Figures:
    """Of one server.

    Attributes:
        costs: medians.
        pressure: transactions a second, by what ran beside.
    """

    costs: Mapping[str, Cost]
    sql_bytes: int
    backup_bytes: int
    compression: str
    pressure: Mapping[str, float]


def print_table(figures: Figures) -> bool:
    """Print it; whether every target is met."""
    for name, cost in figures.costs.items():
        own = f"  our process {cost.own_megabytes:4.0f} MB" if cost.own_megabytes else ""
        print(f"  {name:<14} {cost.seconds:7.2f} s  processor {cost.all_cpu_seconds:6.2f} s, of the clients {cost.cpu_seconds:6.2f} s{own}")
    print(f"  f.sql {figures.sql_bytes / 1e6:,.0f} MB, backup {figures.backup_bytes / 1e6:,.0f} MB ({figures.compression})")
    for name, value in figures.pressure.items():
        share = value / figures.pressure["alone"] - 1
        print(f"  pgbench {name:<24} {value:8.0f} tps  {share:+.0%}")
    met = [
        _target("bare dump / seed dump", _ratio(figures, "bare dump", "seed dump"), 1.10),
        _target("backup / seed dump", _ratio(figures, "backup", "seed dump"), 1.40),
        _target("backup size / f.sql", figures.backup_bytes / figures.sql_bytes, 0.20),
        _target("restore / seed restore", _ratio(figures, "restore", "seed restore"), 0.70),
        _target("our process, MB", _megabytes(figures), MOST_MEGABYTES),
    ]
    return all(met)


def _ratio(figures: Figures, above: str, below: str) -> float | None:
    if above not in figures.costs or below not in figures.costs:
        return None
    return figures.costs[above].seconds / figures.costs[below].seconds


def _megabytes(figures: Figures) -> float | None:
    return max((cost.own_megabytes for cost in figures.costs.values()), default=None)


def _target(name: str, value: float | None, most: float) -> bool:
    if value is None:
        return True
    print(f"  {'met   ' if value <= most else 'MISSED'}  {name:<24} {value:8.3f}  (at most {most})")
    return value <= most
