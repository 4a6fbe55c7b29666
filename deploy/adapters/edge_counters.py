"""HAProxy's counters: https://docs.haproxy.org/2.6/management.html section 9.1, and `show table` in 9.3."""

from __future__ import annotations

import csv
import re
from collections.abc import Collection, Mapping, Sequence

from deploy.model.errors import StepFailed
from deploy.model.watching import EdgeCounters

ANSWERED = tuple(f"hrsp_{group}" for group in ("1xx", "2xx", "3xx", "4xx", "other"))
NOT_SERVERS = {"BACKEND", "FRONTEND"}
COUNT_OF_OVERLOAD = re.compile(r"\bgpc0=(\d+)")


def parse_counters(stat_text: str, table_text: str, backend: str, unchecked: str) -> EdgeCounters:
    """`show stat -1 6 -1` (the rows of backends and servers) and `show table` of the overload counter.

    Args:
        unchecked: the backend with the same containers without checks; an older configuration has none.

    Raises:
        StepFailed: the backend is not in it.
    """
    rows = list(csv.DictReader(stat_text.lstrip("# ").splitlines()))
    mine = [row for row in rows if row.get("pxname") in {backend, unchecked}]
    totals = {row["pxname"]: row for row in mine if row.get("svname") == "BACKEND"}
    if backend not in totals:
        raise StepFailed(
            f"the edge has no counters of backend {backend!r}",
            hint=f"edge/haproxy.cfg needs `backend {backend}` in HTTP mode", reference="edge-refused",
        )
    servers = [row for row in mine if row.get("svname") not in NOT_SERVERS]
    failed = _sum(totals.values(), ("hrsp_5xx",))
    overloaded = COUNT_OF_OVERLOAD.search(table_text)
    return EdgeCounters(
        answered=_sum(totals.values(), ANSWERED),
        failed=failed,
        average_ms=_number(totals[backend], "rtime"),
        serving_count=sum(1 for row in servers if row["pxname"] == backend and _status(row).startswith("UP")),
        refused=max(failed - _sum(servers, ("hrsp_5xx",)), 0),
        overloaded=int(overloaded[1]) if overloaded else 0,
        unchecked=_sum([totals[unchecked]], (*ANSWERED, "hrsp_5xx")) if unchecked in totals else 0,
        late_count=sum(1 for row in servers if row["pxname"] == backend and _is_late(row)),
    )


def _status(row: Mapping[str, str]) -> str:
    return row.get("status") or ""


def _is_late(row: Mapping[str, str]) -> bool:
    """Down, and only because the last check had no answer in time: L4TOUT, L6TOUT, L7TOUT."""
    return _status(row).startswith("DOWN") and (row.get("check_status") or "").lstrip("* ").endswith("TOUT")


def _sum(rows: Collection[Mapping[str, str]], names: Sequence[str]) -> int:
    return sum(_number(row, name) for row in rows for name in names)


def _number(row: Mapping[str, str], name: str) -> int:
    return int(row.get(name) or 0)
