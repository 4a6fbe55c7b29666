"""Which role a service of the compose file has."""

from __future__ import annotations

from typing import Any

import pytest

from deploy.checks.roles import read_roles, role_problems
from deploy.model.roles import Role, ServiceRole
from tests.fakes.fake_world import fake_settings

IMAGE = "example/shop:latest"
APP: dict[str, Any] = {"image": IMAGE, "healthcheck": {"test": ["CMD", "x"]}}


def role_of(service: dict[str, Any], name: str = "other", **others: Any) -> ServiceRole:
    services = {"app": APP, "edge": {"image": "haproxy"}, "migration": {"image": IMAGE}, name: service, **others}
    return next(role for role in read_roles(services, fake_settings()) if role.name == name)


@pytest.mark.parametrize(
    ("service", "role"),
    [
        ({"image": IMAGE, "command": ["celery", "-A", "shop", "worker"]}, Role.WORKER),
        ({"image": IMAGE, "command": ["celery", "-A", "shop", "beat"]}, Role.SINGLETON),
        ({"image": IMAGE, "command": ["python", "-m", "shop.scheduler"]}, Role.SINGLETON),
        ({"image": IMAGE, "command": "supercronic /etc/crontab"}, Role.SINGLETON),
        ({"image": IMAGE, "command": ["python", "-m", "shop.heartbeats"]}, Role.WORKER),
        ({"image": "redis:7"}, Role.ACCESSORY),
        ({"image": IMAGE, "profiles": ["tools"]}, Role.ACCESSORY),
        ({"image": IMAGE, "command": ["alembic", "upgrade", "head"]}, Role.ACCESSORY),
        ({"image": IMAGE, "command": ["bash", "-c", "flask  db upgrade"]}, Role.ACCESSORY),
        ({"image": IMAGE, "ports": [{"published": "8001", "target": 80}]}, Role.WEB),
        ({"image": IMAGE, "labels": {"traefik.http.routers.admin.rule": "Host(`a.example`)"}}, Role.WEB),
        ({"build": {"context": "front"}, "ports": [{"target": 80}]}, Role.WEB),
        ({"build": {"context": "front"}, "image": "shop-front"}, Role.WORKER),
        ({"build": {"context": "clock"}, "command": ["python", "-m", "scheduler"]}, Role.SINGLETON),
        ({"image": "example/front:1", "ports": [{"target": 80}]}, Role.WEB),
        ({"image": "elsewhere/front:1", "ports": [{"target": 80}]}, Role.ACCESSORY),
        ({"build": {"context": "front"}, "profiles": ["tools"]}, Role.ACCESSORY),
        ({"build": {"context": "x"}, "command": ["alembic", "upgrade", "head"]}, Role.ACCESSORY),
        ({"build": {"context": "x"}, "volumes": [{"type": "volume", "source": "uploads"}]}, Role.ACCESSORY),
        ({"build": {"context": "x"}, "volumes": [{"type": "bind", "source": "/c", "read_only": True}]}, Role.WORKER),
        ({"build": {"context": "x"}, "ports": [{"published": "5433", "target": 5432}]}, Role.ACCESSORY),
        ({"build": {"context": "x"}, "image": "example/postgres-with-more:1"}, Role.ACCESSORY),
        ({"image": "redis:7", "labels": {"surefoot.role": "web"}}, Role.WEB),
        ({"image": IMAGE, "labels": {"surefoot.role": "once"}}, Role.ONCE),
        ({"image": IMAGE, "labels": {"surefoot.route": "/admin"}}, Role.WEB),
        ({"image": "redis:7", "labels": {"surefoot.role": "worker"}}, Role.WORKER),
        ({"image": IMAGE, "command": ["x", "beat"], "labels": {"surefoot.role": "worker"}}, Role.WORKER),
        ({"image": IMAGE, "labels": {"surefoot.role": "accessory"}}, Role.ACCESSORY),
    ],
)
def test_a_role_is_read_from_the_label_the_image_and_the_command(service: dict[str, Any], role: Role) -> None:
    assert role_of(service).role is role


def test_a_name_that_says_scheduler_is_enough() -> None:
    assert role_of({"image": IMAGE, "command": ["run"]}, "cron").role is Role.SINGLETON


def test_the_services_of_the_settings_have_their_roles() -> None:
    roles = {role.name: role.role for role in read_roles({"app": APP, "edge": {}, "migration": {}}, fake_settings())}
    assert roles == {"app": Role.WEB, "edge": Role.EDGE, "migration": Role.MIGRATION}


