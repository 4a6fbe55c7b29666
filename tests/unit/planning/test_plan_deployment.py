"""The plan: order, identity, undo."""

from __future__ import annotations

from typing import Any

import pytest

from deploy.model.deployments import Actor, DeployRequest, Mode, Plan
from deploy.model.planned_step import UndoKind
from deploy.model.releases import Image
from deploy.model.risk import RiskReport
from deploy.planning.downgrade_command import downgrade_command
from deploy.planning.plan_deployment import plan_backup, plan_deployment, plan_rollback
from deploy.steps.copy_backup import CopyBackup
from deploy.steps.migrate_database import MigrateDatabase
from deploy.steps.promote_release import PromoteRelease
from deploy.steps.registry import read_plan
from deploy.steps.switch_containers import FormerRelease, SwitchContainers
from deploy.steps.tag_for_rollback import TagForRollback
from tests.fakes.fake_database import FakeDatabase
from tests.fakes.fake_observed import fake_observed
from tests.fakes.fake_world import fake_settings
from tests.fakes.planned_steps import last_of

RUNNING = Image("sha256:old", "example/shop:old", None, 1)
SERVE = ["switch-containers", "verify-release", "promote-release", "prune-releases"]


def _plan(mode: Mode = Mode.AUTO_MIGRATE, observed: Any = None, switch: str = "drain", **flags: bool) -> Plan:
    look = observed or fake_observed(running_image=RUNNING, backup_image_id="sha256:older")
    return plan_deployment(fake_settings(switch=switch), look, RiskReport(()), DeployRequest(mode, **flags), ((), ()))


def _names(plan: Plan) -> list[str]:
    return [step.name for step in plan.steps]


@pytest.mark.parametrize("mode", [Mode.AUTO_MIGRATE, Mode.MANUAL_MIGRATE])
def test_a_migrating_plan_backs_up_tags_migrates_and_then_switches(mode: Mode) -> None:
    assert _names(_plan(mode)) == ["keep-configuration", "tag-for-rollback", "migrate-database", *SERVE]
    full = _names(_plan(mode, has_backup=True, has_health_check=True))
    assert full == [
        "back-up-database", "keep-configuration", "tag-for-rollback", "migrate-database", SERVE[0], "check-health",
        *SERVE[1:],
    ]


def test_nothing_is_migrated_when_asked_not_to_or_nothing_pends() -> None:
    at_head = fake_observed(database=FakeDatabase("r2").state)
    assert _names(_plan(Mode.SKIP_MIGRATE)) == ["keep-configuration", "tag-for-rollback", *SERVE]
    assert _names(_plan(Mode.AUTO_MIGRATE, at_head)) == ["keep-configuration", "tag-for-rollback", *SERVE]


def test_backup_and_rollback_have_their_own_order() -> None:
    assert _names(plan_backup(fake_settings(), fake_observed())) == ["back-up-database"]
    names = _names(plan_rollback(fake_settings(), fake_observed(), 1, RUNNING))
    assert names == [
        "keep-configuration", "tag-for-rollback", "switch-containers", "check-health", "verify-release",
        "promote-release",
    ]


def test_a_backup_is_copied_before_anything_is_changed_where_targets_are_set() -> None:
    settings = fake_settings(backup_copy_to=("/mnt/backups", "s3://bucket/a"))
    alone = plan_backup(settings, fake_observed())
    assert _names(alone) == ["back-up-database", "copy-backup"]
    assert last_of(alone, CopyBackup).targets == ("/mnt/backups", "s3://bucket/a")
    look = fake_observed(running_image=RUNNING)
    with_one, without = (
        plan_deployment(settings, look, RiskReport(()), DeployRequest(Mode.AUTO_MIGRATE, has_backup=has), ((), ()))
        for has in (True, False)
    )
    assert _names(with_one)[:3] == ["back-up-database", "copy-backup", "keep-configuration"]
    assert "copy-backup" not in _names(without)


def test_only_the_migration_is_a_point_of_no_return() -> None:
    for mode in (Mode.AUTO_MIGRATE, Mode.MANUAL_MIGRATE, Mode.SKIP_MIGRATE):
        points = [s.name for s in _plan(mode, has_backup=True).steps if s.undo_kind is UndoKind.POINT_OF_NO_RETURN]
        assert points == ([] if mode is Mode.SKIP_MIGRATE else ["migrate-database"])


def test_the_same_look_gives_the_same_plan_id_and_another_look_another() -> None:
    assert _plan().plan_id == _plan().plan_id
    assert _plan().plan_id != _plan(has_backup=True).plan_id


def test_a_plan_survives_json_with_an_equal_id() -> None:
    plan = _plan(has_backup=True, has_health_check=True)
    again = read_plan(plan.to_json())
    assert (again.steps, again.plan_id, again.to_json()) == (plan.steps, plan.plan_id, plan.to_json())


def test_an_approved_plan_outlives_a_database_that_grows() -> None:
    grown = FakeDatabase("r1")
    grown.change(size_bytes=11_000_000)
    look = fake_observed(running_image=RUNNING, backup_image_id="sha256:older", database=grown.state)
    assert _plan(has_backup=True).plan_id == _plan(observed=look, has_backup=True).plan_id


def test_one_person_plans_and_another_approves_the_same_plan() -> None:
    look = fake_observed(running_image=RUNNING, backup_image_id="sha256:older", actor=Actor("bob", "runner", "4711"))
    assert _plan(has_backup=True).plan_id == _plan(observed=look, has_backup=True).plan_id


def test_everything_that_undo_needs_is_in_the_plan() -> None:
    plan = _plan()
    assert last_of(plan, TagForRollback).previous == {
        "example/shop:release-2": None, "example/shop:backup": "sha256:older"
    }
    old, migrate = last_of(plan, SwitchContainers).old, last_of(plan, MigrateDatabase)
    assert old is not None
    assert old.image_id == "sha256:old"
    assert last_of(plan, PromoteRelease).previous_latest_image_id == "sha256:old"
    assert "sha256:new" in migrate.downgrade_command
    assert migrate.from_ids == ("r1",)


def test_warnings_name_the_gap_what_is_not_applied_and_foreign_containers() -> None:
    assert any("stop-first" in w for w in _plan(switch="stop-first").warnings)
    assert any("r2" in w for w in _plan(Mode.SKIP_MIGRATE).warnings)
    assert any("not deployed by this tool" in w for w in _plan().warnings)
    assert _plan(observed=fake_observed()).warnings == ()


def test_the_downgrade_runs_the_image_that_knows_the_revisions() -> None:
    command = downgrade_command(fake_settings(), "sha256:new", ("r1",))
    assert command.startswith("APP_IMAGE=sha256:new docker compose")
    assert command.endswith("run --rm migration alembic downgrade r1")
    assert downgrade_command(fake_settings(), "sha256:new", ()).endswith("downgrade base")


def test_the_downgrade_of_several_heads_gives_alembic_one_revision_a_call() -> None:
    assert "downgrade r1 r2" not in downgrade_command(fake_settings(), "sha256:new", ("r1", "r2"))


def test_containers_that_nobody_named_get_a_name_for_the_way_back() -> None:
    running = Image("sha256:old", "sha256:old", None, 0)
    plan = _plan(observed=fake_observed(running_image=running))
    assert last_of(plan, SwitchContainers).old == FormerRelease(image_id="sha256:old", release="manual")
