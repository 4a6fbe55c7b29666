"""What is laid over a compose file that was not written for this tool."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from deploy.adapters.own_services import own_services
from deploy.checks.accessories import read_accessories
from deploy.checks.compose_overlay import overlay_of
from deploy.checks.compose_rules import compose_problems
from deploy.checks.roles import read_roles
from deploy.checks.service_port import service_port
from deploy.model.compose_overlay import IMAGE_PROBE, ComposeOverlay, Override, Reset
from deploy.model.roles import Role
from deploy.settings.schema import Settings
from tests.fakes.fake_world import fake_settings

WEB: dict[str, Any] = {
    "image": "registry.example/shop:1.2", "environment": {"DATABASE_URL": "postgresql://u:a$$b@db/shop"},
    "ports": [{"target": 8000, "published": "80", "protocol": "tcp", "mode": "ingress"}],
    "healthcheck": {"test": ["CMD", "true"]}, "networks": {"default": None},
}


def over(settings: Settings | None = None, services: dict[str, Any] | None = None, **app: Any) -> ComposeOverlay:
    """The overlay of a file whose application has these keys otherwise."""
    chosen = settings or fake_settings()
    own = own_services("shop", chosen.app_service, 8000, chosen.health_path, Path("/srv/shop/.deploy/edge$x"))
    web = {key: value for key, value in {**WEB, **app}.items() if value is not None}
    return overlay_of({"services": {**(services or {}), chosen.app_service: web}}, chosen, own)


def whole() -> dict[str, Any]:
    """A file that has everything, as the tool's own."""
    web = {**WEB, "image": IMAGE_PROBE, "init": True, "ports": None, "labels": {
        "surefoot.release": "x", "surefoot.ledger": "",
    }}
    edge = {"image": "haproxy"}
    return {"app": web, "edge": edge, "migration": {"labels": {"surefoot.deployment": "manual"}}}


def test_a_file_that_has_everything_is_left_alone() -> None:
    services = whole()
    app = services.pop("app")

    assert not over(services=services, **app)
    assert over(services=services, **app).says == ()


def test_what_forbids_a_second_container_is_lifted_and_told() -> None:
    laid = over(container_name="shop_web")

    assert (laid.services["app"]["container_name"], laid.services["app"]["ports"]) == (Reset(), Reset())
    assert any("'shop_web'" in line for line in laid.says)
    assert any("80:8000" in line for line in laid.says)


def test_what_runs_alone_by_somebodys_word_keeps_its_name_and_ports() -> None:
    laid = over(fake_settings(switch="stop-first"), container_name="shop_web")

    assert {"container_name", "ports"} & set(laid.services["app"]) == set()


@pytest.mark.parametrize("key", ["ipv4_address", "mac_address"])
def test_a_fixed_address_is_not_lifted_but_refused(key: str) -> None:
    networks = {"default": {key: "10.0.0.5"}}
    laid = over(networks=networks)

    assert laid.services["app"]["networks"] == {"default": {"aliases": ["app.auto_trader.surefoot"]}}
    assert laid.services["edge"]["networks"] == laid.services["migration"]["networks"] == {"default": None}


def test_where_a_file_joins_another_namespace_no_network_is_laid_over_it() -> None:
    assert "networks" not in over(networks=None, network_mode="host").services["app"]


def test_the_image_is_pinned_by_a_deployment_and_the_files_own_by_hand() -> None:
    assert over().services["app"]["image"] == "${APP_IMAGE:-registry.example/shop:1.2}"
    assert over(image=None, build={"context": "."}).services["app"]["image"].startswith("${APP_IMAGE:-")
    assert "image" not in over(image=IMAGE_PROBE).services["app"]


def test_the_migration_is_the_application_without_what_serves() -> None:
    laid = over(
        fake_settings(alembic_ini="db/alembic.ini"), secrets=[{"source": "s"}], entrypoint=["/start.sh"],
        restart="always", container_name="shop_web", depends_on={"db": {"condition": "service_healthy"}},
        labels={"traefik.enable": "true"},
    )

    migration = laid.services["migration"]
    limit = {"PGOPTIONS": "-c lock_timeout=${MIGRATION_LOCK_TIMEOUT:-5s}"}
    assert migration["environment"] == limit | WEB["environment"], "rendered: every $ is escaped already"
    assert migration["secrets"] == [{"source": "s"}]
    assert migration["profiles"] == ["migration"]
    assert (migration["entrypoint"], migration["command"]) == (
        [], ["alembic", "-c", "db/alembic.ini", "upgrade", "${MIGRATION_TARGET:-head}"]
    )
    assert migration["restart"] == "no"
    assert not {"ports", "depends_on", "build"} & set(migration)
    assert migration["labels"] == {"surefoot.deployment": "${DEPLOYMENT_ID:-manual}"}


def test_the_edge_is_in_the_applications_networks_and_mounts_what_the_tool_wrote() -> None:
    edge = over(networks={"front": {"aliases": ["shop"]}, "back": None}).services["edge"]

    assert edge["networks"] == {"front": None, "back": None}
    assert edge["volumes"][0] == "/srv/shop/.deploy/edge$$x:/conf:ro"


