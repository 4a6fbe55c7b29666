"""doors.Usage and the edge's counters, on the fakes and on a real engine with a real HAProxy."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from deploy.adapters.container_usage import DockerUsage
from deploy.model.errors import StepFailed
from deploy.model.watch_doors import Usage
from tests.contracts.ground import Ground
from tests.fakes.fake_docker import FakeContainers
from tests.fakes.fake_watch import FakeUsage

LONG_AGO = timedelta(hours=1)


def usage_of(ground: Ground) -> Usage:
    if isinstance(ground.containers, FakeContainers):
        return FakeUsage(ground.containers._docker)
    return DockerUsage(ground.containers._client, ground.containers._project_name)


def test_a_service_without_containers_uses_and_says_nothing(ground):
    usage = usage_of(ground)
    assert usage.containers("app") == ()
    assert usage.log_lines("app", datetime.now(UTC) - LONG_AGO) == ()
    assert usage.out_of_memory_count("app", datetime.now(UTC) - LONG_AGO) == 0


def test_a_running_container_uses_memory_and_has_not_restarted(ground):
    ground.up(ground.good)
    (container,) = ground.healthy()
    (use,) = usage_of(ground).containers("app")
    assert (use.container_id, use.name, use.is_running, use.health) == (
        container.container_id, container.name, True, "healthy"
    )
    assert use.restart_count == 0
    assert use.memory_bytes > 0
    if not isinstance(ground.containers, FakeContainers):
        assert use.cpu_seconds > 0
        assert use.waited_seconds is not None
    assert usage_of(ground).containers("edge") == ()


def test_a_stopped_container_does_not_run(ground):
    ground.up(ground.good)
    (container,) = ground.healthy()
    ground.containers.stop(container.container_id, 1)
    (use,) = usage_of(ground).containers("app")
    assert not use.is_running


def test_log_lines_come_once(ground):
    ground.up(ground.good)
    usage = usage_of(ground)
    lines = ground.wait(lambda: usage.log_lines("app", datetime.now(UTC) - LONG_AGO))
    assert "hello from the application" in lines
    assert usage.log_lines("app", datetime.now(UTC)) == ()


def test_counters_begin_at_nothing_and_tell_who_serves(ground):
    with pytest.raises(StepFailed) as caught:
        ground.edge.counters()
    assert caught.value.reference == "edge-unreachable"
    ground.start_edge()
    assert ground.edge.counters().serving_count == 0
    ground.up(ground.good)
    ground.healthy()
    ground.wait(lambda: ground.edge.counters().serving_count == 1)
    counters = ground.edge.counters()
    assert (counters.answered, counters.failed, counters.average_ms) == (0, 0, 0)
