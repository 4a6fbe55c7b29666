"""Nobody waits for a migration for long, and a migration does not begin behind somebody who will not move."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from deploy.model.errors import BlockedError, InterruptedByOperator, StepFailed
from deploy.model.monitoring import Obstacle
from deploy.steps.migration_guard import GuardLimits
from deploy.watch.migration_blocking import kept_waiting, migration_sessions
from tests.fakes.fake_docker import ImageBehaviour
from tests.fakes.fake_watch import AT, blocked
from tests.fakes.fake_world import FakeWorld
from tests.fakes.planned_steps import migrate_database

GUARD = GuardLimits(max_block_seconds=15, block_attempts=3, obstacle_seconds=30, obstacle_wait_seconds=60)
DUMP = Obstacle(7, "dump", "pg_dump", "10.0.0.3", 90.0, "COPY orders", ("public.orders",))


class Ground:
    """A migration that needs some looks; `on_start` is called with the number of the try."""

    def __init__(self, **limits: Any) -> None:
        self.fake = FakeWorld("r1")
        self.tries = 0
        self.blocks_in_tries: set[int] = set()
        self.image_id = self.fake.docker.add_image(
            "example/shop:new", ImageBehaviour(exit_code=0, runs_for_looks=40, effect=self._begin)
        )
        self.step = migrate_database(self.image_id, guard=replace(GUARD, **limits))

    def _begin(self) -> None:
        self.tries += 1
        if self.tries in self.blocks_in_tries:
            self.fake.watch.monitoring.blocked_sessions = (blocked(waited_seconds=16.0),)
        else:
            self.fake.database.change(revision_ids=("r2",))

    def run(self) -> str:
        return self.step.run(self.fake.context)


def test_a_migration_that_blocks_too_long_is_cancelled_and_tried_again_later() -> None:
    ground = Ground()
    ground.blocks_in_tries = {1, 2}
    ground.run()
    assert ground.tries == 3
    assert ground.fake.watch.monitoring.ended == [202, 202]
    assert len(ground.fake.docker.called("containers.stop")) == 2
    assert ground.fake.clock.monotonic() >= 15 + 30
    assert any("SELECT * FROM orders" in line for line in ground.fake.reporter.said)


def test_after_the_last_try_it_fails_naming_who_waited_and_nothing_is_applied() -> None:
    ground = Ground()
    ground.blocks_in_tries = {1, 2, 3}
    with pytest.raises(StepFailed) as caught:
        ground.run()
    assert caught.value.reference == "migration-blocked-others"
    assert "pid 101" in caught.value.what
    assert ground.tries == 3
    assert ground.step.undo(ground.fake.context).is_undone


def test_a_short_wait_of_others_is_no_reason_to_cancel() -> None:
    ground = Ground(max_block_seconds=17)
    ground.blocks_in_tries = {1}
    with pytest.raises(StepFailed) as caught:
        ground.run()
    assert caught.value.reference == "migration-failed"
    assert ground.fake.watch.monitoring.ended == []


def test_a_stop_request_ends_the_pause_between_two_tries() -> None:
    ground = Ground()
    ground.blocks_in_tries = {1, 2, 3}

    def stop_in_pause(_seconds: float) -> None:
        ground.fake.stop.is_asked = bool(ground.fake.docker.called("containers.stop"))

    ground.fake.clock.on_sleep = stop_in_pause
    with pytest.raises(InterruptedByOperator):
        ground.run()
    assert ground.tries == 1


def test_it_waits_for_a_dump_naming_it_and_begins_when_it_is_over() -> None:
    ground = Ground(tables=("public.orders",))
    monitoring = ground.fake.watch.monitoring
    monitoring.obstacle_list = (DUMP,)

    def end_dump(_seconds: float) -> None:
        if ground.fake.clock.monotonic() >= 20:
            monitoring.obstacle_list = ()

    ground.fake.clock.on_sleep = end_dump
    ground.run()
    assert any("pg_dump" in line and "public.orders" in line for line in ground.fake.reporter.said)
    assert monitoring.asked_tables[0] == ("public.orders",)
    assert ground.fake.clock.monotonic() >= 20


def test_it_is_not_begun_at_all_behind_a_dump_that_does_not_end() -> None:
    ground = Ground()
    ground.fake.watch.monitoring.obstacle_list = (DUMP,)
    with pytest.raises(StepFailed, match="pg_dump") as caught:
        ground.run()
    assert caught.value.reference == "migration-obstacle"
    assert ground.tries == 0
    assert ground.fake.clock.monotonic() == pytest.approx(60, abs=2)


def test_a_migration_that_blocks_no_table_waits_for_nobody() -> None:
    ground = Ground(tables=())
    ground.fake.watch.monitoring.obstacle_list = (DUMP,)
    ground.run()
    assert ground.tries == 1


def test_a_database_that_cannot_be_watched_is_told_and_does_not_stop_the_migration() -> None:
    ground = Ground()
    ground.fake.watch.monitoring.failure = BlockedError("no connection left", reference="too-few-connections")
    ground.run()
    assert any("cannot be watched" in line for line in ground.fake.reporter.warned)


def test_without_limits_nobody_is_looked_for_and_nobody_is_ended() -> None:
    ground = Ground()
    ground.step = replace(ground.step, guard=GuardLimits())
    ground.fake.watch.monitoring.obstacle_list = (DUMP,)
    ground.run()
    assert ground.fake.watch.monitoring.ended == []


def test_sessions_of_before_and_row_locks_are_not_the_migrations() -> None:
    later = AT + timedelta(minutes=1)
    assert migration_sessions([blocked()], None) == {202: AT}
    assert migration_sessions([blocked()], later) == {}
    row_lock = blocked(root_modes=(), wanted_mode="ShareLock", relation="", started_at=AT)
    assert migration_sessions([replace(row_lock, wanted_mode="RowExclusiveLock")], None) == {}


def test_who_stands_in_line_behind_the_waiting_migration_is_kept_waiting_by_it() -> None:
    waiting = blocked(
        pid=202, wanted_mode="AccessExclusiveLock", blocked_by=(303,), root_pid=303, root_modes=(), waited_seconds=5
    )
    behind = blocked(pid=101, blocked_by=(202,), root_pid=303, root_modes=(), waited_seconds=4)
    further = blocked(pid=102, blocked_by=(101,), root_pid=303, root_modes=(), waited_seconds=9)
    other = blocked(pid=103, blocked_by=(404,), root_pid=404, root_modes=(), waited_seconds=99)
    everybody = [waiting, behind, further, other]
    sessions = migration_sessions(everybody, AT)
    assert set(sessions) == {202}
    assert [b.pid for b in kept_waiting(everybody, tuple(sessions))] == [102, 101]
