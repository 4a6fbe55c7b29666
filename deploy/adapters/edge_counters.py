"""HAProxy's counters of one backend: https://docs.haproxy.org/2.6/management.html section 9.1."""

from __future__ import annotations

import csv
from collections.abc import Mapping

from deploy.model.errors import StepFailed
from deploy.model.watching import EdgeCounters


def parse_counters(stat_text: str, backend: str) -> EdgeCounters:
    """`show stat BACKEND 6 -1`: the backend's row and its servers' rows.

    Raises:
        StepFailed: the backend is not in it.
    """
    rows = list(csv.DictReader(stat_text.lstrip("# ").splitlines()))
    total = next((row for row in rows if row.get("svname") == "BACKEND" and row.get("pxname") == backend), None)
    if total is None:
        raise StepFailed(
            f"the edge tells no counters of backend {backend!r}",
            hint=f"edge/haproxy.cfg needs `backend {backend}` in HTTP mode", reference="edge-refused",
        )
    servers = [row for row in rows if row.get("svname") not in {"BACKEND", "FRONTEND"}]
    return EdgeCounters(
        answered=sum(_number(total, f"hrsp_{group}") for group in ("1xx", "2xx", "3xx", "4xx", "other")),
        failed=_number(total, "hrsp_5xx"),
        average_ms=_number(total, "rtime"),
        serving_count=sum(1 for row in servers if (row.get("status") or "").startswith("UP")),
    )


def _number(row: Mapping[str, str], name: str) -> int:
    return int(row.get(name) or 0)
