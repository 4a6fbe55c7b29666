"""A container that does not come up: its state, its health check's words and its log name the cause and what helps."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from deploy.checks.failed_start import failed_start, lacks_program
from deploy.model.containers import Container, Health

CONTAINER = Container("id", "shop-app-2", "app", "sha256:1", "running", Health.UNHEALTHY, None, False, 0, ())


@pytest.mark.parametrize(
    ("state", "log", "says", "hint"),
    [
        ({"is_oom_killed": True, "status": "exited", "exit_code": 137}, "", "because memory ran out (OOM)", "mem_limit"),
        ({"is_oom_killed": True, "restart_count": 3}, "", "crashes again each time", "mem_limit"),
        ({"status": "exited", "exit_code": 137}, "", "SIGKILL", "dmesg"),
        ({"status": "restarting", "exit_code": 1, "restart_count": 4}, "", "4 restarts", "last log lines"),
        ({"status": "exited", "exit_code": 127}, "", "not in the image", "entrypoint"),
        ({"status": "exited", "exit_code": 1}, "FATAL:  sorry, too many clients already", "no connection left",
         "DEPLOY_APP_CONNECTIONS"),
        ({}, "remaining connection slots are reserved for roles", "no connection left", "max_connections"),
        ({"status": "exited", "exit_code": 3}, 'password authentication failed for user "x"', "refuses its login",
         "DATABASE_URL"),
        ({"health_exit_code": 1, "health_output": "HTTP 503\n no database"}, "", "'HTTP 503 no database'", "log lines"),
        ({"health_exit_code": -1, "health_output": 'OCI: exec: "curl": executable file not found in $PATH: unknown'}, "",
         'exec: "curl"', "what the image has"),
    ],
)
def test_the_cause_is_named_with_what_helps(state: dict[str, Any], log: str, says: str, hint: str) -> None:
    error = failed_start(replace(CONTAINER, **state), log.splitlines())
    assert says in error.what
    assert hint in error.hint


def test_a_start_that_the_compose_file_cuts_short_names_its_limit() -> None:
    error = failed_start(CONTAINER, (), "the compose file's health check gives up after 23 s: raise its start_period")
    assert "start_period" in error.hint


@pytest.mark.parametrize(
    ("exit_code", "output", "expected"),
    [
        (1, "/bin/sh: 1: curl: not found", True), (127, "", True), (126, "", True),
        (1, "bash: line 1: wget: command not found", True),
        (-1, 'exec: "pg_isready": executable file not found in $PATH: unknown', True),
        (1, "404 page not found in the archive of 2021", False), (22, "curl: (22) The requested URL returned error: 503", False),
        (0, "sh: curl: not found", False), (None, "", False),
    ],
)
def test_a_missing_program_is_told_from_a_check_that_fails(exit_code: int | None, output: str, expected: bool) -> None:
    assert lacks_program(exit_code, output) is expected
