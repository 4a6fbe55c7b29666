"""`watch`: the same looks as after a switch, at any time. Nothing is changed, and nothing is rolled back."""

from __future__ import annotations

from collections.abc import Generator

from deploy.checks.watch_sample import WatchTarget
from deploy.commands.observe import look_at_services
from deploy.commands.wiring import open_world
from deploy.model.doors import Reporter, World
from deploy.model.errors import DeployError
from deploy.model.watching import WatchedService, WatchReport
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
        others = _others(world, settings)
        before = measure_window(world, settings.app_service, url, settings.watch_before_seconds, others)
        target = WatchTarget.beginning(world, settings.app_service, url, others)
        limits = settings.watch_thresholds(settings.replicas)
        for report in watch_reports(world, target, limits, before, wanted * SECONDS_PER_MINUTE):
            yield report
            if report.breaches:
                return


def _others(world: World, settings: Settings) -> tuple[WatchedService, ...]:
    """The release's other services; a compose file that cannot be read does not end a watch."""
    try:
        background = look_at_services(world, settings)[1]
    except DeployError as error:
        world.reporter.warn(f"workers, schedulers and further web services are not watched: {error.what}")
        return ()
    return tuple(WatchedService(service=one.name, replicas=one.replicas) for one in background.services if one.replicas)
