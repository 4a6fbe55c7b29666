"""What a plan starts of the services that no release owns, and what it says of the others."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from deploy.model.accessories import Accessory, SeenAccessory
from deploy.model.containers import Container, Health
from deploy.model.deployments import DeployRequest, Mode, Plan
from deploy.model.planned_step import UndoKind
from deploy.model.releases import Image
from deploy.model.risk import RiskReport
from deploy.model.roles import Role
from deploy.planning.plan_accessories import absent_accessories
from deploy.planning.plan_deployment import plan_deployment, plan_rollback
from deploy.steps.start_accessories import StartAccessories
from tests.fakes.fake_observed import fake_observed
from tests.fakes.fake_world import fake_settings

OLD = Image("sha256:old", "example/shop:old", None, 1)


def seen(service: str, *containers: Container, **changes: Any) -> SeenAccessory:
    fields: dict[str, Any] = {"service": service, "role": Role.ACCESSORY, "image": f"{service}:1", **changes}
    return SeenAccessory(Accessory(**fields), containers)


def container(status: str = "running", exit_code: int | None = None) -> Container:
    return Container("c1", "shop-x-1", "x", "sha256:x", status, Health.NONE, exit_code, False, 0, ())


def plan(*accessories: SeenAccessory, mode: Mode = Mode.AUTO_MIGRATE, **flags: bool) -> Plan:
    observed = fake_observed(running_image=OLD, accessories=accessories)
    return plan_deployment(fake_settings(), observed, RiskReport(()), DeployRequest(mode, **flags), ((), ()))


def names(made: Plan) -> list[str]:
    return [step.name for step in made.steps]


def starts(made: Plan) -> list[tuple[str, ...]]:
    return [step.services for step in made.steps if isinstance(step, StartAccessories)]


def test_absent_ones_are_started_by_the_first_step_and_named() -> None:
    made = plan(seen("redis"), seen("adminer"), has_backup=True)
    assert names(made)[0] == "start-accessories"
    assert starts(made) == [("redis", "adminer")]
    first = made.steps[0]
    assert first.says == "starts redis, adminer: absent"
    assert first.undo_kind is UndoKind.NOTHING_TO_UNDO


def test_where_none_is_absent_the_plan_is_as_it_was() -> None:
    assert names(plan(seen("redis", container()))) == names(plan())
    assert plan(seen("redis", container())).plan_id == plan().plan_id


def test_one_that_is_stopped_is_left_alone_and_its_command_is_said() -> None:
    made = plan(seen("redis", container("exited", 137)))
    assert starts(made) == []
    [warning] = [text for text in made.warnings if "redis" in text]
    assert "stopped (exit code 137)" in warning
    assert warning.endswith("./scripts/deploy.sh accessories up redis")


def test_they_are_started_after_what_they_need() -> None:
    observed = fake_observed(accessories=(
        seen("front", needs=("cache", "search")), seen("search", container(), needs=("disk",)), seen("cache"), seen("disk"),
    ))
    assert [one.accessory.service for one in absent_accessories(observed)] == ["cache", "disk", "front"]


def test_one_that_needs_the_release_is_started_after_the_switch() -> None:
    made = plan(seen("page", waits_for_release=True), seen("redis"), has_health_check=True)
    assert starts(made) == [("redis",), ("page",)]
    later = [i for i, name in enumerate(names(made)) if name == "start-accessories"][1]
    assert names(made).index("check-health") < later < names(made).index("verify-release")


def test_what_is_not_meant_to_be_started_is_not_and_the_plan_says_why() -> None:
    made = plan(seen("seed", by_hand_because="it runs migrations"), seen("tool", by_hand_because="x", profile="tools"))
    assert starts(made) == []
    assert [text for text in made.warnings if text.startswith(("seed", "tool"))] == [
        "seed is absent and is not started: it runs migrations"
    ]


def test_a_rollback_starts_none_and_names_what_is_absent() -> None:
    observed = fake_observed(running_image=OLD, accessories=(seen("redis"),))
    made = plan_rollback(fake_settings(), observed, 1, OLD)
    assert starts(made) == []
    assert [text for text in made.warnings if "redis" in text] == [
        "redis is absent and is not started by this command: ./scripts/deploy.sh accessories up redis"
    ]


def test_the_application_alone_is_deployed_with_its_accessories_too() -> None:
    assert starts(plan(seen("redis"), mode=Mode.SKIP_MIGRATE)) == [("redis",)]


def test_another_absent_one_makes_another_plan() -> None:
    one = seen("redis")
    other = replace(one, accessory=replace(one.accessory, service="cache"))
    assert plan(one).plan_id != plan(other).plan_id
