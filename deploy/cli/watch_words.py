"""A report of the watch in words: one line, and sparklines."""

from __future__ import annotations

from collections.abc import Sequence

from deploy.model.watching import Finding, WatchReport

BARS = "▁▂▃▄▅▆▇█"


def minute_line(report: WatchReport) -> str:
    """`watch 3.0 of 10 min: 41.2/s, 5xx 0.0 %, 12 ms, memory 31 %, connections 14 of 97, waiting 0`."""
    total = f" of {report.total_seconds / 60:g}" if report.total_seconds else ""
    goes_on = ", goes on until it can tell" if report.undecided else ""
    return f"watch {report.elapsed_seconds / 60:.1f}{total} min{goes_on}: {numbers(report)}"


def numbers(report: WatchReport) -> str:
    """The numbers of one sample."""
    parts = []
    if report.rates is not None:
        parts += [f"{report.rates.per_second:.1f}/s", f"5xx {report.rates.failed_percent:.1f} %"]
        if report.rates.average_ms is not None:
            parts.append(f"{report.rates.average_ms:.0f} ms")
    if report.sample.containers:
        parts.append(f"memory {max(c.memory_percent for c in report.sample.containers):.0f} %")
        parts.append(f"restarts {report.sample.restart_count}")
    if report.sample.database is not None:
        totals = report.sample.database.totals
        parts += [f"connections {totals.connections_used} of {totals.connections_max}", f"waiting {totals.waiting}"]
    return ", ".join(parts) or "nothing could be asked"


def finding_words(finding: Finding) -> str:
    """What is wrong, and why it does not count where it does not."""
    return f"{finding.says}; cannot tell: {finding.held_because}" if finding.held_because else finding.says


def sparkline(values: Sequence[float]) -> str:
    """Bars from zero to the largest value."""
    top = max(values, default=0.0)
    if top <= 0:
        return BARS[0] * len(values)
    return "".join(BARS[min(int(value / top * len(BARS)), len(BARS) - 1)] for value in values)
