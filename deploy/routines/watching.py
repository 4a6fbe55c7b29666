"""The loop of a watch, shared by the steps and by `deploy watch`: sample, judge, tell, wait."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Protocol

from deploy.checks.watch_sample import WatchTarget, take_sample
from deploy.model.has_doors import HasClock, HasContainers, HasEdge, HasHttp, HasReporter, HasStop, HasWatch
from deploy.model.watching import Before, Sample, Thresholds, WatchedService, WatchReport
from deploy.watch.before import summarize
from deploy.watch.log_patterns import judge_lines
from deploy.watch.watcher import Watcher

POLL_SECONDS = 0.5
BEFORE_INTERVAL_SECONDS = 2.0
# A watch that cannot tell, because the machine is busy, goes on up to so many times its length.
MOST_LENGTHS = 2


class Doors(HasClock, HasContainers, HasEdge, HasHttp, HasReporter, HasStop, HasWatch, Protocol):
    """What it touches."""


def measure_window(
    world: Doors, service: str, url: str, seconds: float, others: Sequence[WatchedService] = ()
) -> Before | None:
    """What is usual now; None where nothing could be asked.

    Args:
        others: the release's other services.

    Raises:
        InterruptedByOperator: the operator asked to stop meanwhile.
    """
    target = WatchTarget.beginning(world, service, url, others)
    samples = [look(world, target)]
    ends_at = world.clock.monotonic() + seconds
    while world.clock.monotonic() < ends_at:
        world.stop.raise_if_requested()
        world.clock.sleep(min(BEFORE_INTERVAL_SECONDS, ends_at - world.clock.monotonic()))
        samples.append(look(world, target))
    return summarize(samples)


def look(world: Doors, target: WatchTarget) -> Sample:
    """One sample with its log judged."""
    sample, lines = take_sample(world, target)
    return replace(sample, log=judge_lines(lines))


def watch_reports(
    world: Doors, target: WatchTarget, limits: Thresholds, before: Before | None, seconds: float
) -> Iterator[WatchReport]:
    """A report each interval until the time is over (0: without end); the caller stops at what it sees.

    Where the last report is undecided, the watch goes on until it can tell, up to `MOST_LENGTHS` times its length.
    The clock is asked, not the samples counted: a sample that takes long makes fewer samples, not a longer watch.
    """
    watcher = Watcher(limits, before, seconds)
    began_at = world.clock.monotonic()
    number = 0
    while True:
        report = watcher.take(look(world, target))
        world.reporter.watched(report)
        yield report
        number += 1
        elapsed = world.clock.monotonic() - began_at
        if seconds and elapsed >= seconds * (MOST_LENGTHS if report.undecided else 1):
            return
        _sleep_until(world, began_at + number * limits.interval_seconds)


def _sleep_until(world: Doors, at_seconds: float) -> None:
    """In small pieces, so that a stop request is seen; it is the caller's to act on."""
    while (left := at_seconds - world.clock.monotonic()) > 0 and not world.stop.is_requested():
        world.clock.sleep(min(left, POLL_SECONDS))
