"""What a plan does with workers and schedulers, and when."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from deploy.model.containers import Container, Health
from deploy.model.deployments import DeployRequest, Mode, Plan
from deploy.model.end_state import ProductionState, SeenContainer
from deploy.model.errors import BlockedError
from deploy.model.observed import Observed
from deploy.model.pinned_images import PinnedImage
from deploy.model.releases import Image, RevisionKind
from deploy.model.risk import RevisionRisk, RiskLevel, RiskReport
from deploy.model.roles import Background, Role, ServiceRole
from deploy.planning.end_state import differences
from deploy.planning.plan_background import gate_older_background
from deploy.planning.plan_deployment import plan_deployment, plan_rollback
from deploy.planning.plan_downgrade import plan_downgrade
from deploy.steps.background_services import Wanted
from deploy.steps.keep_configuration import KeepConfiguration
from deploy.steps.stop_background import StopBackground
from deploy.steps.switch_background import SwitchBackground
from deploy.steps.tag_for_rollback import TagForRollback
from tests.fakes.fake_migrations import linear_graph
from tests.fakes.fake_observed import fake_observed
from tests.fakes.fake_world import fake_settings

OLD = Image("sha256:old", "example/shop:old", None, 1)
BEAT = ServiceRole("beat", Role.SINGLETON, "its name", has_release_image=True, strategy="stop-first")
WORKER = ServiceRole("worker", Role.WORKER, "its image", has_release_image=True, replicas=2, stop_grace_seconds=90)
LEFT = ServiceRole("admin", Role.ACCESSORY, "it publishes ports", has_release_image=True)


def container(service: str, image_id: str = "sha256:old", status: str = "running", release: str = "release-1") -> Container:
    return Container(
        f"{service}{image_id}{status}", f"shop-{service}-1", service, image_id, status, Health.NONE, None, False, 0, (),
        labels={"surefoot.release": release},
    )


def look(*running: Container, **changes: Any) -> Observed:
    kept = {name: tuple(c for c in running if c.service_name == name) for name in ("worker", "beat")}
    return fake_observed(
        running_image=OLD, running_graph=linear_graph("r1"), background=Background((BEAT, WORKER), (LEFT,), kept), **changes
    )


def risk_of(kind: RevisionKind) -> RiskReport:
    return RiskReport((RevisionRisk("r2", "", RiskLevel.LOW, kind, (), "", frozenset()),))


def deployment(observed: Observed, kind: RevisionKind, mode: Mode = Mode.AUTO_MIGRATE) -> Plan:
    return plan_deployment(fake_settings(), observed, risk_of(kind), DeployRequest(mode), ((), ()))


def names(plan: Plan) -> list[str]:
    return [step.name for step in plan.steps]


def test_they_move_after_the_application_and_before_what_was_is_verified() -> None:
    made = names(deployment(look(container("worker")), RevisionKind.EXPAND))
    assert made.index("switch-containers") < made.index("switch-background") < made.index("verify-release")
    assert "stop-background" not in made


@pytest.mark.parametrize("kind", [RevisionKind.CONTRACT, RevisionKind.UNKNOWN])
def test_old_workers_have_ended_before_a_migration_that_may_break_them(kind: RevisionKind) -> None:
    plan = deployment(look(container("worker"), container("beat")), kind)
    made = names(plan)
    assert made.index("stop-background") < made.index("migrate-database") < made.index("switch-background")
    stop = plan.find(StopBackground)
    assert stop is not None
    assert {move.service for move in stop.moves} == {"worker", "beat"}


def test_where_none_runs_none_is_stopped() -> None:
    assert "stop-background" not in names(deployment(look(), RevisionKind.CONTRACT))


def test_workers_move_before_schedulers_with_the_files_own_numbers() -> None:
    step = deployment(look(container("worker"), container("worker", status="exited")), RevisionKind.EXPAND).find(SwitchBackground)
    assert step is not None
    assert [move.service for move in step.moves] == ["worker", "beat"]
    worker, beat = step.moves
    assert (worker.replicas, worker.stop_grace_seconds, worker.strategy) == (2, 90, "beside")
    assert worker.former == (Wanted(image_id="sha256:old", release="release-1", count=1),), "what was stopped stays so"
    assert (beat.role, beat.strategy, beat.former) == ("singleton", "stop-first", ())


def test_what_runs_the_image_and_is_not_moved_is_said() -> None:
    [warning] = [text for text in deployment(look(), RevisionKind.EXPAND).warnings if "admin" in text]
    assert "it publishes ports" in warning


def test_a_worker_that_cannot_run_twice_is_said_with_its_reason() -> None:
    alone = replace(WORKER, strategy="stop-first", strategy_reason="`container_name` allows one container only")
    observed = replace(look(), background=Background((alone,), (), {}))
    assert any("container_name" in text for text in deployment(observed, RevisionKind.EXPAND).warnings)


def test_a_rollback_brings_them_along() -> None:
    plan = plan_rollback(fake_settings(), look(container("worker", "sha256:new")), 1, OLD)
    step = plan.find(SwitchBackground)
    assert step is not None
    assert (step.image_id, step.release) == ("sha256:old", "release-1")


def test_a_downgrade_stops_them_first_and_starts_them_again() -> None:
    plan = plan_downgrade(fake_settings(), look(container("worker")), OLD, ("r0",), (), "low")
    made = names(plan)
    assert made[0] == "stop-background"
    assert made[-1] == "switch-background"


def test_without_such_services_a_plan_is_as_it_was() -> None:
    assert not {"stop-background", "switch-background"} & set(names(deployment(fake_observed(), RevisionKind.CONTRACT)))


def test_nothing_contracts_under_a_worker_of_older_code() -> None:
    gate_older_background(look(container("worker")), "sha256:old")
    gate_older_background(look(container("worker", "sha256:older", status="exited")), "sha256:old")
    with pytest.raises(BlockedError) as caught:
        gate_older_background(look(container("worker"), container("beat", "sha256:older")), "sha256:old")
    assert caught.value.reference == "older-code-runs"
    assert "shop-beat-1" in caught.value.what


def test_an_end_names_the_worker_that_no_longer_runs_and_not_its_health() -> None:
    def state(*workers: SeenContainer) -> ProductionState:
        return ProductionState((), (), 0, False, {}, (), (), None, {"worker": workers})

    ran = SeenContainer("c1", "shop-worker-1", "sha256:old", "release-1", is_running=True, is_serving=True)
    assert differences(state(ran), state(replace(ran, container_id="c2", is_serving=False))) == ()
    [says] = differences(state(ran), state(replace(ran, is_running=False)))
    assert "worker" in says
    assert "no container" in says
    assert differences(state(), state(ran)) != ()


def test_a_downgrade_where_no_application_runs_says_that_they_stay_stopped() -> None:
    plan = plan_downgrade(fake_settings(), replace(look(container("worker")), running_image=None), OLD, ("r0",), (), "low")
    assert names(plan)[0] == "stop-background"
    assert "switch-background" not in names(plan)
    assert any("worker" in text and "stopped" in text for text in plan.warnings)


PAGE = ServiceRole(
    "page", Role.WEB, "this project builds its image", image="shop-page:v1", is_built=True, uses_database=False,
)
MAILER = ServiceRole("mailer", Role.WORKER, "this project builds its image", image="shop-mailer:v1", is_built=True)
IMAGES = {
    role.name: PinnedImage(service=role.name, image_id=f"sha256:{role.name}", reference=role.image, digest="")
    for role in (PAGE, MAILER)
}


def set_of(*running: Container, images: dict[str, PinnedImage] | None = None, unchanged: tuple[str, ...] = ()) -> Observed:
    kept = {name: tuple(c for c in running if c.service_name == name) for name in ("worker", "page", "mailer")}
    background = Background(
        (BEAT, MAILER, WORKER, PAGE), (), kept, IMAGES if images is None else images, frozenset(unchanged)
    )
    return fake_observed(running_image=OLD, running_graph=linear_graph("r1"), background=background)


def test_a_service_with_an_image_of_its_own_moves_with_that_image_and_is_tagged_and_kept_for_the_way_back() -> None:
    plan = deployment(set_of(), RevisionKind.EXPAND)
    [switch] = [step for step in plan.steps if isinstance(step, SwitchBackground)]
    assert [(move.service, move.image_id) for move in switch.moves] == [
        ("page", "sha256:page"), ("mailer", "sha256:mailer"), ("worker", ""), ("beat", ""),
    ]
    [tag] = [step for step in plan.steps if isinstance(step, TagForRollback)]
    assert tag.names["shop-page:release-2-page"] == "sha256:page"
    [keep] = [step for step in plan.steps if isinstance(step, KeepConfiguration)]
    assert {image.service for image in keep.images} == {"page", "mailer"}
    assert plan.summary["other_images"] == ["mailer sha256:mailer", "page sha256:page"]


def test_what_runs_already_with_its_image_and_configuration_is_left_running() -> None:
    plan = deployment(set_of(unchanged=("page", "mailer")), RevisionKind.EXPAND)
    [switch] = [step for step in plan.steps if isinstance(step, SwitchBackground)]
    assert [move.service for move in switch.moves] == ["worker", "beat"]
    assert any("page stays as it is" in note for note in plan.warnings)


def test_a_service_whose_image_is_not_known_stays_and_that_is_said() -> None:
    plan = plan_rollback(fake_settings(), set_of(images={}), 1, OLD)
    [switch] = [step for step in plan.steps if isinstance(step, SwitchBackground)]
    assert [move.service for move in switch.moves] == ["worker", "beat"]
    assert any("mailer stays as it is" in note and "not known" in note for note in plan.warnings)


def test_only_what_may_use_the_database_ends_before_a_migration_that_may_break_it_and_comes_back_unchanged_or_not() -> None:
    running = (container("page", "sha256:page"), container("mailer", "sha256:mailer"))
    plan = deployment(set_of(*running, unchanged=("page", "mailer")), RevisionKind.CONTRACT)
    [stop] = [step for step in plan.steps if isinstance(step, StopBackground)]
    [switch] = [step for step in plan.steps if isinstance(step, SwitchBackground)]
    assert [move.service for move in stop.moves] == ["mailer"]
    assert [move.service for move in switch.moves] == ["mailer", "worker", "beat"]


def test_a_contract_is_refused_under_an_older_image_of_another_service_and_not_under_its_own() -> None:
    gate_older_background(set_of(container("mailer", "sha256:mailer")), OLD.image_id)
    with pytest.raises(BlockedError):
        gate_older_background(set_of(container("mailer", "sha256:before")), OLD.image_id)
