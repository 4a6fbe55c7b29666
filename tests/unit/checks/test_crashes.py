"""What a container that does not come up is said to have, and which of several causes counts."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from deploy.checks.failed_start import (
    MEMORY,
    REFERENCE,
    REPAIR,
    SHOWN_CHARACTERS,
    failed_start,
    health_words,
    is_crashed,
    lacks_program,
    program_hint,
)
from deploy.model.containers import Container, Health

CONTAINER = Container("id", "shop-app-2", "app", "sha256:1", "running", Health.UNHEALTHY, None, False, 0, ())


@pytest.mark.parametrize(
    ("status", "restarts", "expected"),
    [("running", 0, False), ("created", 0, False), ("exited", 0, True), ("dead", 0, True), ("restarting", 0, True), ("running", 1, True)],
)
def test_crashed_is_what_ended_also_if_it_runs_again(status: str, restarts: int, expected: bool) -> None:
    assert is_crashed(replace(CONTAINER, status=status, restart_count=restarts)) is expected


@pytest.mark.parametrize(
    ("changes", "hint"),
    [
        ({"is_oom_killed": True}, MEMORY),
        ({"status": "exited", "exit_code": 1}, REPAIR),
        ({"status": "exited", "exit_code": None}, REPAIR),
        ({"status": "exited", "exit_code": 126}, "chmod +x it in the image"),
        ({}, REPAIR),
        ({"health_exit_code": 127}, program_hint()),
    ],
)
def test_each_way_to_fail_has_what_helps_against_it(changes: dict[str, Any], hint: str) -> None:
    error = failed_start(replace(CONTAINER, **changes), ("an ordinary line",))
    assert (error.hint, error.reference) == (hint, REFERENCE)
    assert "shop-app-2" in error.what


def test_a_number_of_restarts_is_said_where_there_were_any() -> None:
    ended = replace(CONTAINER, status="exited", exit_code=1)
    assert "restarts" not in failed_start(ended, ()).what
    assert failed_start(ended, ()).what.endswith("shop-app-2 ended with exit code 1")
    assert failed_start(replace(ended, exit_code=None), ()).what.endswith("shop-app-2 ended")


def test_lack_of_memory_goes_before_what_the_log_says_and_the_log_before_the_exit_code() -> None:
    log = ("one", "No space left on device", "password authentication failed")
    killed = replace(CONTAINER, is_oom_killed=True, status="exited", exit_code=137)
    assert failed_start(killed, log).hint == MEMORY
    error = failed_start(replace(CONTAINER, status="exited", exit_code=127), log)
    assert "refuses its login" in error.what, "the first cause of the table that is found"
    assert "DATABASE_URL" in error.hint


@pytest.mark.parametrize(("code", "output", "says"), [(None, "x", ""), (0, "x", ""), (1, "", "'nothing'"), (1, " a\n\n b ", "'a b'")])
def test_the_health_checks_words_are_shown_where_it_failed(code: int | None, output: str, says: str) -> None:
    words = health_words(replace(CONTAINER, health_exit_code=code, health_output=output))
    assert says in words
    assert bool(words) is bool(says)


def test_a_page_of_html_is_cut() -> None:
    words = health_words(replace(CONTAINER, health_exit_code=1, health_output="y" * (SHOWN_CHARACTERS + 1)))
    assert words.count("y") == SHOWN_CHARACTERS + words.replace("y" * SHOWN_CHARACTERS, "").count("y")
    assert "y" * SHOWN_CHARACTERS in words
    assert "y" * (SHOWN_CHARACTERS + 1) not in words


def test_a_limit_of_the_start_is_added_only_where_the_program_is_there() -> None:
    assert failed_start(CONTAINER, (), "raise start_period").hint.endswith("raise start_period")
    lacking = replace(CONTAINER, health_exit_code=1, health_output="sh: curl: not found")
    assert failed_start(lacking, (), "raise start_period").hint == program_hint()
    assert not lacks_program(1, "curl: not found here")
