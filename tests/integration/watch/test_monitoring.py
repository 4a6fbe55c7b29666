"""The named queries of `monitor`, on every major that this machine has a server of."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from deploy.adapters.postgres.monitoring import PostgresMonitoring
from deploy.model.errors import BlockedError
from deploy.watch.migration_blocking import kept_waiting, migration_sessions

pytestmark = pytest.mark.postgres


@pytest.fixture
def monitoring(ground: Any) -> Iterator[PostgresMonitoring]:
    door = PostgresMonitoring(ground.address)
    yield door
    door.close()


def wait_for(look: Callable[[], Any], seconds: float = 15) -> Any:
    deadline = time.monotonic() + seconds
    while not (found := look()):
        assert time.monotonic() < deadline, "did not come true"
        time.sleep(0.05)
    return found


def test_the_overview_tells_revision_sizes_dead_rows_and_connections(ground: Any, monitoring: Any) -> None:
    wait_for(lambda: monitoring.overview().tables[0].dead_rows)
    seen = monitoring.overview()
    assert seen.revision_ids == ("0007",)
    assert seen.problems == ()
    largest = seen.tables[0]
    assert (largest.name, largest.live_rows, largest.dead_rows) == ("public.orders", 20000, 5000)
    assert largest.dead_percent == 20.0
    assert largest.total_bytes == largest.table_bytes + largest.index_bytes
    assert largest.index_bytes > 100_000
    assert largest.last_analyze_at is not None
    assert largest.last_vacuum_at is None
    assert "public.orders_pkey" in {index.name for index in seen.indexes}
    assert seen.totals.server_version.startswith(str(ground.server.major))
    assert 0 < seen.totals.connections_used < seen.totals.connections_max
    assert seen.totals.cache_hit_percent is not None
    assert 0 < seen.totals.wraparound_age < seen.totals.wraparound_limit
    assert seen.totals.lag_seconds is None


def test_a_blocked_chain_is_named_from_its_end_to_its_head(ground: Any, monitoring: Any) -> None:
    with ground.session("reader") as head, ground.session("schema change") as middle, ground.session("shop") as last:
        head.run("BEGIN; SELECT * FROM orders LIMIT 1")
        middle.begin_to_run("ALTER TABLE orders ADD COLUMN later text")
        wait_for(lambda: any(b.pid == middle.pid for b in monitoring.blocked()))
        last.begin_to_run("SELECT count(*) FROM orders")
        wait_for(lambda: len(monitoring.blocked()) == 2)
        blocked = {b.pid: b for b in monitoring.blocked()}
        tail = blocked[last.pid]
        assert tail.blocked_by == (middle.pid,)
        assert (tail.root_pid, tail.root_application_name) == (head.pid, "reader")
        assert tail.root_state == "idle in transaction"
        assert (tail.relation, tail.wanted_mode) == ("public.orders", "AccessShareLock")
        assert tail.query == "SELECT count(*) FROM orders"
        assert tail.client == "local"
        assert 0 <= tail.waited_seconds < 15
        assert blocked[middle.pid].wanted_mode == "AccessExclusiveLock"
        assert blocked[middle.pid].root_modes == ()
        sessions = migration_sessions(tuple(blocked.values()), None)
        assert set(sessions) == {middle.pid}
        assert [b.pid for b in kept_waiting(tuple(blocked.values()), tuple(sessions))] == [last.pid]
        states = {s.pid: s for s in monitoring.overview().sessions}
        assert states[head.pid].state == "idle in transaction"
        assert states[head.pid].transaction_seconds is not None
        assert states[last.pid].waits_for.startswith("Lock")
        assert monitoring.sample().totals.waiting == 2


def test_a_look_never_waits_behind_an_exclusive_lock(ground: Any, monitoring: Any) -> None:
    with ground.session("schema change") as change:
        change.run("BEGIN; LOCK TABLE orders IN ACCESS EXCLUSIVE MODE")
        began = time.monotonic()
        seen = monitoring.overview()
        assert time.monotonic() - began < 3
        locked = {t.name: t.is_locked for t in seen.tables}
        assert locked["public.orders"]
        assert not locked["public.users"]
        assert {t.name: t.table_bytes for t in seen.tables}["public.orders"] > 1_000_000


def test_a_session_that_holds_a_table_exclusively_shows_the_lock_it_holds(ground: Any, monitoring: Any) -> None:
    began_at = monitoring.now()
    with ground.session("alembic") as change, ground.session("shop") as reader:
        change.run("BEGIN; LOCK TABLE users IN ACCESS EXCLUSIVE MODE")
        reader.begin_to_run("SELECT * FROM users")
        [blocked] = wait_for(monitoring.blocked)
        assert blocked.root_modes == ("AccessExclusiveLock",)
        assert migration_sessions([blocked], began_at) == {change.pid: blocked.root_started_at}
        assert migration_sessions([blocked], monitoring.now()) == {}
        assert monitoring.end_session(change.pid, blocked.root_started_at)
        wait_for(lambda: not monitoring.blocked())
        assert not monitoring.end_session(change.pid, blocked.root_started_at)


def test_a_session_of_the_same_pid_but_another_beginning_is_left_alone(ground: Any, monitoring: Any) -> None:
    from datetime import UTC, datetime

    with ground.session("shop") as other:
        assert not monitoring.end_session(other.pid, datetime(2020, 1, 1, tzinfo=UTC))
        other.run("SELECT 1")


def test_who_waits_for_a_row_is_told_with_the_table(ground: Any, monitoring: Any) -> None:
    with ground.session("first") as first, ground.session("second") as second:
        first.run("BEGIN; UPDATE users SET id = id WHERE id = 1")
        second.begin_to_run("UPDATE users SET id = id WHERE id = 1")
        [blocked] = wait_for(monitoring.blocked)
        assert (blocked.relation, blocked.root_pid) == ("public.users", first.pid)
        assert blocked.wanted_mode == ""
        assert migration_sessions([blocked], None) == {}


def test_obstacles_are_told_by_kind_and_only_on_the_migrations_tables(ground: Any, monitoring: Any) -> None:
    with ground.session("pg_dump") as dump, ground.session("report") as idle:
        dump.run("BEGIN; LOCK TABLE orders IN ACCESS SHARE MODE")
        idle.run("BEGIN; SELECT * FROM users")
        found = {o.pid: o for o in monitoring.obstacles(None, 0.0)}
        assert (found[dump.pid].kind, found[dump.pid].table_names) == ("dump", ("public.orders",))
        assert found[idle.pid].kind == "idle in transaction"
        assert [o.pid for o in monitoring.obstacles(["public.orders"], 0.0)] == [dump.pid]
        assert [o.pid for o in monitoring.obstacles(None, 3600.0)] == [dump.pid]
    wait_for(lambda: not monitoring.obstacles(None, 0.0))


def test_an_index_that_was_left_invalid_is_named(ground: Any, monitoring: Any) -> None:
    with ground.session("shop") as session:
        session.run("CREATE TABLE twice (n int); INSERT INTO twice VALUES (1), (1)")
        session.begin_to_run("CREATE UNIQUE INDEX CONCURRENTLY twice_n ON twice (n)")
        try:
            wait_for(lambda: "public.twice.twice_n" in monitoring.sample().invalid_indexes)
            assert not monitoring.overview().indexes[0].is_valid
        finally:
            session.run("DROP TABLE twice")


def test_a_password_in_a_query_is_not_shown(ground: Any, monitoring: Any) -> None:
    with ground.session("shop") as session:
        session.run("BEGIN; CREATE ROLE somebody PASSWORD 'hunter2'")
        assert "hunter2" not in str(monitoring.overview())
        shown = next(s for s in monitoring.overview().sessions if s.pid == session.pid)
        assert "[hidden]" in shown.query


def test_a_server_that_does_not_answer_is_told_as_a_blocked_error(ground: Any) -> None:
    from dataclasses import replace

    door = PostgresMonitoring(replace(ground.address, host="/nowhere"))
    with pytest.raises(BlockedError) as caught:
        door.sample()
    assert caught.value.reference == "database-unreachable"
    door.close()


def test_scans_of_a_large_table_are_counted(ground: Any, monitoring: Any) -> None:
    def scans() -> int:
        return {s.name: s.sequential_scans for s in monitoring.sample().scans}["public.orders"]

    before = scans()
    ground.sql("SELECT count(*) FROM orders WHERE note = 'nobody'")
    wait_for(lambda: scans() > before)
