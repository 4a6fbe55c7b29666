"""`watch`: the same looks as after a switch, at any time. Nothing is changed, and nothing is rolled back."""

from __future__ import annotations

from collections.abc import Generator

from deploy.checks.watch_sample import WatchTarget
from deploy.commands.wiring import open_world
from deploy.model.doors import Reporter
from deploy.model.watching import WatchReport
from deploy.routines.watching import measure_window, watch_reports
from deploy.settings.schema import Settings

SECONDS_PER_MINUTE = 60
DEFAULT_MINUTES = 10.0


def watch(settings: Settings, reporter: Reporter, minutes: float | None) -> Generator[WatchReport, None, None]:
    """A report each interval, up to the first confirmed breach; the window before is measured first.

    Args:
        minutes: None: the settings' minutes; 0: without end.
    """
    wanted = (settings.watch_minutes or DEFAULT_MINUTES) if minutes is None else minutes
    url = settings.public_url + settings.health_path
    with open_world(settings, reporter, command="watch", is_exclusive=False) as world:
        reporter.say(f"measuring the usual values for {settings.watch_before_seconds:g} s")
        before = measure_window(world, settings.app_service, url, settings.watch_before_seconds)
        target = WatchTarget.beginning(world, settings.app_service, url)
        limits = settings.watch_thresholds(settings.replicas)
        for report in watch_reports(world, target, limits, before, wanted * SECONDS_PER_MINUTE):
            yield report
            if report.breaches:
                return
