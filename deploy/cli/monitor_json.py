"""The overview as JSON: the field names of deploy/model/monitoring.py."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from deploy.model.monitoring import DatabaseOverview


def overview_to_json(overview: DatabaseOverview) -> dict[str, Any]:
    """All fields; times in ISO 8601 (docs/commands/monitor.md)."""
    document = asdict(overview)
    document["at"] = overview.at.isoformat()
    for table, seen in zip(document["tables"], overview.tables, strict=True):
        table["dead_percent"] = round(seen.dead_percent, 1)
    return document
