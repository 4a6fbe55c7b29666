"""Which services of a compose file are no part of a release, and what a deployment does with each."""

from __future__ import annotations

from typing import Any

import pytest

from deploy.checks.accessories import read_accessories, service_at
from deploy.checks.roles import read_roles
from deploy.checks.service_image import is_database_image
from deploy.model.accessories import Accessory
from deploy.model.roles import Role
from tests.fakes.fake_world import fake_settings

IMAGE = "example/shop:latest"
DONE = {"condition": "service_completed_successfully"}


def read(others: dict[str, Any], database: str = "") -> dict[str, Accessory]:
    services = {"app": {"image": IMAGE}, "edge": {"image": "haproxy"}, "migration": {"image": IMAGE}, **others}
    roles = read_roles(services, fake_settings())
    return {one.service: one for one in read_accessories(services, roles, "shop", database)}


def test_services_of_other_images_are_accessories_and_those_of_the_release_are_none() -> None:
    found = read({"redis": {"image": "redis:7"}, "worker": {"image": IMAGE, "command": ["celery", "worker"]}})
    assert list(found) == ["redis"]
    assert (found["redis"].image, found["redis"].by_hand_because, found["redis"].role) == ("redis:7", "", Role.ACCESSORY)


def test_a_worker_of_another_image_is_none_because_it_moves_with_the_release() -> None:
    assert read({"mailer": {"image": "other", "labels": {"surefoot.role": "worker"}}}) == {}


def test_what_runs_the_applications_image_is_one_only_where_its_label_says_so_and_is_never_started() -> None:
    admin = {"image": IMAGE, "ports": [{"published": "8001", "target": 80}]}
    assert read({"admin": admin}) == {}
    labelled = read({"admin": admin | {"labels": {"surefoot.role": "accessory"}}})
    assert "application's image" in labelled["admin"].by_hand_because


@pytest.mark.parametrize(
    ("service", "others", "word"),
    [
        ({"profiles": ["tools"]}, {}, "profile tools"),
        ({"command": ["alembic", "upgrade", "head"]}, {}, "migrations"),
        ({"entrypoint": "sh -c 'python manage.py migrate'"}, {}, "migrations"),
        ({}, {"other": {"image": "y", "depends_on": {"one": DONE}}}, "waits for its end"),
    ],
)
def test_what_is_not_meant_to_run_beside_the_application_is_not_started(
    service: dict[str, Any], others: dict[str, Any], word: str
) -> None:
    assert word in read({"one": {"image": "x", **service}, **others})["one"].by_hand_because


def test_what_needs_something_of_the_release_directly_or_not_waits_for_it() -> None:
    found = read({
        "redis": {"image": "redis"},
        "page": {"image": "page", "depends_on": {"app": {}}},
        "front": {"image": "front", "depends_on": {"page": {}}},
        "exporter": {"image": "exporter", "depends_on": {"redis": {}}},
    })
    assert {name: one.waits_for_release for name, one in found.items()} == {
        "redis": False, "page": True, "front": True, "exporter": False,
    }
    assert found["exporter"].needs == ("redis",)


@pytest.mark.parametrize(
    ("service", "image", "is_built"),
    [
        ({"image": "redis:7"}, "redis:7", False),
        ({"build": {"context": "."}}, "shop-one", True),
        ({"build": {"context": "."}, "image": "example/front:1"}, "example/front:1", False),
        ({"image": "local:1", "pull_policy": "never"}, "local:1", True),
        ({"build": {"context": "."}, "image": "local:1", "pull_policy": "build"}, "local:1", True),
    ],
)
def test_what_only_the_file_builds_is_known_with_the_name_that_compose_gives_it(
    service: dict[str, Any], image: str, is_built: bool
) -> None:
    one = read({"one": {**service, "labels": {"surefoot.role": "accessory"}}})["one"]
    assert (one.image, one.is_built) == (image, is_built)


@pytest.mark.parametrize(
    "reference",
    ["postgres:15", "postgis/postgis:15-3.4", "registry.example:5000/team/pgvector:1", "timescale/timescaledb-ha:pg15",
     "mysql:8", "mariadb", "mongo:7", "bitnami/postgresql@sha256:0", "surefoot/base-postgres:bookworm"],
)
def test_an_image_whose_name_says_database_is_one(reference: str) -> None:
    assert is_database_image(reference)


@pytest.mark.parametrize(
    "reference",
    ["redis:7", "adminer", "prometheuscommunity/postgres-exporter", "mongo-express:1", "postgres.example.com/front:1",
     "dpage/pgadmin4", "", None, "backup/postgres-backup-s3"],
)
def test_what_is_only_called_after_a_database_is_none(reference: str | None) -> None:
    assert not is_database_image(reference)


def test_the_service_that_the_url_leads_to_is_a_database_whatever_its_image_is_called() -> None:
    built = {"build": {"context": "x"}, "labels": {"surefoot.role": "accessory"}}
    assert read({"truth": built}, "truth")["truth"].is_database
    assert not read({"truth": built})["truth"].is_database


def test_a_service_is_found_by_its_name_its_containers_name_or_an_alias() -> None:
    services = {
        "db": {}, "other": {"container_name": "shop-db"}, "third": {"networks": {"back": {"aliases": ["pg"]}}},
        "plain": {"networks": {"back": None}},
    }
    found = [service_at([host], services) for host in ("db", "shop-db", "pg", "elsewhere")]
    assert found == ["db", "other", "third", ""]
    assert service_at(["elsewhere", "pg"], services) == "third"