def test_what_told_traefik_of_the_application_tells_it_of_the_edge() -> None:
    laid = over(labels={
        "traefik.enable": "true", "traefik.http.services.shop.loadbalancer.server.port": "8000", "team": "blue",
    })

    assert laid.services["edge"]["labels"] == {
        "traefik.enable": "true", "traefik.http.services.shop.loadbalancer.server.port": "8080",
    }
    left = laid.services["app"]["labels"]
    assert isinstance(left, Override)
    assert set(left.value) == {"team", "surefoot.release", "surefoot.ledger"}


def test_a_job_that_migrates_before_the_application_is_not_waited_for() -> None:
    laid = over(depends_on={
        "db": {"condition": "service_healthy"}, "prestart": {"condition": "service_completed_successfully"},
    })

    assert laid.services["app"]["depends_on"] == Override({"db": {"condition": "service_healthy"}})
    assert any("prestart" in line for line in laid.says)


@pytest.mark.parametrize("image", ["registry.example/shop:1.2", "registry.example/tools"])
def test_such_a_job_is_neither_a_worker_nor_started_by_a_deployment(image: str) -> None:
    depends = {"prestart": {"condition": "service_completed_successfully"}}
    job: dict[str, Any] = {"image": image, "command": ["bash", "prestart.sh"]}
    settings = fake_settings()
    laid = over(settings, {"prestart": job}, depends_on=depends)

    services = {"app": {**WEB, "depends_on": {}}, "prestart": {**job, **laid.services["prestart"]}}
    roles = read_roles(services, settings)
    [prestart] = [role for role in roles if role.name == "prestart"]

    assert (prestart.role, prestart.moves) == (Role.ACCESSORY, False)
    assert all(a.by_hand_because for a in read_accessories(services, roles, "shop") if a.service == "prestart")


def test_a_health_check_is_made_where_there_is_none_and_a_port_is_known() -> None:
    assert "8000" in str(over(healthcheck=None).services["app"]["healthcheck"])
    assert "healthcheck" not in over(healthcheck=None, ports=None).services["app"]
    assert "healthcheck" not in over(healthcheck={"disable": True}).services["app"], "somebody's word"


@pytest.mark.parametrize(
    ("service", "port"),
    [
        ({"ports": [{"target": 5000, "published": "80"}]}, 5000),
        ({"expose": ["9000/tcp"]}, 9000),
        ({"healthcheck": {"test": ["CMD-SHELL", "curl -f http://localhost:7000/up"]}}, 7000),
        ({"ports": [{"target": 5000}, {"target": 5001}]}, None),
        ({}, None),
    ],
)
def test_the_port_is_what_the_file_says_where_it_says_one(service: dict[str, Any], port: int | None) -> None:
    assert service_port(service, fake_settings()) == port
    assert service_port(service, fake_settings(app_port=4000)) == 4000


def test_a_port_that_nothing_tells_is_asked_for(tmp_path: Path) -> None:
    settings = fake_settings(project_directory=tmp_path, state_directory=tmp_path / ".deploy")
    edge = {"volumes": [{"type": "bind", "source": str(tmp_path / ".deploy" / "edge-configuration"), "target": "/conf"}]}
    services = whole() | {"app": {**WEB, "init": True, "ports": None}, "edge": edge}

    problems = {problem.reference: problem for problem in compose_problems({"services": services}, settings)}

    assert problems["app-port-unknown"].hint == "set DEPLOY_APP_PORT"
    (tmp_path / "edge").mkdir()
    (tmp_path / "edge" / "haproxy.cfg").write_text("a person's own")
    own = {problem.reference for problem in compose_problems({"services": services}, settings)}
    assert "app-port-unknown" not in own


def test_a_project_with_a_migration_command_of_its_own_migrates_by_it() -> None:
    laid = over(fake_settings(migration_command="flask --app 'shop$x' db upgrade"))

    assert laid.services["migration"]["command"] == [
        "flask", "--app", "shop$$x", "db", "upgrade", "${MIGRATION_TARGET:-head}"
    ]
    assert any("db upgrade head`" in sentence for sentence in laid.says)


def test_a_limit_for_locks_that_the_application_has_stays_its_own() -> None:
    laid = over(environment={"PGOPTIONS": "-c lock_timeout=1s"})

    assert laid.services["migration"]["environment"]["PGOPTIONS"] == "-c lock_timeout=1s"


@pytest.mark.parametrize(
    "url", ["postgresql://u@db:6432/shop", "postgresql://u@pgbouncer/shop", "postgresql://u@x.pooler.supabase.com:5432/shop"]
)
def test_behind_a_pooler_no_option_is_brought_that_it_may_refuse(url: str) -> None:
    assert "PGOPTIONS" not in over(environment={"DATABASE_URL": url}).services["migration"]["environment"]
    assert "PGOPTIONS" in over(environment={"DATABASE_URL": "postgresql://u@db/shop"}).services["migration"]["environment"]
