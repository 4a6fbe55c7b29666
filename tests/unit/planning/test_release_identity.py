"""The same image with the same configuration is the same release, and going back is remembered."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from deploy.model.deployments import DeployRequest, Mode, Plan
from deploy.model.releases import Image, Leaving, Release, ReleaseState
from deploy.model.risk import RiskReport
from deploy.planning.plan_deployment import plan_deployment, plan_rollback
from deploy.planning.release_identity import configuration_of, leaving, same_release
from deploy.steps.promote_release import LeftRelease, PromoteRelease
from deploy.steps.tag_for_rollback import TagForRollback
from tests.fakes.fake_database import FakeDatabase
from tests.fakes.fake_ledger import AT
from tests.fakes.fake_observed import fake_observed
from tests.fakes.fake_world import fake_settings
from tests.fakes.planned_steps import last_of


def release(number: int, image: str, configuration: str = "c", **changes: Any) -> Release:
    made = Release(number, Image(f"sha256:{image}", "r", None, 1), ("r2",), ReleaseState.GOOD, "d1", AT)
    return replace(made, configuration=configuration, **changes)


def look(image: str, *releases: Release, current: int, configuration: str = "c") -> Any:
    by_number = {r.number: r for r in releases}
    return fake_observed(
        image=Image(f"sha256:{image}", "r", None, 1), releases=tuple(sorted(releases, key=lambda r: -r.number)),
        current_release=by_number[current], running_image=by_number[current].image, configuration=configuration,
        next_release_number=max(by_number) + 1, backup_image_id="sha256:older", database=FakeDatabase("r2").state,
    )


def plan(observed: Any) -> Plan:
    return plan_deployment(fake_settings(), observed, RiskReport(()), DeployRequest(Mode.SKIP_MIGRATE), ((), ()))


def test_the_same_image_and_configuration_get_no_new_number_and_leave_backup_alone() -> None:
    made = plan(look("b", release(1, "a"), release(2, "b"), current=2))
    assert made.summary["release"] == "release-2"
    assert set(last_of(made, TagForRollback).names) == {"example/shop:release-2"}
    assert last_of(made, PromoteRelease).left is None


def test_another_configuration_is_another_release_and_backup_stays_with_the_image_before() -> None:
    made = plan(look("b", release(1, "a"), release(2, "b"), current=2, configuration="d"))
    assert made.summary["release"] == "release-3"
    assert "example/shop:backup" not in last_of(made, TagForRollback).names


def test_what_is_bad_pruned_or_of_an_unknown_configuration_is_no_release_to_take_up_again() -> None:
    for state in (ReleaseState.BAD, ReleaseState.PRUNED, ReleaseState.CANDIDATE):
        assert same_release(look("b", release(1, "a"), release(2, "b", state=state), current=1)) is None
    assert same_release(look("b", release(1, "a"), release(2, "b", ""), current=1)) is None
    assert same_release(look("b", release(1, "a"), release(2, "b", ""), current=1, configuration="")) is None


def test_going_back_leaves_the_release_that_runs() -> None:
    back = look("a", release(1, "a"), release(2, "b"), current=2)
    left = last_of(plan(back), PromoteRelease).left
    assert left == LeftRelease(number=2, because="gone back with --skip-migrate to release-1")
    assert leaving(look("a", release(1, "a"), release(2, "a"), current=2), Image("sha256:a", "", None, 1), "x") is None
    assert leaving(look("c", release(1, "a"), release(2, "b"), current=2), Image("sha256:c", "", None, 1), "x") is None
    rolled = plan_rollback(fake_settings(), back, 1, Image("sha256:a", "r", None, 1))
    left = last_of(rolled, PromoteRelease).left
    assert left == LeftRelease(number=2, because="rolled back to release-1")


def test_an_explicit_word_ends_the_mark_of_every_release_of_that_image() -> None:
    mark = Leaving(AT, "rolled back to release-1")
    forward = look("b", release(1, "a"), release(2, "b", left=mark), release(3, "b", left=mark), current=1)
    before = last_of(plan(forward), PromoteRelease).left_before
    assert sorted(entry.number for entry in before) == [2, 3]
    assert last_of(plan(forward), PromoteRelease).left is None


def test_a_fingerprint_tells_services_apart_and_shows_nothing_of_them() -> None:
    one = configuration_of({"environment": {"DATABASE_URL": "postgresql://u:secret@h/d"}})
    assert one == configuration_of({"environment": {"DATABASE_URL": "postgresql://u:secret@h/d"}})
    assert one != configuration_of({"environment": {"DATABASE_URL": "postgresql://u:other@h/d"}})
    assert "secret" not in one
