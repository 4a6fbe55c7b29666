"""A standby that falls behind is seen by `monitor`, by the watch and by the back-fill; both servers are real."""

from __future__ import annotations

import asyncio
import json
import logging
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection, NullPool
from sqlalchemy.ext.asyncio import create_async_engine

from deploy.adapters.postgres.address import parse_database_url
from deploy.adapters.postgres.monitoring import PostgresMonitoring
from deploy.backfill import Filled, Pace, fill
from deploy.checks.watch_sample import WatchTarget
from deploy.model.watching import Thresholds, WatchReport
from deploy.routines.watching import watch_reports
from tests.fakes.fake_docker import ImageBehaviour
from tests.fakes.fake_http import answer
from tests.fakes.fake_world import FakeWorld
from tests.integration.check.conftest import binaries_of
from tests.integration.check.production import Production, production_cluster, standby_of
from tests.integration.check.projects import ROOT, clean_environment

pytestmark = pytest.mark.postgres
FALLS_BEHIND_SECONDS = 60
MAX_LAG_SECONDS = 1.0
SET_BACK = ("DROP TABLE IF EXISTS orders", "CREATE TABLE orders (id bigint PRIMARY KEY, side text)",
            "INSERT INTO orders SELECT n, NULL FROM generate_series(1, 2000) n")
LEFT = "SELECT count(*) FROM orders WHERE side IS NULL"
REPLAYED = "SELECT pg_last_wal_replay_lsn() >= '{}'::pg_lsn"


@pytest.fixture(scope="module")
def primary() -> Iterator[Production]:
    with production_cluster(binaries_of(15)) as running:
        yield running


@pytest.fixture(scope="module")
def standby(primary: Production) -> Iterator[Production]:
    with standby_of(primary, binaries_of(15)) as running:
        yield running


@pytest.fixture
def orders(primary: Production, standby: Production) -> Production:
    """The primary with a table to fill, and the standby has it too."""
    primary.run(*SET_BACK)
    wait_until_replayed(primary, standby)
    return primary


def wait_for(look: Callable[[], Any], seconds: float = FALLS_BEHIND_SECONDS) -> Any:
    deadline = time.monotonic() + seconds
    while not (found := look()):
        assert time.monotonic() < deadline, "did not come true"
        time.sleep(0.05)
    return found


def wait_until_replayed(primary: Production, standby: Production) -> None:
    place = primary.run("SELECT pg_current_wal_lsn()::text")
    wait_for(lambda: standby.run(REPLAYED.format(place)))


@contextmanager
def paused(primary: Production, standby: Production) -> Iterator[None]:
    """The standby receives, and does not replay; the primary has something to replay."""
    standby.run("SELECT pg_wal_replay_pause()")
    wait_for(lambda: standby.run("SELECT pg_get_wal_replay_pause_state()") == "paused")
    primary.run("CREATE TABLE IF NOT EXISTS noise (n int)", "INSERT INTO noise SELECT generate_series(1, 1000)")
    try:
        yield
    finally:
        standby.run("SELECT pg_wal_replay_resume()")
        wait_until_replayed(primary, standby)


@contextmanager
def monitoring_of(server: Production) -> Iterator[PostgresMonitoring]:
    door = PostgresMonitoring(parse_database_url(server.url + "?sslmode=disable"))
    try:
        yield door
    finally:
        door.close()


def lag_of(door: PostgresMonitoring) -> float:
    return door.sample().replica_lag_seconds or 0.0


def test_monitor_names_the_standby_and_how_far_it_is_behind(
    orders: Production, standby: Production, tmp_path: Path
) -> None:
    with monitoring_of(orders) as door, paused(orders, standby):
        wait_for(lambda: lag_of(door) > MAX_LAG_SECONDS)

        done = subprocess.run(
            [sys.executable, str(ROOT / "scripts" / "deploy.py"), "--project-directory", str(tmp_path), "monitor", "--json"],
            env=clean_environment({"DATABASE_URL": orders.url, "IMAGE_REPOSITORY": "example/shop"}),
            capture_output=True, text=True, timeout=60, check=False,
        )

    assert done.returncode == 0, done.stdout + done.stderr
    (replica,) = json.loads(done.stdout)["database"]["replicas"]
    assert replica["state"] == "streaming"
    assert replica["lag_seconds"] > MAX_LAG_SECONDS
    assert replica["lag_bytes"] > 0


