"""The overview as JSON: the field names of deploy/model/monitoring.py."""

from __future__ import annotations

from deploy.cli.documents.looking import MonitoredTable, OverviewFacts
from deploy.model.monitoring import DatabaseOverview, TableUse


def overview_to_json(overview: DatabaseOverview) -> OverviewFacts:
    """All fields; times in ISO 8601 (docs/commands/monitor.md)."""
    return {
        "at": overview.at, "totals": overview.totals, "revision_ids": list(overview.revision_ids),
        "sessions": list(overview.sessions), "blocked": list(overview.blocked),
        "tables": [_table(table) for table in overview.tables], "indexes": list(overview.indexes),
        "invalid_indexes": list(overview.invalid_indexes), "replicas": list(overview.replicas),
        "problems": list(overview.problems), "revision_problem": overview.revision_problem,
    }


def _table(use: TableUse) -> MonitoredTable:
    return {
        "name": use.name, "total_bytes": use.total_bytes, "table_bytes": use.table_bytes,
        "index_bytes": use.index_bytes, "live_rows": use.live_rows, "dead_rows": use.dead_rows,
        "sequential_scans": use.sequential_scans, "index_scans": use.index_scans,
        "last_vacuum_at": use.last_vacuum_at, "last_autovacuum_at": use.last_autovacuum_at,
        "last_analyze_at": use.last_analyze_at, "frozen_age": use.frozen_age, "is_locked": use.is_locked,
        "dead_percent": round(use.dead_percent, 1),
    }
