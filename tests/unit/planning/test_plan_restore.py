"""What a restore does, in which order, what it says beforehand, and which release serves afterwards."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from deploy.model.backups import Activity, BackupRecord, Occasion, Verification
from deploy.model.containers import Container, Health
from deploy.model.deployments import NEXT_COMMAND, Plan
from deploy.model.errors import BlockedError
from deploy.model.planned_step import UndoKind
from deploy.model.releases import Image, Release, ReleaseState
from deploy.model.restores import RestoreGround, RestoreRequest, RowsSince, is_kept_name, kept_name, restoring_name
from deploy.model.roles import Background, Role, ServiceRole
from deploy.planning.plan_restore import plan_restore, restore_problems
from deploy.planning.restore_losses import restore_losses
from deploy.planning.restored_release import choose_release
from deploy.steps.begin_maintenance import BeginMaintenance
from deploy.steps.switch_background import SwitchBackground
from deploy.steps.switch_containers import SwitchContainers
from tests.fakes.fake_database import FIRST_DAY, make_backup
from tests.fakes.fake_ledger import AT
from tests.fakes.fake_migrations import linear_graph
from tests.fakes.fake_observed import fake_observed
from tests.fakes.fake_world import FakeWorld, fake_settings
from tests.fakes.planned_steps import last_of

RUNNING = Image("sha256:old", "example/shop:old", None, 1)
BACKUP = make_backup()
SWAP = ["begin-maintenance", "restore-database", "compare-database", "swap-databases"]
NO_FLAGS = RestoreRequest(BACKUP.name)


def release(number: int, head: str, state: ReleaseState = ReleaseState.GOOD) -> Release:
    return Release(number, Image(f"sha256:{number}", "example/shop:x", None, 1), (head,), state, "d1", AT)


def ground(**changes: Any) -> RestoreGround:
    return replace(FakeWorld("r1").restores.ground(), **changes)


def plan(observed: Any = None, request: RestoreRequest = NO_FLAGS, at: Any = AT, **changes: Any) -> Plan:
    look = observed or fake_observed(running_image=RUNNING, running_graph=linear_graph("r1"))
    choice = choose_release(look, BACKUP.manifest, request)
    return plan_restore(fake_settings(), look, BACKUP, ground(**changes), request, choice, at, has_page=False)


def names(made: Plan) -> list[str]:
    return [step.name for step in made.steps]


def test_a_plan_that_was_made_later_has_the_same_id_and_names_of_its_own() -> None:
    later = AT + timedelta(days=2, seconds=7)
    first, second = plan(), plan(at=later)
    assert first.plan_id == second.plan_id
    assert first.summary["old_database"] != second.summary["old_database"] == kept_name("shop", later)


def test_another_backup_page_or_way_is_another_plan_whenever_it_is_made() -> None:
    made = plan()
    in_place, kept_down = replace(NO_FLAGS, is_in_place=True), replace(NO_FLAGS, keeps_down=True)
    others = [plan(request=in_place), plan(request=kept_down), plan(swap_obstacle="it may not")]
    others.append(replace(made, summary={**made.summary, "backup": "backup_other"}))
    assert len({made.plan_id, *(other.plan_id for other in others)}) == 1 + len(others)


def test_the_release_that_fits_is_left_alone() -> None:
    assert names(plan()) == [*SWAP, "check-health", "end-maintenance"]


def test_another_release_is_stopped_before_its_database_is_closed_and_started_after_the_swap() -> None:
    look = fake_observed(
        running_image=RUNNING, running_graph=linear_graph("r1", "r2"), releases=(release(2, "r2"), release(1, "r1"))
    )
    made = plan(look)
    assert names(made) == [
        "begin-maintenance", "switch-containers", *SWAP, "switch-containers", "check-health", "promote-release",
        "end-maintenance",
    ]
    stops, starts = (step for step in made.steps if isinstance(step, SwitchContainers))
    assert stops.new is None
    assert starts.old is None
    assert starts.new is not None
    assert starts.new.release == "release-1"
    first, second = (step for step in made.steps if isinstance(step, BeginMaintenance))
    assert (first.closes_database, second.closes_database) == (False, True)


@pytest.mark.parametrize("request_", [NO_FLAGS, replace(NO_FLAGS, is_in_place=True)])
def test_there_is_exactly_one_point_of_no_return(request_: RestoreRequest) -> None:
    kinds = [step.undo_kind for step in plan(request=request_).steps]
    assert kinds.count(UndoKind.POINT_OF_NO_RETURN) == 1


def test_a_role_that_may_not_swap_restores_in_place_after_a_backup_and_says_so() -> None:
    made = plan(swap_obstacle="role ann may not create databases")
    assert names(made) == [
        "begin-maintenance", "switch-containers", "back-up-database", "restore-in-place", "compare-database",
        "switch-containers", "check-health", "end-maintenance",
    ]
    assert "may not create databases" in made.warnings[0]
    assert any("are newer than the backup stay" in warning for warning in made.warnings)
    assert made.summary["old_database"] is None


def test_a_backup_of_another_database_is_mentioned() -> None:
    look = fake_observed(running_image=RUNNING, running_graph=linear_graph("r1"))
    other = make_backup(database_name="billing")
    choice = choose_release(look, other.manifest, NO_FLAGS)
    made = plan_restore(fake_settings(), look, other, ground(), NO_FLAGS, choice, AT, has_page=False)
    assert any("billing" in warning for warning in made.warnings)


class TestRelease:
    def look(self, *releases: Release) -> Any:
        return fake_observed(running_image=RUNNING, running_graph=linear_graph("r1", "r2"), releases=releases)

    def test_the_one_that_ran_at_the_backup_goes_before_the_newest(self) -> None:
        backup = make_backup(occasion=Occasion("ann", "host", release_number=1))
        look = self.look(release(3, "r1"), release(2, "r2"), release(1, "r1"))
        chosen = choose_release(look, backup.manifest, NO_FLAGS).release
        assert chosen is not None
        assert chosen.number == 1
        chosen = choose_release(look, BACKUP.manifest, NO_FLAGS).release
        assert chosen is not None
        assert chosen.number == 3

    @pytest.mark.parametrize("wanted", [2, 9])
    def test_one_that_does_not_know_the_revision_is_refused_with_those_that_do(self, wanted: int) -> None:
        look = self.look(release(2, "r2"), release(1, "r1"))
        with pytest.raises(BlockedError) as caught:
            choose_release(look, BACKUP.manifest, replace(NO_FLAGS, release_number=wanted))
        assert caught.value.hint == "--release 1"

    def test_where_none_fits_the_kept_ones_are_named(self) -> None:
        look = self.look(release(2, "r2"), release(1, "r1", ReleaseState.BAD))
        with pytest.raises(BlockedError) as caught:
            choose_release(look, BACKUP.manifest, NO_FLAGS)
        assert "release-2 (at r2)" in caught.value.what
        assert "release-1" not in caught.value.what
        assert "--keep-down" in caught.value.hint


class TestKeptDown:
    """`--keep-down`: the data comes back where nothing can be started, and nobody is served until the operator says so."""

    REQUEST = replace(NO_FLAGS, keeps_down=True)

    def plan(self, look: Any = None, **changes: Any) -> Plan:
        running = fake_observed(running_image=RUNNING, running_graph=linear_graph("r2"), releases=(release(2, "r2"),))
        return plan(look or running, self.REQUEST, **changes)

    def test_what_runs_is_stopped_nothing_is_started_and_the_page_stays_on(self) -> None:
        made = self.plan()
        assert names(made) == ["begin-maintenance", "switch-containers", *SWAP]
        assert last_of(made, SwitchContainers).new is None
        assert made.summary["release"] is None

    def test_in_place_too(self) -> None:
        made = self.plan(swap_obstacle="role ann may not create databases")
        assert names(made) == [
            "begin-maintenance", "switch-containers", "back-up-database", "restore-in-place", "compare-database",
        ]

    def test_where_nothing_runs_there_is_nothing_to_stop(self) -> None:
        assert names(self.plan(fake_observed(releases=(release(2, "r2"),)), database=None)) == SWAP

    def test_it_can_be_taken_back_to_its_end_where_the_databases_are_swapped(self) -> None:
        assert {step.undo_kind for step in self.plan().steps} <= {UndoKind.REVERTED, UndoKind.NOTHING_TO_UNDO}

    def test_what_comes_next_is_said_before_and_is_the_image_that_ran_where_its_migrations_know_the_revision(self) -> None:
        made = self.plan()
        assert any("maintenance off" in warning for warning in made.warnings)
        assert made.summary[NEXT_COMMAND] == "./scripts/deploy.sh --auto-migrate --watch 0 --image IMAGE"
        knowing = fake_observed(running_image=RUNNING, running_graph=linear_graph("r1", "r2"))
        assert self.plan(knowing).summary[NEXT_COMMAND].endswith(f"--image {RUNNING.image_id}")

    def test_other_restores_leave_nothing_to_be_done(self) -> None:
        assert NEXT_COMMAND not in plan().summary


class TestProblems:
    def references(self, request: RestoreRequest = NO_FLAGS, **changes: Any) -> list[str]:
        return [p.reference for p in restore_problems(BACKUP.manifest, ground(**changes), request)]

    def test_missing_roles_are_named_and_no_owner_gets_around_them(self) -> None:
        [problem] = restore_problems(BACKUP.manifest, ground(role_names=("bob",)), NO_FLAGS)
        assert "ann" in problem.what
        assert "--no-owner" in problem.hint
        assert self.references(replace(NO_FLAGS, has_owner=False), role_names=("bob",)) == []

    def test_an_older_server_is_refused(self) -> None:
        assert self.references(server_major=14) == ["restore-older-server"]
        assert self.references(server_major=16) == []

    def test_prepared_transactions_are_refused(self) -> None:
        assert self.references(prepared_transactions=1) == ["prepared-transactions"]

    def test_in_place_needs_a_database(self) -> None:
        assert self.references(replace(NO_FLAGS, is_in_place=True), database=None) == ["database-missing"]
        assert self.references(database=None) == []


class TestLosses:
    def said(self, record: BackupRecord | None = None, newer: tuple[RowsSince, ...] = (), **changes: Any) -> str:
        backup = make_backup(record=record or BackupRecord())
        now = FIRST_DAY + timedelta(hours=3)
        return "\n".join(restore_losses(backup, ground(**changes), newer, now))

    def test_the_age_and_what_the_server_counted_since(self) -> None:
        said = self.said(activity=Activity(1234, 56, None))
        assert "3 h ago" in said
        assert "1,234 rows written in 56 transactions" in said

    @pytest.mark.parametrize(
        "changes",
        [
            {"server_id": "another"}, {"server_id": None}, {"activity": Activity(5, 5, "2026-01-02")},
            {"activity": Activity(-1, 5, None)},
        ],
    )
    def test_counters_that_are_others_now_are_not_subtracted(self, changes: Any) -> None:
        said = self.said(**changes)
        assert "how much was written since is not known" in said
        assert "rows written in" not in said

    def test_newer_rows_and_those_that_cannot_be_counted(self) -> None:
        said = self.said(newer=(RowsSince("orders.at", 7), RowsSince("users.at", None, "no such column")))
        assert "orders.at: 7 rows are newer" in said
        assert "no such column" in said

    def test_the_last_measured_restore_or_that_there_was_none(self) -> None:
        good = Verification(FIRST_DAY, "PostgreSQL 15.18 (host)", 12.3)
        assert "12.3 s" in self.said(BackupRecord(verification=good))
        assert "FAILED: one row less" in self.said(BackupRecord(verification=replace(good, problems=("one row less",))))
        assert "nobody knows" in self.said()


class TestNames:
    @pytest.mark.parametrize("database", ["shop", "x" * 63, "é" * 31, "ä" * 30 + "xyz"])
    def test_they_fit_into_what_postgresql_keeps(self, database: str) -> None:
        for name in (kept_name(database, AT), restoring_name(database, AT)):
            assert len(name.encode()) <= 63
        assert is_kept_name(kept_name(database, AT), database)

    @pytest.mark.parametrize("name", ["shop", "shop_before_restore_", "shop_before_restore_20260102_0304", "shops_before_restore_20260102_030405"])
    def test_what_no_restore_kept_is_never_discarded(self, name: str) -> None:
        assert not is_kept_name(name, "shop")


class TestPreparedTransactions:
    def problems(self, request: RestoreRequest = NO_FLAGS, *, is_elsewhere: bool = False, **changes: Any) -> list[str]:
        found = restore_problems(
            BACKUP.manifest, ground(prepared_transactions=2, **changes), request, is_elsewhere=is_elsewhere
        )
        assert {problem.reference for problem in found} <= {"prepared-transactions"}
        return [problem.what for problem in found]

    def test_they_keep_a_database_from_being_renamed(self) -> None:
        assert ["from being renamed" in what for what in self.problems()] == [True]

    @pytest.mark.parametrize("obstacle", ["", "role ann may not create databases"])
    def test_in_place_nothing_is_renamed_and_their_locks_are_the_reason(self, obstacle: str) -> None:
        found = self.problems(replace(NO_FLAGS, is_in_place=not obstacle), swap_obstacle=obstacle)
        assert [("renamed" in what, "locks" in what) for what in found] == [(False, True)]

    def test_another_database_is_filled_in_spite_of_them(self) -> None:
        assert self.problems(is_elsewhere=True) == []


def test_a_restore_stops_workers_first_and_starts_them_when_requests_are_served_again() -> None:
    worker = ServiceRole("worker", Role.WORKER, "", has_release_image=True)
    runs = Container("c1", "shop-worker-1", "worker", "sha256:old", "running", Health.NONE, None, False, 0, ())
    look = fake_observed(
        running_image=RUNNING, running_graph=linear_graph("r1"), background=Background((worker,), (), {"worker": (runs,)})
    )
    made = plan(look)
    assert names(made)[0] == "stop-background"
    assert names(made)[-2:] == ["end-maintenance", "switch-background"]
    step = made.find(SwitchBackground)
    assert step is not None
    assert step.moves[0].former == (), "an undo must not start what was there before on what the database is by then"
    in_place = plan(look, replace(NO_FLAGS, is_in_place=True))
    assert names(in_place)[0] == "stop-background"


def test_where_no_release_fits_workers_stay_stopped_and_that_is_said() -> None:
    worker = ServiceRole("worker", Role.WORKER, "", has_release_image=True)
    runs = Container("c1", "shop-worker-1", "worker", "sha256:old", "running", Health.NONE, None, False, 0, ())
    look = fake_observed(
        running_image=RUNNING, running_graph=linear_graph("r7"), background=Background((worker,), (), {"worker": (runs,)})
    )
    made = plan(look, replace(NO_FLAGS, keeps_down=True))
    assert "switch-background" not in names(made)
    assert any("worker stay stopped" in text or "worker stays stopped" in text for text in made.warnings)
