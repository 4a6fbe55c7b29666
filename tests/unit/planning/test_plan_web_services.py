"""What a plan does with web services beside the application that are behind the edge."""

from __future__ import annotations

from dataclasses import replace

from deploy.model.deployments import DeployRequest, Mode, Plan
from deploy.model.edge_routes import with_routes
from deploy.model.observed import Observed
from deploy.model.releases import RevisionKind
from deploy.model.risk import RevisionRisk, RiskLevel, RiskReport
from deploy.model.roles import Background, Role, ServiceRole
from deploy.model.routes import EdgeText, Route, RoutedService
from deploy.planning.plan_deployment import plan_deployment
from deploy.steps.configure_edge import ConfigureEdge
from deploy.steps.stop_background import StopBackground
from deploy.steps.switch_background import SwitchBackground
from deploy.steps.switch_web_services import SwitchWebServices
from tests.fakes.fake_migrations import linear_graph
from tests.fakes.fake_observed import fake_observed
from tests.fakes.fake_world import fake_settings
from tests.unit.planning.test_plan_background import OLD, container

ADMIN = ServiceRole("admin", Role.WEB, "its label", has_release_image=True, is_routed=True, replicas=2)
BARE = "frontend public\n  default_backend app\n"
ROUTED = with_routes(BARE, [RoutedService("admin", "admin.shop.surefoot", 9000, "", (Route("", "/admin"),))])


def look(*running: object, text: EdgeText | None = None, **changes: object) -> Observed:
    background = Background((replace(ADMIN, **changes),), (), {"admin": tuple(running)})  # type: ignore[arg-type]
    return fake_observed(
        running_image=OLD, running_graph=linear_graph("r1"), background=background, edge_text=text,
    )


def planned(observed: Observed, kind: RevisionKind = RevisionKind.EXPAND) -> Plan:
    risk = RiskReport((RevisionRisk("r2", "", RiskLevel.LOW, kind, (), "", frozenset()),))
    return plan_deployment(fake_settings(), observed, risk, DeployRequest(Mode.AUTO_MIGRATE), ((), ()))


def test_it_moves_behind_its_own_backend_and_with_no_page_of_the_application() -> None:
    plan = planned(look(container("admin")))
    [step] = [step for step in plan.steps if isinstance(step, SwitchWebServices)]
    [switch] = step.switches
    assert (switch.service, switch.backend, switch.replicas, switch.had_page) == ("admin", "web_admin", 2, True)
    assert switch.new is not None
    assert switch.new.image_id == plan.summary["image_id"]
    assert switch.old is not None
    assert (switch.old.image_id, switch.old.release) == ("sha256:old", "release-1")
    assert not [step for step in plan.steps if isinstance(step, SwitchBackground)]


def test_the_routes_are_there_before_it_is_and_only_where_they_are_otherwise() -> None:
    fresh = planned(look(text=EdgeText(ROUTED, BARE, frozenset())))
    names = [step.name for step in fresh.steps]
    assert names.index("switch-containers") < names.index("configure-edge") < names.index("switch-web-services")
    [edge] = [step for step in fresh.steps if isinstance(step, ConfigureEdge)]
    assert (edge.text, edge.previous, edge.backends, edge.previous_backends) == (ROUTED, BARE, ("web_admin",), ())
    same = planned(look(text=EdgeText(ROUTED, ROUTED, frozenset({"web_admin"}))))
    assert not [step for step in same.steps if isinstance(step, ConfigureEdge)]
    not_loaded = planned(look(text=EdgeText(ROUTED, ROUTED, frozenset())))
    assert [step for step in not_loaded.steps if isinstance(step, ConfigureEdge)]
    removed = planned(look(text=EdgeText(BARE, ROUTED, frozenset({"web_admin"}))))
    assert [step.backends for step in removed.steps if isinstance(step, ConfigureEdge)] == [()]


def test_before_a_migration_that_may_break_it_it_ends_and_an_undo_brings_it_back() -> None:
    plan = planned(look(container("admin")), RevisionKind.CONTRACT)
    [stop] = [step for step in plan.steps if isinstance(step, StopBackground)]
    assert [move.service for move in stop.moves] == ["admin"]
    names = [step.name for step in plan.steps]
    assert names.index("stop-background") < names.index("migrate-database") < names.index("switch-web-services")


def test_one_that_the_release_does_not_have_is_taken_away() -> None:
    plan = planned(look(container("admin"), replicas=0))
    [step] = [step for step in plan.steps if isinstance(step, SwitchWebServices)]
    assert step.switches[0].new is None
