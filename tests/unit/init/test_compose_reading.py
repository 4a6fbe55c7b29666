"""A project's compose files, read without Docker."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from deploy.adapters.init.compose_reading import read_compose
from deploy.adapters.init.layout import read_layout
from tests.unit.init.test_layout import INI, project

API = "services:\n  api: {build: ., expose: ['9000']}\n"


@pytest.mark.parametrize(
    ("files", "service"),
    [
        ({"compose.yml": API}, "api"),
        ({"compose.yml": "services: {api: {build: ., ports: ['1:1']}}\n",
          "compose.override.yml": "services: {api: {ports: !override ['9000:9000']}}\n"}, "api"),
        ({"compose.yml": "services: {api: {build: ., ports: ['80:9000'], container_name: x}}\n",
          "compose.override.yml": "services: {api: {container_name: !reset null}}\n"}, "api"),
        ({"compose.yaml": "include: [infra.yml, {path: [app.yml]}]\n", "infra.yml": "services: {db: {image: postgres}}\n",
          "app.yml": API}, "api"),
        ({"compose.yml": "services:\n  api: {extends: {file: base.yml, service: web}, ports: ['80:9000']}\n",
          "base.yml": "x: &c {build: .}\nservices: {web: *c}\n"}, "api"),
        ({"docker-stack.yml": "services: {web: {image: 'ghcr.io/a/b:1', ports: ['80:9000']}}\n"}, "web"),
        ({"docker-compose.prod.yml": "services: {web: {image: 'ghcr.io/a/b:1', ports: [{target: 9000}]}}\n",
          "docker-compose.yml": "services: {web: {build: ., ports: ['1:1']}}\n"}, "web"),
        ({"docker-compose.yml": "services: {web: {build: ., profiles: [app], ports: ['127.0.0.1:80:9000/tcp']}}\n"}, "web"),
    ],
)
def test_the_service_and_its_port_are_found_in_every_form(tmp_path: Path, files: dict[str, str], service: str) -> None:
    found = read_layout(project(tmp_path, {"alembic.ini": INI.format("m"), **files}))
    assert (found.app_service, found.port, found.has_own_compose) == (service, 9000, True)
    assert not [note for note in found.notes if "YAML" in note]


def test_short_forms_are_written_out(tmp_path: Path) -> None:
    project(tmp_path, {"compose.yml": (
        "services:\n  web:\n    build: ./app\n    command: sh -c 'a && b'\n    environment: [A=1, B]\n"
        "    depends_on: [db]\n    ports: ['127.0.0.1:80:9000', 8000]\n    healthcheck:\n"
    )})
    notes: list[str] = []
    web: dict[str, Any] = dict(read_compose(tmp_path, notes).services["web"])
    assert (web["build"], web["command"]) == ({"context": "./app"}, ["sh", "-c", "a && b"])
    assert (web["environment"], web["depends_on"]) == ({"A": "1", "B": None}, {"db": {"condition": "service_started"}})
    assert web["ports"] == [{"target": 9000, "published": "80", "host_ip": "127.0.0.1"}, {"target": 8000}]
    assert notes == []


def test_a_file_that_is_no_yaml_is_named(tmp_path: Path) -> None:
    project(tmp_path, {"compose.yml": "services: [\n"})
    notes: list[str] = []
    assert read_compose(tmp_path, notes).files == ()
    assert "compose.yml cannot be read as YAML" in notes


def test_a_compose_file_of_an_earlier_init_is_not_a_strangers(tmp_path: Path) -> None:
    text = "services: {app: {image: x, ports: ['80:80']}, edge: {image: haproxy}, migration: {image: x}}\n"
    found = read_layout(project(tmp_path, {"alembic.ini": INI.format("m"), "docker-compose.prod.yml": text}))
    assert not found.has_own_compose
