"""What a project's own compose file says need not be set again."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest

from deploy.adapters import process
from deploy.commands.project_settings import project_settings
from deploy.model.errors import UsageError

pytestmark = pytest.mark.skipif(shutil.which("docker") is None, reason="renders with docker compose itself")

FILE = """
services:
  backend:
    build: .
    environment: {DATABASE_URL: "postgresql+psycopg://ann:se%40cret$$1@db/shop"}
    ports: ["127.0.0.1:8123:5000"]
    healthcheck: {test: "curl -fs http://localhost:5000/up/ready || exit 1"}
  db: {image: postgres}
"""


@pytest.fixture(autouse=True)
def _nothing_is_set(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in list(os.environ):
        if name.startswith(("DEPLOY_", "COMPOSE_", "EDGE_")) or name in {"DATABASE_URL", "PROJECT", "IMAGE_REPOSITORY"}:
            monkeypatch.delenv(name)


@pytest.fixture
def project(tmp_path: Path) -> Path:
    directory = tmp_path / "shop"
    directory.mkdir()
    return directory


def test_name_service_port_image_and_database_come_from_the_file(project: Path) -> None:
    (project / "compose.yaml").write_text(FILE)

    settings = project_settings(project)

    assert (settings.compose_files, settings.project_name, settings.app_service) == (("compose.yaml",), "shop", "backend")
    assert (settings.edge_bind, settings.edge_port) == ("127.0.0.1", 8123), "where its users are used to find it"
    assert settings.health_path == "/up/ready", "what its own health check asks"
    assert settings.image_repository == "shop-backend", "the name that Compose gives what it builds"
    assert settings.host_database_url == "postgresql+psycopg://ann:se%40cret$1@db/shop"
    assert settings.release_header == "", "nobody tells the application its release"


def test_what_is_set_goes_before_what_the_file_says(project: Path) -> None:
    (project / "compose.yaml").write_text(FILE)
    (project / ".env").write_text(
        "DATABASE_URL=postgresql://other@host/shop\nEDGE_PORT=9000\nPROJECT=mine\nDEPLOY_HEALTH_PATH=/healthz\n"
    )

    settings = project_settings(project)

    assert (settings.project_name, settings.edge_port, settings.health_path) == ("mine", 9000, "/healthz")
    assert settings.host_database_url == "postgresql://other@host/shop"
    assert settings.image_repository == "mine-backend"


def test_an_override_beside_the_file_counts_as_compose_itself_counts_it(project: Path) -> None:
    (project / "docker-compose.yml").write_text(FILE)
    (project / "docker-compose.override.yml").write_text("name: named\nservices: {backend: {image: 'reg.example:5/x/y:1@sha256:" + "a" * 64 + "'}}\n")

    settings = project_settings(project)

    assert settings.compose_files == ("docker-compose.yml", "docker-compose.override.yml")
    assert (settings.project_name, settings.image_repository) == ("named", "reg.example:5/x/y")


def test_an_edge_of_the_projects_own_keeps_its_port(project: Path) -> None:
    (project / "compose.yaml").write_text(FILE + "  edge: {image: haproxy}\n")

    assert project_settings(project).edge_port == 8080


def test_a_file_that_hands_the_release_on_keeps_the_header(project: Path) -> None:
    (project / "compose.yaml").write_text(FILE.replace("environment: {", "environment: {RELEASE: '${RELEASE:-manual}', "))

    assert project_settings(project).release_header == "X-Release"


def test_a_file_that_is_no_compose_file_is_told_as_that(project: Path) -> None:
    (project / "compose.yaml").write_text("services: [broken\n")

    with pytest.raises(UsageError) as caught:
        project_settings(project)

    assert caught.value.reference == "compose-file-invalid"


@pytest.mark.parametrize("text", ["services: {}", "services: {db: {image: postgres}}", FILE.replace("DATABASE_URL", "X")])
def test_what_the_file_does_not_say_is_asked_for(project: Path, text: str) -> None:
    (project / "compose.yaml").write_text(text.replace("postgresql+psycopg", "redis"))

    with pytest.raises(UsageError) as caught:
        project_settings(project)

    assert caught.value.reference in {"variable-not-set", "bad-setting"}


def test_nobody_is_asked_where_everything_is_set(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (project / ".env").write_text(
        "DATABASE_URL=postgresql://a@b/c\nPROJECT=p\nIMAGE_REPOSITORY=i\n"
    )

    def refuse(*_: object, **__: object) -> None:
        raise AssertionError("a program was started")

    monkeypatch.setattr(process.subprocess, "Popen", refuse)

    assert project_settings(project).project_name == "p"
