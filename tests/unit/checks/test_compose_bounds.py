"""What the compose file may say, word by word and number by number."""

from __future__ import annotations

import re
from typing import Any

import pytest

from deploy.checks.compose_rules import compose_problems
from deploy.checks.side_by_side import side_by_side_problems
from tests.fakes.fake_world import fake_settings

APP: dict[str, Any] = {"healthcheck": {"test": ["CMD", "true"]}, "init": True}
MOVER: dict[str, Any] = {
    "profiles": ["migration"], "command": ["alembic", "upgrade", "head"], "labels": {"surefoot.deployment": "manual"},
}


def _compose(app: Any = None, mover: Any = None, **changes: Any) -> list[Any]:
    services = {"web": APP | (app or {}), "door": {}, "mover": MOVER | (mover or {})}
    settings = fake_settings(app_service="web", edge_service="door", migration_service="mover", **changes)
    return compose_problems({"services": services}, settings)


def test_services_are_looked_for_by_the_names_that_the_settings_give() -> None:
    assert _compose() == []
    missing = compose_problems({"services": {}}, fake_settings(app_service="web"))
    assert [name in problem.what for name, problem in zip(("'web'", "'edge'", "'migration'"), missing, strict=True)] == [True] * 3
    variables = ("DEPLOY_APP_SERVICE", "DEPLOY_EDGE_SERVICE", "DEPLOY_MIGRATION_SERVICE")
    assert all(re.search(rf"\b{name}\b", problem.hint) for name, problem in zip(variables, missing, strict=True))


@pytest.mark.parametrize(
    ("mover", "references"),
    [
        ({"entrypoint": ["alembic"], "command": ["upgrade", "head"]}, []),
        ({"entrypoint": "alembic upgrade", "command": None}, []),
        ({"command": ["sh", "-c", "alembic upgrade head"]}, []),
        ({"command": ["alembic", "revision"]}, ["autogenerate-in-production"]),
        ({"command": "alembic --autogenerate upgrade"}, ["autogenerate-in-production"]),
        ({"command": None}, ["migration-without-upgrade"]),
        ({"profiles": ["other", "migration"]}, []),
    ],
)
def test_what_the_migration_service_runs_is_read_word_by_word(mover: dict[str, Any], references: list[str]) -> None:
    assert [problem.reference for problem in _compose(mover=mover)] == references


@pytest.mark.parametrize(
    ("app", "references"),
    [
        ({"healthcheck": {}}, ["healthcheck-missing"]), ({"healthcheck": {"test": ["CMD"], "disable": False}}, []),
        ({"depends_on": {"db": {"condition": "service_healthy"}, "x": {}}}, []),
        ({"depends_on": {"db": {}, "x": {"condition": "service_completed_successfully"}}}, ["depends-on-completion"]),
    ],
)
def test_what_the_application_depends_on_and_how_it_is_checked(app: dict[str, Any], references: list[str]) -> None:
    assert [problem.reference for problem in _compose(app)] == references


def test_a_service_that_says_nothing_breaks_each_rule_and_a_missing_one_hides_no_other() -> None:
    services = {"web": {**APP, "container_name": "shop"}, "door": {}, "mover": {}}
    settings = fake_settings(app_service="web", edge_service="door", migration_service="mover")
    assert [problem.reference for problem in compose_problems({"services": services}, settings)] == [
        "service-cannot-scale", "migration-without-profile", "migration-without-upgrade", "migration-without-label",
    ]
    del services["mover"]
    assert [problem.reference for problem in compose_problems({"services": services}, settings)] == [
        "service-missing", "service-cannot-scale",
    ]


def test_each_refusal_names_the_service_and_has_a_hint() -> None:
    found = _compose({"init": False, "healthcheck": None}, {"profiles": [], "labels": {}, "command": "x"})
    assert len(found) == 5
    assert all("web" in p.what or "mover" in p.what for p in found)
    assert all(p.hint for p in found)


def _beside(app: dict[str, Any], edge: dict[str, Any] | None = None, **changes: Any) -> list[str]:
    services = {"web": app, **({"door": edge} if edge is not None else {})}
    settings = fake_settings(**{"app_service": "web", "edge_service": "door", **changes})
    return [problem.reference for problem in side_by_side_problems(services, settings)]


@pytest.mark.parametrize(
    ("port", "is_problem"),
    [
        ("8000-8001", False), ("8000-8000", True), ("0", False), ("", False), ("8001-8000", True), ("x-y", True),
        ("8000-x", True), ("7000", True),
    ],
)
def test_a_host_port_is_shared_by_nobody_and_a_range_by_as_many_as_it_holds(port: str, is_problem: bool) -> None:
    assert bool(_beside({"ports": [port]}, {})) is is_problem
    assert bool(_beside({"ports": [{"published": port}]}, {})) is is_problem


def test_a_network_is_in_common_by_its_name_and_the_default_one_by_saying_nothing() -> None:
    assert _beside({}, {}) == []
    assert _beside({"networks": {"default": None}}, {"networks": {}}) == []
    assert _beside({"networks": {"a": None}}, {}) == ["edge-apart"]
    assert _beside({"networks": {"a": None}}, None) == [], "without an edge another rule speaks"
    assert _beside({"network_mode": "default"}, {}) == []
    assert _beside({"network_mode": "host"}, {"network_mode": "host"}) == ["service-cannot-scale"], "told once"


@pytest.mark.parametrize(
    ("app", "replicas", "references"),
    [
        ({"deploy": {"replicas": 2}}, 2, []), ({"deploy": {"replicas": 1}}, 2, ["replicas-differ"]),
        ({"scale": 2}, 2, []), ({"scale": 1}, 2, ["replicas-differ"]), ({"deploy": {"replicas": 2}, "scale": 1}, 2, []),
        ({"deploy": {"mode": "replicated"}}, 1, []), ({"deploy": {"mode": "global", "replicas": 1}}, 1, ["replicas-differ"]),
        ({"deploy": None}, 1, []), ({"deploy": {"replicas": 0}}, 1, ["replicas-differ"]),
    ],
)
def test_how_many_run_is_said_once_and_by_the_setting(app: dict[str, Any], replicas: int, references: list[str]) -> None:
    assert _beside(app, {}, replicas=replicas) == references


@pytest.mark.parametrize(
    ("app", "key"),
    [
        ({"deploy": {"replicas": 3}}, "`deploy.replicas: 3`"), ({"scale": 3}, "`scale: 3`"),
        ({"deploy": {"replicas": 3}, "scale": 4}, "`deploy.replicas: 3`"), ({"deploy": {"mode": "global"}}, "`deploy.mode: global`"),
    ],
)
def test_the_key_that_says_how_many_is_named_with_its_value(app: dict[str, Any], key: str) -> None:
    settings = fake_settings(app_service="web", edge_service="door", replicas=1)
    [problem] = side_by_side_problems({"web": app, "door": {}}, settings)
    assert key in problem.what
    assert problem.hint
