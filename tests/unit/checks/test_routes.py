"""Which requests go to another web service than the application, and what of a label cannot be followed."""

from __future__ import annotations

from typing import Any

import pytest

from deploy.checks.routes import read_routes, route_problems
from deploy.model.edge_routes import backends_in, routes_in, with_routes
from deploy.model.routes import Route, RoutedService
from tests.fakes.fake_world import fake_settings

APP: dict[str, Any] = {"image": "example/shop", "expose": ["8000"]}
CONFIGURATION = "frontend public\n  default_backend app\n\nbackend app\n"


def services(**others: dict[str, Any]) -> dict[str, Any]:
    return {"app": APP, **others}


def admin(route: str, **more: Any) -> dict[str, Any]:
    return {"image": "x", "labels": {"surefoot.route": route}, "expose": ["9000"], **more}


@pytest.mark.parametrize(
    ("label", "routes"),
    [
        ("/admin", (Route("", "/admin"),)),
        ("/admin/", (Route("", "/admin"),)),
        ("admin.shop.example", (Route("admin.shop.example", ""),)),
        ("Admin.Shop.Example/API/v1", (Route("admin.shop.example", "/API/v1"),)),
        ("/a, /b  shop.example/c", (Route("", "/a"), Route("", "/b"), Route("shop.example", "/c"))),
        ("localhost", (Route("localhost", ""),)),
    ],
)
def test_a_label_is_a_path_a_host_or_both_and_may_say_several(label: str, routes: tuple[Route, ...]) -> None:
    [found] = read_routes(services(admin=admin(label)), fake_settings())
    assert (found.routes, found.port, found.alias) == (routes, 9000, "admin.auto_trader.surefoot")
    assert route_problems(services(admin=admin(label)), fake_settings()) == []


@pytest.mark.parametrize(
    ("others", "word"),
    [
        ({"admin": admin("/")}, "no route"),
        ({"admin": admin("/a b{c")}, "no route"),
        ({"admin": admin("https://shop.example/admin")}, "no route"),
        ({"admin": admin("/admin }\n  http-request deny")}, "no route"),
        ({"admin": admin("-x.example")}, "no route"),
        ({"admin": admin("/admin", expose=[])}, "on which port"),
        ({"admin": admin("/admin", expose=["1", "2"])}, "on which port"),
        ({"admin": admin("/admin"), "other": admin("/admin/")}, "that of 2 services"),
        ({"app": {**APP, "labels": {"surefoot.route": "/x"}}}, "has no effect"),
    ],
)
def test_what_cannot_be_followed_is_refused_before_anything_is_changed(others: dict[str, Any], word: str) -> None:
    problems = route_problems({"app": APP, **others}, fake_settings())
    assert any(word in problem.what for problem in problems), problems
    assert {problem.reference for problem in problems} == {"route-not-possible"}


def routed(name: str, *routes: Route, health_path: str = "") -> RoutedService:
    return RoutedService(name, f"{name}.shop.surefoot", 9000, health_path, routes)


def test_the_longest_path_is_asked_first_and_a_host_before_none_and_the_application_last() -> None:
    text = with_routes(CONFIGURATION, [
        routed("a", Route("", "/x")), routed("b", Route("", "/x/y")), routed("c", Route("h.example", "/x")),
        routed("d", Route("h.example", "")),
    ])
    asked = [line.split()[1] for line in text.splitlines() if line.startswith("  use_backend") and "_unchecked" not in line]
    assert asked == ["web_b", "web_c", "web_a", "web_d"]
    assert text.index("use_backend web_d") < text.index("default_backend app")
    assert backends_in(text) == {"web_a", "web_b", "web_c", "web_d"}


def test_without_another_service_nothing_of_the_configuration_is_otherwise() -> None:
    assert with_routes(CONFIGURATION, []) == CONFIGURATION
    assert routes_in(CONFIGURATION) == []
    with pytest.raises(ValueError, match="default backend"):
        with_routes("frontend public\n", [routed("a", Route("", "/x"))])


def test_a_path_with_a_dot_means_that_dot_alone() -> None:
    text = with_routes(CONFIGURATION, [routed("a", Route("", "/v1.0"))])
    assert r"^/v1\.0(/|$)" in text


def test_a_service_with_a_health_path_is_asked_by_it_and_one_without_by_its_port() -> None:
    text = with_routes(CONFIGURATION, [routed("a", Route("", "/x"), health_path="/ok"), routed("b", Route("", "/y"))])
    assert text.count("option httpchk GET /ok") == 1
    assert text.count("option httpchk") == 1
