"""What the compose file and the edge's configuration say of the application is read as Docker and HAProxy read it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from deploy.checks.compose_look import look_at_compose, seconds_of, start_limit_warning
from deploy.model.compose_look import ComposeLook
from tests.fakes.fake_world import fake_settings

EDGE = """
backend shop
    option httpchk GET /ready HTTP/1.1
    server-template s 4 web:8000 check resolvers docker init-addr none
    server spare other:9000 check
"""


def look(service: dict[str, Any] | None, root: Path = Path("/nowhere"), **changes: Any) -> ComposeLook:
    config = {"services": {"other": {"healthcheck": {"retries": 99}}, "web": service}} if service is not None else {}
    return look_at_compose(config, fake_settings(app_service="web", project_directory=root, **changes))


def edge(tmp_path: Path, text: str) -> tuple[int | None, str]:
    (tmp_path / "edge").mkdir(exist_ok=True)
    (tmp_path / "edge" / "haproxy.cfg").write_text(text)
    found = look({}, tmp_path)
    return found.edge_port, found.edge_health_path


@pytest.mark.parametrize(
    ("duration", "seconds"),
    [
        ("30s", 30), ("1m30s", 90), ("2h", 7200), ("1.5s", 1.5), ("500ms", 0.5), ("100us", 1e-4), ("100µs", 1e-4),
        ("5ns", 5e-9), ("1h1m1s", 3661), ("0s", 0), ("", 0), ("soon", 0),
    ],
)
def test_durations_are_read_as_compose_writes_them(duration: str, seconds: float) -> None:
    assert seconds_of(duration) == pytest.approx(seconds)


def test_every_value_of_the_service_is_read() -> None:
    service = {
        "healthcheck": {
            "test": ["CMD", "ask", 8000], "interval": "4s", "timeout": "3s", "retries": 5, "start_period": "1m",
        },
        "volumes": [{"target": "/srv/b"}, {"target": "/srv/a"}],
        "environment": {"PATH": "/app/bin:/bin", "OTHER": "x"},
    }
    found = look(service)
    assert found == ComposeLook(
        health_test=("CMD", "ask", "8000"), health_timeout_seconds=3, start_limit_seconds=80,
        mount_targets=("/srv/a", "/srv/b"), path_variable="/app/bin:/bin", edge_port=None, edge_health_path="",
        config=found.config,
    )
    assert found.config["services"]["web"] == service


@pytest.mark.parametrize("service", [{}, {"healthcheck": {}}, {"healthcheck": None, "volumes": None, "environment": None}])
def test_where_the_file_says_nothing_dockers_own_values_hold(service: dict[str, Any]) -> None:
    found = look(service)
    assert found == ComposeLook(
        health_test=(), health_timeout_seconds=30, start_limit_seconds=90, mount_targets=(), path_variable="",
        config=found.config,
    )


def test_a_file_without_the_service_is_read_all_the_same() -> None:
    assert look(None).health_test == ()
    assert look_at_compose({"services": {"web": None}}, fake_settings(app_service="web")).start_limit_seconds == 90


def test_a_check_in_one_line_is_for_the_shell() -> None:
    assert look({"healthcheck": {"test": "curl -f localhost"}}).health_test == ("CMD-SHELL", "curl -f localhost")


def test_where_the_edge_asks_is_read_of_the_server_that_is_the_application(tmp_path: Path) -> None:
    assert edge(tmp_path, EDGE) == (8000, "/ready")
    assert edge(tmp_path, EDGE.replace("option httpchk GET /ready HTTP/1.1", "http-check send meth GET uri /up ver HTTP/1.1")) == (
        8000, "/up",
    )


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("", (None, "")),
        ("server a web:8000 check\nserver b web:8000 check\n", (8000, "")),
        ("server a web:8000 check\nserver b web:8001 check\n", (None, "")),
        ("server a web:8000\n", (None, "")),
        ("server a other:8000 check\n", (None, "")),
        ("option httpchk /a\noption httpchk GET /a\n", (None, "/a")),
        ("option httpchk /a\noption httpchk /b\n", (None, "")),
    ],
)
def test_what_the_edge_does_not_say_in_the_usual_words_is_not_guessed(
    tmp_path: Path, text: str, found: tuple[int | None, str]
) -> None:
    assert edge(tmp_path, text) == found


def test_an_edge_configuration_that_cannot_be_read_says_nothing(tmp_path: Path) -> None:
    assert (look({}, tmp_path).edge_port, look({}, tmp_path).edge_health_path) == (None, "")
    (tmp_path / "edge").mkdir()
    (tmp_path / "edge" / "haproxy.cfg").write_bytes(b"server a web:8000 check\n\xff\xfe")
    assert look({}, tmp_path).edge_port is None


@pytest.mark.parametrize(("chosen", "is_told"), [(91, True), (90, False), (89, False)])
def test_a_chosen_start_time_that_the_compose_file_cuts_short_is_told(chosen: float, is_told: bool) -> None:
    warning = start_limit_warning(ComposeLook(start_limit_seconds=90), fake_settings(start_timeout_seconds=chosen))
    assert bool(warning) is is_told
    assert not is_told or all(text in warning for text in ("91", "90 s", "service app"))


def test_a_start_time_that_nobody_chose_is_no_promise() -> None:
    assert start_limit_warning(ComposeLook(start_limit_seconds=1), fake_settings()) == ""
