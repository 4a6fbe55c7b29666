"""The overview on a terminal: Rich tables, the worst first."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from rich.console import Console
from rich.table import Table
from rich.text import Text

from deploy.model.monitoring import DatabaseOverview, DatabaseTotals
from deploy.model.version_tables import at_words
from deploy.model.visible import visible

LONG_TRANSACTION_SECONDS = 60
MANY_DEAD_PERCENT = 20
FULL_PERCENT = 80
LOW_HIT_PERCENT = 90


def print_screen(overview: DatabaseOverview, rows: int) -> None:
    """One screen; `rows` lines of each list."""
    console = Console(highlight=False)
    for line in summary_lines(overview):
        console.print(line)
    lists = (_waiting, _sessions, _tables, _indexes, _replicas)
    for table in (make(overview, rows) for make in lists):
        if table is not None:
            console.print(table)
    for warning in _warnings(overview):
        console.print(Text(visible(f"! {warning}"), style="yellow"))


def summary_lines(overview: DatabaseOverview) -> list[Text]:
    """The first three lines: who, how full, how worn."""
    t = overview.totals
    at = at_words(overview.revision_ids, overview.revision_problem)
    hit = "?" if t.cache_hit_percent is None else f"{t.cache_hit_percent:.1f} %"
    role = "standby" if t.is_in_recovery else "primary"
    return [
        Text(visible(f"{t.database_name}, PostgreSQL {t.server_version} ({role}), at {at}, ")
             + f"{bytes_word(t.size_bytes)}, {overview.at:%H:%M:%S}"),
        Text(f"connections {t.connections_used} of {t.connections_max}, active {t.active}, waiting {t.waiting}, "
             f"idle in transaction {t.idle_in_transaction}", style=_alarm(t)),
        Text(f"cache hit {hit}, deadlocks {t.deadlocks}, temporary {bytes_word(t.temporary_bytes)}, wraparound age "
             f"{t.wraparound_age:,} of {t.wraparound_limit:,}"),
    ]


def bytes_word(count: int) -> str:
    """`12.3 MB`."""
    size = float(count)
    for unit in ("B", "kB", "MB", "GB"):
        if abs(size) < 1000:  # noqa: PLR2004
            return f"{size:.0f} {unit}" if unit == "B" else f"{size:.1f} {unit}"
        size /= 1000
    return f"{size:.1f} TB"


def seconds_word(seconds: float | None) -> str:
    """`42 s`, `7 min`, `3 h`."""
    if seconds is None:
        return "-"
    for size, word in ((86400, "d"), (3600, "h"), (60, "min")):
        if seconds >= 2 * size:
            return f"{seconds / size:.0f} {word}"
    return f"{seconds:.0f} s"


def _alarm(totals: DatabaseTotals) -> str:
    is_full = 100 * totals.connections_used >= FULL_PERCENT * totals.connections_max
    return "red" if is_full or totals.waiting else ""


def _table(title: str, *columns: str, right: Sequence[str] = ()) -> Table:
    table = Table(title=title, title_justify="left", box=None, pad_edge=False, header_style="dim")
    for name in columns:
        table.add_column(name, justify="right" if name in right else "left", no_wrap=True, overflow="ellipsis")
    return table


def _waiting(overview: DatabaseOverview, rows: int) -> Table | None:
    if not overview.blocked:
        return None
    table = _table(
        "waiting for locks", "pid", "who", "waits", "on", "query", "blocked by", "its query", right=("waits",)
    )
    for b in overview.blocked[:rows]:
        root = f"{b.root_pid} {b.root_application_name or b.root_client} ({b.root_state})"
        table.add_row(
            *_texts(b.pid, b.application_name or b.client, seconds_word(b.waited_seconds), b.relation, b.query[:40],
                    root, b.root_query[:40]), style="red",
        )
    return table


def _sessions(overview: DatabaseOverview, rows: int) -> Table | None:
    if not overview.sessions:
        return None
    table = _table("active sessions", "pid", "who", "client", "state", "transaction", "waits for", "query",
                   right=("transaction",))
    for s in overview.sessions[:rows]:
        is_long = (s.transaction_seconds or 0) >= LONG_TRANSACTION_SECONDS
        table.add_row(
            *_texts(s.pid, s.application_name or s.user_name, s.client, s.state, seconds_word(s.transaction_seconds),
                    s.waits_for, s.query[:60]), style="yellow" if is_long else "",
        )
    return table


def _tables(overview: DatabaseOverview, rows: int) -> Table | None:
    table = _table("tables", "name", "size", "indexes", "rows", "dead", "vacuum", "autovacuum", "scans",
                   right=("size", "indexes", "rows", "dead", "scans"))
    for t in overview.tables[:rows]:
        table.add_row(
            *_texts(t.name + (" (locked)" if t.is_locked else ""), bytes_word(t.table_bytes), bytes_word(t.index_bytes),
                    f"{t.live_rows:,}", f"{t.dead_percent:.0f} %", _ago(t.last_vacuum_at, overview.at),
                    _ago(t.last_autovacuum_at, overview.at), f"{t.sequential_scans:,}"),
            style="yellow" if t.dead_percent >= MANY_DEAD_PERCENT else "",
        )
    return table if overview.tables else None


def _indexes(overview: DatabaseOverview, rows: int) -> Table | None:
    table = _table("indexes", "name", "table", "size", "scans", right=("size", "scans"))
    for i in overview.indexes[:rows]:
        name = i.name if i.is_valid else f"{i.name} (invalid)"
        table.add_row(*_texts(name, i.table_name, bytes_word(i.size_bytes), f"{i.scans:,}"),
                      style="" if i.is_valid else "yellow")
    return table if overview.indexes else None


def _replicas(overview: DatabaseOverview, rows: int) -> Table | None:
    if not overview.replicas:
        return None
    table = _table("standbys", "name", "client", "state", "behind", "for", right=("behind", "for"))
    for r in overview.replicas[:rows]:
        behind = "-" if r.lag_bytes is None else bytes_word(r.lag_bytes)
        table.add_row(*_texts(r.name, r.client, r.state, behind, seconds_word(r.lag_seconds)))
    return table


def _warnings(overview: DatabaseOverview) -> list[str]:
    t = overview.totals
    found = [*overview.problems, *(f"invalid index {name}: DROP INDEX CONCURRENTLY, then again"
                                   for name in overview.invalid_indexes)]
    if 100 * t.connections_used >= FULL_PERCENT * t.connections_max:
        found.append(f"{t.connections_used} of {t.connections_max} connections are in use")
    if t.cache_hit_percent is not None and t.cache_hit_percent < LOW_HIT_PERCENT:
        found.append(f"only {t.cache_hit_percent:.0f} % of blocks come from the cache")
    if t.wraparound_age > t.wraparound_limit:
        found.append("autovacuum to prevent wraparound is due: a schema change must wait until it has ended")
    if t.lag_seconds:
        found.append(f"this standby is {seconds_word(t.lag_seconds)} behind")
    return found


def _ago(at: datetime | None, now: datetime) -> str:
    return "never" if at is None else f"{seconds_word((now - at).total_seconds())} ago"


def _texts(*values: object) -> list[Text]:
    return [Text(visible(str(value))) for value in values]