def test_what_another_service_waits_for_the_end_of_runs_once_and_is_no_worker() -> None:
    waiting = {"image": "x", "depends_on": {"prestart": {"condition": "service_completed_successfully"}}}
    found = role_of({"image": IMAGE, "command": ["bash", "prestart.sh"]}, "prestart", other=waiting)
    assert (found.role, found.moves, found.is_left_behind) == (Role.ACCESSORY, False, True)


@pytest.mark.parametrize(
    ("service", "is_ours", "moves"),
    [
        ({"build": {"context": "/srv", "dockerfile": "Dockerfile"}}, True, True),
        ({"build": {"context": "/srv", "dockerfile": "Dockerfile", "target": "worker"}}, False, True),
        ({"image": "example/shop"}, False, False),
        ({}, False, False),
    ],
)
def test_services_that_are_built_alike_run_the_same_image(
    service: dict[str, Any], is_ours: bool, moves: bool
) -> None:
    services = {"app": {"build": {"context": "/srv", "dockerfile": "Dockerfile"}}, "other": service}
    [found] = [role for role in read_roles(services, fake_settings()) if role.name == "other"]
    assert found.has_release_image is is_ours
    assert found.moves is moves


def test_a_worker_of_another_image_moves_with_the_release_where_its_label_says_so() -> None:
    found = role_of({"image": "other", "labels": {"surefoot.role": "worker"}})
    assert (found.moves, found.image, found.uses_database) == (True, "other", True)


@pytest.mark.parametrize("name", ["db", "postgres", "cache-redis"])
def test_a_database_that_the_project_builds_stays(name: str) -> None:
    assert role_of({"build": {"context": "db"}}, name).role is Role.ACCESSORY


def test_the_service_that_the_url_leads_to_stays_whatever_it_is_called() -> None:
    settings = fake_settings(database_url="postgresql://u:p@truth:5432/shop")
    services = {"app": APP, "truth": {"build": {"context": "x"}}}
    assert [role.role for role in read_roles(services, settings)] == [Role.WEB, Role.ACCESSORY]


@pytest.mark.parametrize(
    ("service", "others", "uses"),
    [
        ({}, {}, False),
        ({"environment": {"API_URL": "http://app:8000", "DEBUG": "1", "TIMEZONE": "UTC"}}, {}, False),
        ({"environment": {"DATABASE_URL": "x"}}, {}, True),
        ({"environment": {"PGHOST": "db"}}, {}, True),
        ({"environment": {"DSN": "postgresql+psycopg://u@db/x"}}, {}, True),
        ({"environment": {"APP_DB_NAME": "x"}}, {}, True),
        ({"secrets": [{"source": "db_password"}]}, {}, True),
        ({"secrets": [{"source": "stripe_key"}]}, {}, False),
        ({"depends_on": {"store": {}}}, {"store": {"image": "postgres:15"}}, True),
        ({"depends_on": {"app": {}}}, {}, False),
    ],
)
def test_whether_a_service_may_use_the_database_is_read_from_what_it_is_given(
    service: dict[str, Any], others: dict[str, Any], uses: bool
) -> None:
    assert role_of({"build": {"context": "page"}, **service}, "page", **others).uses_database is uses


def test_what_can_run_once_only_stops_first_and_the_plan_can_say_why() -> None:
    found = role_of({"image": IMAGE, "container_name": "shop_worker"})
    assert (found.strategy, found.strategy_reason) == ("stop-first", "`container_name` allows one container only")
    assert role_of({"image": IMAGE, "network_mode": "host"}).strategy == "stop-first"
    assert role_of({"image": IMAGE}).strategy == "beside"


def test_grace_replicas_and_health_check_are_the_files() -> None:
    found = role_of({
        "image": IMAGE, "stop_grace_period": "2m30s", "deploy": {"replicas": 3}, "healthcheck": {"test": ["CMD", "x"]},
    })
    assert (found.stop_grace_seconds, found.replicas, found.has_health_check) == (150, 3, True)
    bare = role_of({"image": IMAGE, "healthcheck": {"disable": True}})
    assert (bare.stop_grace_seconds, bare.replicas, bare.has_health_check) == (10, 1, False)


def test_a_label_that_names_no_role_is_refused() -> None:
    [problem] = role_problems({"app": APP, "w": {"image": IMAGE, "labels": {"surefoot.role": "job"}}})
    assert problem.reference == "unknown-role"
    assert "job" in problem.what
    assert role_problems({"app": APP, "w": {"labels": {"surefoot.role": "worker"}}, "x": {}}) == []
