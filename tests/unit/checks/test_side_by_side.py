"""What only one container can have, and what hides the application from the edge, is told before anything begins."""

from __future__ import annotations

from typing import Any

import pytest

from deploy.checks.side_by_side import side_by_side_problems
from deploy.model.errors import BlockedError
from tests.fakes.fake_world import fake_settings


def problems(app: dict[str, Any], switch: str = "drain", replicas: int = 1, **others: Any) -> list[BlockedError]:
    services = {"app": app, "edge": {}, **others}
    return side_by_side_problems(services, fake_settings(switch=switch, replicas=replicas))


def port(published: str) -> dict[str, Any]:
    return {"ports": [{"mode": "ingress", "target": 8000, "published": published, "protocol": "tcp"}]}


@pytest.mark.parametrize(
    ("app", "key"),
    [
        ({"container_name": "shop"}, "container_name"),
        (port("8000"), "ports"),
        (port("8000-8000"), "ports"),
        ({"mac_address": "02:42:ac:11:00:02"}, "mac_address"),
        ({"networks": {"default": {"ipv4_address": "10.231.77.10"}}}, "networks.default.ipv4_address"),
        ({"networks": {"default": {"ipv6_address": "fd00::10"}}}, "networks.default.ipv6_address"),
        ({"networks": {"default": None, "back": {"mac_address": "02:42:ac:11:00:02"}}}, "networks.back.mac_address"),
        ({"networks": {"default": {"link_local_ips": ["169.254.1.1"]}}}, "networks.default.link_local_ips"),
    ],
)
def test_what_one_container_alone_can_have_is_named_and_stop_first_is_the_way_out(app: dict[str, Any], key: str) -> None:
    [problem] = problems(app)
    assert (problem.exit_code, problem.reference) == (3, "service-cannot-scale")
    assert f"`{key}`" in problem.what
    assert "DEPLOY_SWITCH=stop-first" in problem.hint
    assert problems(app, switch="stop-first") == []


@pytest.mark.parametrize("app", [
    {}, {"networks": {"default": None}}, {"networks": {"default": {"aliases": ["shop"]}}}, {"hostname": "shop"},
    {"ports": [{"mode": "ingress", "target": 8000, "protocol": "tcp"}]}, port("8000-8009"), {"pid": "host"},
    {"deploy": {"replicas": 1}}, {"scale": 1},
])
def test_what_two_containers_can_have_is_no_problem(app: dict[str, Any]) -> None:
    assert problems(app) == []


def test_a_range_of_host_ports_must_hold_both_versions() -> None:
    assert problems(port("8000-8001")) == []
    assert len(problems(port("8000-8002"), replicas=2)) == 1
    assert problems(port("8000-8003"), replicas=2) == []


@pytest.mark.parametrize("mode", ["host", "none", "service:vpn", "container:vpn", "bridge"])
@pytest.mark.parametrize("switch", ["drain", "stop-first"])
def test_a_container_without_a_network_of_the_project_is_found_by_no_edge(mode: str, switch: str) -> None:
    [problem] = problems({"network_mode": mode}, switch=switch)
    assert f"`network_mode: {mode}`" in problem.what
    assert "stop-first does not help here" in problem.hint


@pytest.mark.parametrize("edge", [{"networks": {"front": None}}, {"network_mode": "host"}])
def test_an_edge_in_no_network_of_the_application_is_told(edge: dict[str, Any]) -> None:
    assert [p.reference for p in problems({}, edge=edge)] == ["edge-apart"]
    assert problems({"networks": {"front": None, "back": None}}, edge={"networks": {"front": None}}) == []


@pytest.mark.parametrize("key", ["network_mode", "pid", "ipc"])
def test_a_service_that_lives_inside_the_application_is_told(key: str) -> None:
    [problem] = problems({}, metrics={key: "service:app"})
    assert "metrics" in problem.what
    assert problem.reference == "service-inside-application"
    assert problems({}, metrics={key: "service:other"}) == []


@pytest.mark.parametrize("app", [{"deploy": {"replicas": 3}}, {"scale": 0}, {"deploy": {"mode": "global"}}])
def test_a_number_of_containers_that_a_deployment_would_change_is_told(app: dict[str, Any]) -> None:
    assert [p.reference for p in problems(app)] == ["replicas-differ"]
