"""Which release serves a restored database, and what is said to be lost."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from deploy.model.backups import Activity, BackupRecord, Verification
from deploy.model.containers import Container, Health
from deploy.model.errors import BlockedError
from deploy.model.releases import Image, Leaving, Release, ReleaseState
from deploy.model.restores import RestoreGround, RestoreRequest, RowsSince
from deploy.planning.restore_losses import restore_losses
from deploy.planning.restored_release import ReleaseChoice, choose_release
from tests.fakes.fake_database import FIRST_DAY, make_backup
from tests.fakes.fake_ledger import AT
from tests.fakes.fake_migrations import linear_graph
from tests.fakes.fake_observed import fake_observed
from tests.fakes.fake_world import FakeWorld

GOOD, BAD = ReleaseState.GOOD, ReleaseState.BAD
LEFT = Leaving(AT, "rolled back to release-1")


def release(number: int, image: str = "", state: ReleaseState = GOOD, head: str = "r1", **changes: Any) -> Release:
    made = Release(number, Image(f"sha256:{image or number}", "r", None, 1), (head,), state, "d1", AT)
    return replace(made, **changes)


def refused(reference: str, call: Any, *arguments: Any, **named: Any) -> BlockedError:
    with pytest.raises(BlockedError) as caught:
        call(*arguments, **named)
    assert (caught.value.exit_code, caught.value.reference) == (3, reference)
    assert caught.value.hint
    return caught.value


BACKUP = make_backup()  # at r1


def _chosen(request: RestoreRequest | None = None, manifest: Any = BACKUP.manifest, **changes: Any) -> ReleaseChoice:
    return choose_release(fake_observed(**changes), manifest, request or RestoreRequest(BACKUP.name))


def test_what_runs_stays_where_it_fits_and_else_the_one_of_the_backup_or_the_newest() -> None:
    runs = {"running_image": Image("sha256:9", "", None, 1), "running_graph": linear_graph("r1", "r2")}
    fitting = (release(5), release(4), release(3, state=BAD), release(2, head="r2"))
    assert _chosen(**runs, releases=fitting) == ReleaseChoice(fitting[0])
    of_four = replace(BACKUP.manifest, occasion=replace(BACKUP.manifest.occasion, release_number=4))
    assert _chosen(manifest=of_four, **runs, releases=fitting) == ReleaseChoice(fitting[1])
    assert _chosen(**{**runs, "running_graph": linear_graph("r1")}, releases=fitting) == ReleaseChoice(None)
    left = replace(fitting[0], left=LEFT)
    assert _chosen(**runs, releases=(left, fitting[1])) == ReleaseChoice(fitting[1])
    assert _chosen(**runs, releases=(left,)) == ReleaseChoice(left)


def test_where_nothing_runs_and_nothing_is_known_nothing_is_started() -> None:
    assert _chosen() == ReleaseChoice(None)
    running = (Container("c", "c", "app", "sha256:9", "running", Health.HEALTHY, 0, False, 0, ()),)
    refused("no-release-for-backup", _chosen, running_containers=running)
    refused("no-release-for-backup", _chosen, releases=(release(1, head="r2"),))


def test_a_release_that_was_named_must_fit_and_is_not_started_where_it_runs() -> None:
    named = RestoreRequest(BACKUP.name, release_number=5)
    assert _chosen(named, releases=(release(5),)) == ReleaseChoice(release(5))
    assert _chosen(named, releases=(release(5),), running_image=Image("sha256:5", "", None, 1)) == ReleaseChoice(None)
    error = refused("no-release-for-backup", _chosen, named, releases=(release(5, head="r2"), release(4), release(3, state=BAD)))
    assert error.hint == "--release 4"
    assert "release-5 (at r2), release-4 (at r1)" in error.what
    assert "release-3" not in error.what
    assert "is at r1, which release-5 " in error.what
    empty = replace(BACKUP.manifest, content=replace(BACKUP.manifest.content, revision_ids=()))
    nowhere = refused("no-release-for-backup", _chosen, manifest=empty, releases=(release(4),), current_release=release(4))
    assert "is at no revision, which release-4 " in nowhere.what
    assert "what runs" in refused("no-release-for-backup", _chosen, manifest=empty, releases=(release(4),)).what
    assert _chosen(replace(named, keeps_down=True)) == ReleaseChoice(None, keeps_down=True)


def _losses(age: timedelta, record: BackupRecord | None = None, newer: tuple[RowsSince, ...] = (), **changes: Any) -> tuple[str, ...]:
    there: RestoreGround = replace(FakeWorld("r1").restores.ground(), **changes)
    return restore_losses(make_backup(record=record or BackupRecord()), there, newer, FIRST_DAY + age)


@pytest.mark.parametrize(
    ("age", "says"),
    [
        (timedelta(seconds=0), "0 s ago"), (timedelta(seconds=1), "1 s ago"), (timedelta(seconds=59), "59 s ago"),
        (timedelta(seconds=60), "1 min ago"), (timedelta(seconds=3599), "60 min ago"), (timedelta(hours=1), "1 h ago"),
        (timedelta(hours=23, minutes=59), "24 h ago"), (timedelta(days=1), "1 d ago"), (timedelta(days=3), "3 d ago"),
    ],
)
def test_an_age_is_said_in_its_largest_unit(age: timedelta, says: str) -> None:
    assert says in _losses(age)[0]


def test_one_sentence_each_and_in_this_order() -> None:
    rows = (RowsSince("a.at", 1_234), RowsSince("b.at", None, "no such column"))
    lines = _losses(timedelta(days=1), BackupRecord(verification=Verification(FIRST_DAY, "PostgreSQL 15", 12.34)), rows)
    assert [part in line for part, line in zip(("1 d ago", "rows", "a.at: 1,234", "no such column", "12.3 s"), lines, strict=True)] == [True] * 5


def test_what_was_counted_before_the_backup_is_not_counted_again() -> None:
    then, now = Activity(100, 30, None), Activity(107, 33, None)
    made = make_backup()
    backup = replace(made, manifest=replace(made.manifest, activity=then))
    there: RestoreGround = replace(FakeWorld("r1").restores.ground(), activity=now)
    assert " 7 rows written in 3 transactions" in restore_losses(backup, there, (), FIRST_DAY)[1]


def test_counters_are_subtracted_where_nothing_went_back() -> None:
    then = BACKUP.manifest.activity
    grown = replace(then, rows_written=then.rows_written + 5, transactions=then.transactions + 2)
    assert "5 rows written in 2 transactions" in _losses(timedelta(0), activity=grown)[1]
    assert "0 rows written in 0 transactions" in _losses(timedelta(0), activity=then)[1]
    for other in (
        replace(then, rows_written=then.rows_written - 1), replace(then, transactions=then.transactions - 1),
        Activity(then.rows_written, then.transactions, "another start"),
    ):
        assert "rows written in" not in _losses(timedelta(0), activity=other)[1]
    assert "rows written in" not in _losses(timedelta(0), activity=None)[1]
