"""Notices, metrics, records, counters and the two locks, as far as they need no engine and no database."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from deploy.adapters.container_usage import memory_of
from deploy.adapters.deployment_lock import BothLocks
from deploy.adapters.edge_counters import parse_counters
from deploy.adapters.notices import sending as notices_module
from deploy.adapters.notices.sending import SentNotices
from deploy.adapters.state_lock import state_lock
from deploy.adapters.watch_records import FileRecords
from deploy.commands.announce import announce_end, announce_start, metrics_text
from deploy.model.deployments import Actor, Mode, Plan
from deploy.model.errors import LockedError, StepFailed
from deploy.model.notices import Notice, NoticeKind
from deploy.model.results import DeploymentOutcome
from tests.fakes.fake_database import FakeDatabase
from tests.fakes.fake_world import FakeWorld
from tests.webhook import webhook

STAT = (
    "# pxname,svname,qcur,scur,status,hrsp_1xx,hrsp_2xx,hrsp_3xx,hrsp_4xx,hrsp_5xx,hrsp_other,rtime,check_status,\n"
    "app,s1,0,0,UP,0,900,1,9,5,0,12,L7OK,\n"
    "app,s2,0,0,MAINT,0,0,0,0,0,0,0,,\n"
    "app,s3,0,0,UP 1/3,0,0,0,0,0,0,0,L7OK,\n"
    "app,s4,0,0,DOWN,0,0,0,0,0,0,0,* L7TOUT,\n"
    "app,BACKEND,0,0,UP,1,900,1,9,7,2,14,,\n"
)
UNCHECKED_STAT = (
    "app_unchecked,u1,0,0,no check,0,30,0,0,4,0,90,,\n"
    "app_unchecked,BACKEND,0,0,UP,0,30,0,0,4,0,90,,\n"
)
TABLE = "# table: app_overloaded, type: integer, size:1, used:1\n0x5647f6c28248: key=1 use=0 exp=0 gpc0=3\n"
NOTICE = Notice(NoticeKind.FAILED, "shop: failed", "postgresql://shop:hunter2@db/shop\nkey s3cret-value")


def test_a_notice_reaches_a_webhook_without_any_secret() -> None:
    warned: list[str] = []
    with webhook() as (url, got):
        SentNotices([url], ["s3cret-value"], warned.append).send(NOTICE)
    assert warned == []
    [document] = got
    assert document["title"] == "shop: failed"
    assert "hunter2" not in str(document)
    assert "s3cret-value" not in str(document)


@pytest.mark.parametrize("address", ["nonsense", "json://user:tok3n@127.0.0.1:9/hook"])
def test_a_notice_that_fails_is_a_warning_that_does_not_show_the_address(address: str) -> None:
    warned: list[str] = []
    SentNotices([address], [], warned.append).send(NOTICE)
    [line] = warned
    assert "address 1" in line
    assert "tok3n" not in line


def test_a_webhook_that_refuses_is_told_and_the_next_address_still_gets_it() -> None:
    warned: list[str] = []
    with webhook(500) as (bad, _), webhook() as (good, got):
        SentNotices([bad, good], [], warned.append).send(NOTICE)
    assert len(got) == 1
    assert ["address 1" in line for line in warned] == [True]


def test_a_webhook_that_does_not_answer_holds_nobody_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(notices_module, "SEND_SECONDS", 0.2)
    warned: list[str] = []
    with webhook(seconds=1.5) as (url, _):
        began = time.monotonic()
        SentNotices([url], [], warned.append).send(NOTICE)
        assert time.monotonic() - began < 1.2
    assert "not sent within" in warned[0]


def test_without_addresses_nothing_is_imported_or_sent() -> None:
    SentNotices([], [], pytest.fail).send(NOTICE)


def test_the_backends_row_counts_and_its_servers_serve() -> None:
    counters = parse_counters(STAT, "", "app", "app_unchecked")
    assert (counters.answered, counters.failed, counters.average_ms, counters.serving_count) == (913, 7, 14, 2)
    # Two of them no server gave: the edge gave them itself. One slot is down because its check was late.
    assert (counters.refused, counters.overloaded, counters.unchecked, counters.late_count) == (2, 0, 0, 1)
    with pytest.raises(StepFailed) as caught:
        parse_counters(STAT, "", "other", "other_unchecked")
    assert caught.value.reference == "edge-refused"


def test_what_a_container_answered_without_its_check_counts_too() -> None:
    counters = parse_counters(STAT + UNCHECKED_STAT, TABLE, "app", "app_unchecked")
    assert (counters.answered, counters.failed, counters.refused) == (943, 11, 2)
    assert (counters.overloaded, counters.unchecked, counters.timed) == (3, 34, 920)
    # The edge's average is of its checked backend alone.
    assert (counters.average_ms, counters.serving_count) == (14, 2)


def test_memory_is_counted_without_the_cache_that_can_be_given_back() -> None:
    assert memory_of({"memory_stats": {"usage": 100, "limit": 500, "stats": {"inactive_file": 30}}}) == (70, 500)
    assert memory_of({"memory_stats": {"usage": 100, "limit": 500, "stats": {"total_inactive_file": 10}}}) == (90, 500)
    assert memory_of({}) == (0, 0)


def test_both_locks_are_freed_and_taken_back_together(tmp_path: Path) -> None:
    database = FakeDatabase()
    actor = Actor("ann", "host", None)
    with BothLocks(lambda: state_lock(tmp_path, actor, "first"), database) as lock:
        database.take_deployment_lock()
        with pytest.raises(LockedError), state_lock(tmp_path, actor, "other"):
            pass
        lock.free()
        assert not database.is_locked
        with state_lock(tmp_path, actor, "other"):
            assert not lock.take()
            assert not database.is_locked
        assert lock.take()
        assert database.is_locked
        assert lock.take()
    with state_lock(tmp_path, actor, "after"):
        pass


def test_a_database_lock_of_another_machine_leaves_this_machines_lock_free(tmp_path: Path) -> None:
    database = FakeDatabase()
    actor = Actor("ann", "host", None)
    with BothLocks(lambda: state_lock(tmp_path, actor, "first"), database) as lock:
        lock.free()
        database.lock_holder = "somebody elsewhere"
        assert not lock.take()
        with state_lock(tmp_path, actor, "other"):
            pass


def test_records_come_back_private_and_the_oldest_go(tmp_path: Path) -> None:
    records = FileRecords(tmp_path, None, pytest.fail)
    assert records.load("d0001") == {}
    for number in range(30):
        records.save(f"d{number:04}", {"before": {"waiting": number}})
    assert records.load("d0029") == {"before": {"waiting": 29}}
    files = list((tmp_path / "watch").iterdir())
    assert len(files) == 20
    assert {path.stat().st_mode & 0o777 for path in files} == {0o600}
    (tmp_path / "watch" / "d0029.json").write_text("{half")
    assert records.load("d0029") == {}


def test_metrics_are_replaced_whole_and_a_missing_directory_is_a_warning(tmp_path: Path) -> None:
    warned: list[str] = []
    path = tmp_path / "surefoot.prom"
    records = FileRecords(tmp_path, path, warned.append)
    text = metrics_text({"surefoot_release_number": 7.0, "surefoot_deployment_end_timestamp_seconds": 1767323045.5})
    records.write_metrics(text)
    assert path.read_text() == text
    assert "# TYPE surefoot_release_number gauge\nsurefoot_release_number 7.0\n" in text
    assert "surefoot_deployment_end_timestamp_seconds 1767323045.5\n" in text
    assert path.stat().st_mode & 0o777 == 0o644
    assert [p.name for p in tmp_path.iterdir()] == ["surefoot.prom"]
    FileRecords(tmp_path, tmp_path / "gone" / "x.prom", warned.append).write_metrics(text)
    assert len(warned) == 1


def test_a_deployment_is_announced_at_its_start_and_by_how_it_ended() -> None:
    fake = FakeWorld()
    plan = Plan(Mode.AUTO_MIGRATE, (), {"project": "shop", "environment": "production", "release": "release-2"})
    announce_start(fake.world, plan, "d0001")
    for exit_code in (0, 1, 4, 130):
        announce_end(fake.world, plan, DeploymentOutcome(exit_code, None, "it ended"))
    announce_end(fake.world, plan, DeploymentOutcome(0, None, "taken over", is_handed_over=True))
    kinds = [notice.kind for notice in fake.watch.notices.sent]
    assert kinds == [
        NoticeKind.STARTED, NoticeKind.SUCCEEDED, NoticeKind.ROLLED_BACK, NoticeKind.FAILED, NoticeKind.ROLLED_BACK,
    ]
    announce_start(fake.world, Plan(Mode.BACKUP_ONLY, (), {}), "d0002")
    announce_end(fake.world, Plan(Mode.BACKUP_ONLY, (), {}), DeploymentOutcome(0, None, "done"))
    assert len(fake.watch.notices.sent) == len(kinds)
    announce_end(fake.world, Plan(Mode.BACKUP_ONLY, (), {}), DeploymentOutcome(1, None, "failed"))
    assert len(fake.watch.notices.sent) == len(kinds) + 1
    assert "surefoot_deployment_running 1.0" in fake.watch.records.metrics[0]
    assert "surefoot_deployment_running 0.0" in fake.watch.records.metrics[-1]