def test_the_standby_itself_tells_its_lag_and_none_once_it_has_replayed_all(
    orders: Production, standby: Production
) -> None:
    with monitoring_of(standby) as door:
        with paused(orders, standby):
            wait_for(lambda: (door.sample().totals.lag_seconds or 0) > MAX_LAG_SECONDS)
        # However long ago the last transaction was: it has all that there is.
        wait_for(lambda: door.sample().totals.lag_seconds == 0)
        assert door.sample().totals.is_in_recovery


def watched(orders: Production) -> Iterator[WatchReport]:
    """A watch whose looks at the database are real, while all else is quiet."""
    fake = FakeWorld("r1")
    image_id = fake.docker.add_image("example/shop:new", ImageBehaviour(has_health_check=False))
    fake.docker.create("app", image_id, {})
    fake.edge.slots()
    fake.http.handler = lambda _url: answer()
    limits = Thresholds(max_replica_lag_seconds=MAX_LAG_SECONDS, max_block_seconds=3600, max_waiting=1000)
    with monitoring_of(orders) as door:
        fake.watch.monitoring = door  # type: ignore[assignment]
        yield from watch_reports(fake.world, WatchTarget.beginning(fake.world, "app", ""), limits, None, 0)


def test_the_watch_tells_a_standby_that_is_behind_and_never_holds_it_against_the_release(
    orders: Production, standby: Production
) -> None:
    reports = watched(orders)
    with paused(orders, standby):
        wait_for(lambda: kinds_of(next(reports)) == {"replication"})
        more = [next(reports) for _ in range(5)]
    assert all(kinds_of(report) == {"replication"} for report in more)
    assert all(report.breaches == () for report in more)
    lags = [report.sample.database.replica_lag_seconds for report in more if report.sample.database]
    assert lags == sorted(lags), "it grows as long as nothing is replayed"

    wait_for(lambda: kinds_of(next(reports)) == set())
    reports.close()  # type: ignore[attr-defined]


def kinds_of(report: WatchReport) -> set[str]:
    return {finding.kind for finding in report.findings}


def test_the_back_fill_waits_for_the_standby_and_then_goes_on_by_itself(
    orders: Production, standby: Production, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, "alembic.backfill")
    pace = Pace(batch_rows=100, least_rows=50, most_rows=100, rest=0, poll_seconds=0.05, max_lag_seconds=MAX_LAG_SECONDS)
    with monitoring_of(orders) as door:
        filling = Filling(orders, pace)
        with paused(orders, standby):
            wait_for(lambda: lag_of(door) > MAX_LAG_SECONDS)
            filling.start()
            wait_for(lambda: caplog.text.count("waiting (replicas lag") > 20)
            assert orders.run(LEFT) == 2000, "not one batch while it waits"
        done = filling.join()
    assert done.rows == 2000
    assert done.waited_seconds > 0
    wait_until_replayed(orders, standby)
    assert standby.run(LEFT) == 0


class Filling(threading.Thread):
    """The back-fill of orders, in a thread."""

    def __init__(self, server: Production, pace: Pace) -> None:
        super().__init__(daemon=True)
        self._server, self._pace = server, pace
        self._done: list[Filled] = []

    def run(self) -> None:
        asyncio.run(self._fill())

    async def _fill(self) -> None:
        engine = create_async_engine(self._server.url_of("shop", "postgresql+asyncpg"), poolclass=NullPool)
        async with engine.connect() as connection:
            chosen = await connection.execution_options(isolation_level="AUTOCOMMIT")
            self._done.append(await chosen.run_sync(self._fill_on))

    def _fill_on(self, connection: Connection) -> Filled:
        return fill(connection, "orders", "side = 'buy'", where="side IS NULL", pace=self._pace)

    def join(self, timeout: float | None = FALLS_BEHIND_SECONDS) -> Filled:  # type: ignore[override]
        super().join(timeout)
        assert self._done, "it did not end"
        return self._done[0]
