"""The watch on a terminal: a live panel with sparklines; Rich, imported only where there is a terminal."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

from deploy.cli.watch_words import finding_words, minute_line, sparkline
from deploy.model.redaction import without_passwords
from deploy.model.visible import visible
from deploy.model.watching import Before, WatchReport

if TYPE_CHECKING:
    from rich.console import Console, RenderableType
    from rich.live import Live

UNITS = {"per second": "/s", "5xx %": " %", "ms": " ms", "memory %": " %", "connections": "", "waiting": ""}


class LiveWatch:
    """Shows the newest report in place. It never raises: a lost terminal must not stop a watch."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._live: Live | None = None

    def show(self, report: WatchReport) -> None:
        """Draw it; begins the live view with the first report."""
        from rich.live import Live

        with suppress(OSError):
            if self._live is None:
                self._live = Live(console=self._console, transient=True, auto_refresh=False)
                self._live.start()
            self._live.update(panel(report), refresh=True)

    def stop(self) -> None:
        """Take it off the screen; twice is fine."""
        live, self._live = self._live, None
        if live is not None:
            with suppress(OSError):
                live.stop()


def panel(report: WatchReport) -> RenderableType:
    """The numbers now, before, and as lines over time; what is wrong below."""
    from rich.console import Group
    from rich.table import Table
    from rich.text import Text

    table = Table(box=None, pad_edge=False, show_header=True, header_style="dim")
    for name, justify in (("", "left"), ("now", "right"), ("before", "right"), ("", "left")):
        table.add_column(name, justify="right" if justify == "right" else "left", no_wrap=True)
    before = _before(report.before)
    for name, values in report.history.items():
        now = f"{values[-1]:.1f}{UNITS.get(name, '')}"
        table.add_row(name, now, before.get(name, ""), Text(sparkline(values[-40:]), style="cyan"))
    lines: list[RenderableType] = [Text(minute_line(report)), table]
    confirmed = {f.kind for f in report.breaches}
    for finding in report.findings:
        style = "red" if finding.kind in confirmed else "yellow"
        lines.append(Text(visible(f"! {finding.kind}: {without_passwords(finding_words(finding))}"), style=style))
    return Group(*lines)


def _before(before: Before | None) -> dict[str, str]:
    if before is None:
        return {}
    found = {"waiting": str(before.waiting)}
    for name, value in (("per second", before.per_second), ("5xx %", before.failed_percent), ("ms", before.average_ms)):
        if value is not None:
            found[name] = f"{value:.1f}{UNITS[name]}"
    return found
