"""Production as the watch sees it: ordinary traffic with ordinary noise, and faults that a test switches on."""

from __future__ import annotations

import random
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

from deploy.checks.watch_sample import WatchTarget
from deploy.model.containers import HttpAnswer
from deploy.model.errors import BlockedError
from deploy.model.machine import MachineUse
from deploy.model.watching import Before, Thresholds, WatchReport
from deploy.routines.watching import measure_window, watch_reports
from tests.fakes.fake_docker import ImageBehaviour
from tests.fakes.fake_watch import blocked
from tests.fakes.fake_world import FakeWorld

CORES = 2
CORE_SECONDS_PER_RESPONSE = 0.005
# What the same requests take longer while others have the cores, in milliseconds.
SLOWER_ON_A_BUSY_MACHINE_MS = 470
WINDOW = 512  # of the edge's moving average
URL = "http://edge/api/health"


class Traffic:
    """Requests arrive while the clock sleeps."""

    def __init__(self, seed: int, per_second: float = 40.0) -> None:
        self._random = random.Random(seed)  # noqa: S311 - the same noise each time
        self._per_second = per_second
        self._sum, self._count = 0.0, 0
        self.faults: set[str] = set()
        self._busy_seconds, self._stalled_seconds, self._table_scans = 0.0, 0.0, 0
        self.fake = FakeWorld()
        image_id = self.fake.docker.add_image("example/shop:new", ImageBehaviour(has_health_check=False))
        self.fake.docker.create("app", image_id, {})
        self.fake.edge.slots()
        self.fake.http.handler = lambda _url: HttpAnswer(200, {}, b"", 0.01)
        self.fake.clock.on_sleep = self.pass_time
        self.pass_time(60)

    def pass_time(self, seconds: float) -> None:
        """Serve what comes in so many seconds; the fakes' own notebooks do not count as the watch's memory."""
        served_before = self._count
        for _ in range(round(self._random.gauss(self._per_second * seconds, (self._per_second * seconds) ** 0.5))):
            self._serve()
        self.fake.edge.average_ms = -(-int(self._sum) // WINDOW) if self._count >= WINDOW else int(
            self._sum / max(self._count, 1)
        )
        self._use_machine(seconds, self._count - served_before)
        monitoring, usage = self.fake.watch.monitoring, self.fake.watch.usage
        waiting = self._random.choice((0, 0, 0, 1, 2))
        used = 97 if "full pool" in self.faults else self._random.randint(8, 20)
        monitoring.totals = replace(monitoring.totals, waiting=waiting, connections_used=used, table_scans=self._table_scans)
        is_blocked = "blocked table" in self.faults
        waited = 30.0 if is_blocked else self._random.uniform(0, 3)
        monitoring.blocked_sessions = (blocked(waited_seconds=waited),) if is_blocked or waiting else ()
        refused = BlockedError("no connection left", hint="", reference="too-few-connections")
        monitoring.failure = refused if "no connection left" in self.faults else None
        usage.memory_percent = 97 if "full memory" in self.faults else self._random.uniform(28, 35)
        if "restarts" in self.faults:
            usage.restarts += self._random.random() < 0.3
        if "log" in self.faults:
            usage.lines.append("sqlalchemy.exc.ProgrammingError: (asyncpg.exceptions.UndefinedColumnError) column o.x")
        usage.lines.append("INFO 200 OK")
        self.fake.clock.sleeps.clear()
        self.fake.http.urls.clear()
        self.fake.reporter.reports.clear()

    def _use_machine(self, seconds: float, served: int) -> None:
        """Of two cores; what others take changes nothing of what a response costs."""
        usage = self.fake.watch.usage
        own = served * CORE_SECONDS_PER_RESPONSE * self._random.uniform(0.95, 1.3)
        if "burns the cores" in self.faults:
            own = CORES * seconds * 0.95
        usage.core_seconds += own
        self._table_scans += served * (2 if "one more query" in self.faults else 1)
        is_busy = "busy machine" in self.faults or "burns the cores" in self.faults
        self._busy_seconds += CORES * seconds if is_busy else own + 0.1 * CORES * seconds
        self._stalled_seconds += seconds * (0.8 if is_busy else 0.05)
        self.fake.watch.machine.use = MachineUse(
            CORES, self._busy_seconds, 0.0, {"cpu": self._stalled_seconds, "memory": 0.0, "io": 0.0}
        )

    def _serve(self) -> None:
        if self._random.random() < (0.2 if "5xx" in self.faults else 0.0005):
            self.fake.edge.failed += 1
            return
        milliseconds = self._random.lognormvariate(3, 0.8)  # 20 ms in the middle, with a long tail
        if self._random.random() < 0.001:
            milliseconds += 3000
        if self.faults & {"slow", "one more query", "burns the cores"}:
            milliseconds += 800
        if "busy machine" in self.faults:
            milliseconds += SLOWER_ON_A_BUSY_MACHINE_MS * self._random.uniform(0.2, 3)
        self.fake.edge.answered += 1
        self._count += 1
        if self._count <= WINDOW:
            self._sum += milliseconds
        else:
            self._sum += milliseconds - self._sum / WINDOW

    def kill_for_memory(self) -> None:
        """The kernel kills the application once, and Docker starts it again: both leave their mark."""
        self.fake.watch.usage.ooms += 1
        self.fake.watch.usage.restarts += 1

    @contextmanager
    def fault(self, name: str) -> Iterator[None]:
        self.faults.add(name)
        try:
            yield
        finally:
            self.faults.discard(name)

    def measure(self) -> Before | None:
        return measure_window(self.fake.world, "app", URL, 10)

    def watch(self, before: Before | None, minutes: float, limits: Thresholds | None = None) -> Iterator[WatchReport]:
        target = WatchTarget.beginning(self.fake.world, "app", URL)
        return watch_reports(self.fake.world, target, limits or Thresholds(), before, minutes * 60)
