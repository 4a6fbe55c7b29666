"""What is laid over a compose file, as `docker compose` itself reads it."""

from __future__ import annotations

import shutil
import stat
from pathlib import Path
from typing import Any

import pytest

from deploy.adapters.compose import DockerCompose
from deploy.commands.compose_overlay import overlay_file
from deploy.commands.preflight import placeholders
from deploy.settings.schema import Settings
from tests.fakes.fake_world import fake_settings

pytestmark = pytest.mark.skipif(shutil.which("docker") is None, reason="asks docker compose itself")

FILE = """
services:
  web:
    image: example/shop:1
    container_name: shop_web
    ports: ["80:8000"]
    environment: {SECRET: "a$$b", PLAIN: "${HOME}"}
    env_file: [own.env]
    secrets: [key]
    labels: {traefik.enable: "true", team: blue}
    depends_on: {job: {condition: service_completed_successfully}, db: {condition: service_started}}
    networks: {front: {aliases: [shop]}}
  job: {image: example/shop:1}
  db: {image: postgres}
networks: {front: {}}
secrets: {key: {file: ./key.txt}}
"""


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    (tmp_path / "compose.yaml").write_text(FILE)
    (tmp_path / "own.env").write_text("FROM_FILE='x$y'\n")
    (tmp_path / "key.txt").write_text("k")
    return fake_settings(
        project_directory=tmp_path, state_directory=tmp_path / ".deploy", edge_run=tmp_path / ".deploy" / "edge",
        compose_files=("compose.yaml",), app_service="web", edge_port=80, edge_bind="127.0.0.1",
    )


def compose(settings: Settings) -> DockerCompose:
    return DockerCompose(
        "shop", settings.project_directory, settings.compose_files, settings.compose_environment(), [],
        overlay=overlay_file(settings, placeholders()),
    )


def services_of(settings: Settings, **variables: str) -> dict[str, Any]:
    rendered: dict[str, Any] = compose(settings).config({**placeholders(), **variables})["services"]
    return rendered


def test_compose_reads_the_application_without_what_forbids_a_second_one(settings: Settings) -> None:
    web = services_of(settings, APP_IMAGE="sha256:new", RELEASE="release-7")["web"]

    assert (web["image"], web["init"], web["labels"]["surefoot.release"]) == ("sha256:new", True, "release-7")
    assert "container_name" not in web
    assert not web.get("ports")
    assert list(web["depends_on"]) == ["db"]
    assert web["environment"]["SECRET"] == "a$$b"
    assert web["labels"]["team"] == "blue"
    assert "traefik.enable" not in web["labels"]
    assert set(web["networks"]["front"]["aliases"]) == {"shop", settings.edge_alias}


def test_by_hand_the_files_own_image_is_meant(settings: Settings) -> None:
    assert services_of(settings)["web"]["image"] == "example/shop:1"
    assert compose(settings).overlay().image == "example/shop:1"


def test_the_migration_has_the_applications_environment_secrets_and_networks(settings: Settings) -> None:
    services = services_of(settings, APP_IMAGE="sha256:new", MIGRATION_TARGET="0007", DEPLOYMENT_ID="d7")
    migration = services["migration"]

    limit = {"PGOPTIONS": "-c lock_timeout=5s"}
    assert migration["environment"] == services["web"]["environment"] | limit, "each $ neither lost nor doubled"
    assert migration["environment"]["FROM_FILE"] == "x$$y"
    assert migration["secrets"] == services["web"]["secrets"]
    assert (migration["image"], migration["command"][-1]) == ("sha256:new", "0007")
    assert migration["labels"] == {"surefoot.deployment": "d7"}
    assert list(migration["networks"]) == ["front"]


def test_the_edge_publishes_where_the_application_did_and_bears_its_labels_for_a_proxy(settings: Settings) -> None:
    edge = services_of(settings)["edge"]

    [port] = edge["ports"]
    assert (port["published"], port["target"], port.get("host_ip")) == ("80", 8080, "127.0.0.1")
    assert edge["labels"] == {"traefik.enable": "true"}
    text = (settings.edge_directory / "haproxy.cfg").read_text()
    assert f" {settings.edge_alias}:8000 " in text, "a name that no other project has"
    assert settings.health_path in text


def test_only_its_owner_reads_what_may_hold_secrets(settings: Settings) -> None:
    services_of(settings)

    assert stat.S_IMODE(settings.compose_overlay.stat().st_mode) == 0o600
    assert f"-f {settings.compose_overlay.relative_to(settings.project_directory)}" in settings.compose_command


def test_an_overlay_that_is_not_needed_any_more_goes(settings: Settings) -> None:
    services_of(settings)
    (settings.project_directory / "compose.yaml").write_text("services: {other: {image: x}}\n")

    services_of(settings)

    assert not settings.compose_overlay.exists()
    assert str(settings.compose_overlay.name) not in settings.compose_command


def test_a_maintenance_page_that_somebody_wrote_stays(settings: Settings) -> None:
    services_of(settings)
    page, flags = settings.edge_directory / "maintenance.html", settings.edge_directory / "flags.map"
    page.write_text("we are back at noon")
    flags.write_text("maint on\n")
    (settings.edge_directory / "haproxy.cfg").write_text("of an earlier version")

    services_of(settings)

    assert (page.read_text(), flags.read_text()) == ("we are back at noon", "maint on\n")
    assert ":8000 check" in (settings.edge_directory / "haproxy.cfg").read_text()
