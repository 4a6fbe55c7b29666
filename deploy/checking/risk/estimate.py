"""How long it takes on production: sizes times rates, marked as an estimate until a rehearsal measures it."""

from __future__ import annotations

from deploy.checking.risk.circumstances import Circumstances
from deploy.model.effects import Effects
from deploy.model.rates import Rates
from deploy.model.snapshot import TableSize

# A catalog change: the lock, the row in pg_class, the commit.
INSTANT_SECONDS = 0.005


def estimate_seconds(effects: Effects, circumstances: Circumstances, rates: Rates) -> float | None:
    """Of one statement; None where its work grows with tables whose size is not known."""
    total = INSTANT_SECONDS
    rewritten = set(effects.rewrites)
    built = [build.table for build in effects.index_builds if build.table not in rewritten]
    jobs = [(name, "rewrite") for name in effects.rewrites] + [(name, "build") for name in built]
    # CONCURRENTLY reads the table twice.
    jobs += [(build.table, "build") for build in effects.concurrent_builds for _ in range(2)]
    jobs += [(name, "scan") for name in effects.scans if name not in built]
    for name, job in jobs:
        size = circumstances.size(name)
        if size is None:
            return None
        total += _seconds(job, size, rates, has_foreign_key=bool(effects.validated_foreign_keys))
    return total


def _seconds(job: str, size: TableSize, rates: Rates, *, has_foreign_key: bool) -> float:
    if job == "rewrite":
        return max(size.rows / rates.rewrite_rows, size.total_bytes / rates.rewrite_bytes)
    if job == "build":
        return max(size.rows / rates.build_rows, size.table_bytes / rates.scan_bytes)
    per_second = rates.link_rows if has_foreign_key else rates.scan_rows
    return max(size.rows / per_second, size.table_bytes / rates.scan_bytes)
