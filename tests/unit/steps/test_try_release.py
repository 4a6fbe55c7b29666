"""The new release before the migration: what no migration can mend is an error, the rest is said to be unknown."""

from __future__ import annotations

from typing import Any

import pytest

from deploy.model.containers import ProbeOutcome
from deploy.model.errors import InterruptedByOperator, StepFailed
from deploy.steps.try_release import TryRelease
from tests.fakes.fake_docker import ImageBehaviour
from tests.fakes.fake_http import FakeHttp, answer
from tests.fakes.fake_world import FakeWorld

NAME = "shop-try-release-2"
RELEASE = {"x-release": "release-2"}


def ground(behaviour: ImageBehaviour | None = None, *replies: Any, **changes: Any) -> tuple[FakeWorld, TryRelease]:
    fake = FakeWorld("r1")
    image_id = fake.docker.add_image("example/shop:2", behaviour or ImageBehaviour(healthy_after_looks=0))
    fake.http = FakeHttp(*replies)
    fields: dict[str, Any] = {
        "service": "app", "container_name": NAME, "image_id": image_id, "release": "release-2",
        "health_test": ("CMD", "curl", "-f", "http://127.0.0.1:8000/api/health"), "health_timeout_seconds": 2,
        "limit_seconds": 20, "port": 8000, "paths": ("/api/health",), "release_header": "X-Release",
    }
    return fake, TryRelease(says="", **(fields | changes))


def require_gone(fake: FakeWorld) -> None:
    assert fake.docker.by_id(NAME) is None
    assert fake.containers.list("app") == ()


def test_a_release_that_answers_well_is_removed_again() -> None:
    fake, step = ground(None, answer(headers=RELEASE))
    assert "answers 200" in step.run(fake.context)
    assert fake.docker.called("compose.start_beside")
    assert not fake.docker.called("compose.up"), "nothing of the service itself is touched"
    require_gone(fake)


@pytest.mark.parametrize("status", [301, 307, 401, 403, 404, 405])
def test_a_path_that_the_application_does_not_have_is_found_before_the_migration(status: int) -> None:
    fake, step = ground(None, answer(status))
    with pytest.raises(StepFailed) as failed:
        step.run(fake.context)
    assert failed.value.reference == "health-path-refused"
    assert "DEPLOY_HEALTH_PATH" in failed.value.hint
    require_gone(fake)


@pytest.mark.parametrize(
    ("headers", "reference"), [({}, "release-header-missing"), ({"x-release": "manual"}, "release-header-differs")]
)
def test_a_header_that_does_not_name_the_release_is_found(headers: dict[str, str], reference: str) -> None:
    fake, step = ground(None, answer(headers=headers))
    with pytest.raises(StepFailed) as failed:
        step.run(fake.context)
    assert failed.value.reference == reference
    require_gone(fake)


def test_a_header_is_asked_of_the_tools_path_only_and_not_where_there_is_none() -> None:
    fake, step = ground(None, answer(headers={}), release_header="")
    step.run(fake.context)
    fake, step = ground(paths=["/edge-health", "/api/health"])
    fake.http.handler = lambda url: answer(headers=RELEASE if url.endswith("/api/health") else {})
    step.run(fake.context)
    assert {url.rpartition(":8000")[2] for url in fake.http.urls} == {"/edge-health", "/api/health"}


@pytest.mark.parametrize("status", [500, 502, 503, 429])
def test_an_answer_that_the_schema_may_explain_is_no_verdict(status: int) -> None:
    fake, step = ground(ImageBehaviour(healthy_after_looks=None), answer(status))
    assert "known only after the migration" in step.run(fake.context)
    require_gone(fake)


def test_one_that_is_only_slow_to_answer_is_waited_for() -> None:
    fake, step = ground(None, None, None, answer(502), answer(headers=RELEASE))
    assert "answers 200" in step.run(fake.context)


def test_a_health_check_whose_program_is_missing_is_told_in_its_own_words() -> None:
    fake, step = ground(ImageBehaviour(healthy_after_looks=None), None)
    fake.containers.inside = lambda _id, _command: ProbeOutcome(127, "", 'exec: "curl": executable file not found in $PATH')
    with pytest.raises(StepFailed, match='exec: "curl"') as failed:
        step.run(fake.context)
    assert failed.value.reference == "health-check-impossible"
    require_gone(fake)


def test_a_crash_is_an_error_unless_its_log_lays_it_to_the_schema() -> None:
    crash = ImageBehaviour(exit_code=1, log_lines=("ModuleNotFoundError: No module named 'stripe'",))
    fake, step = ground(crash)
    with pytest.raises(StepFailed) as failed:
        step.run(fake.context)
    assert "exit code 1" in failed.value.what
    assert "DEPLOY_TRY_RELEASE=0" in failed.value.hint
    assert fake.reporter.logged == ["ModuleNotFoundError: No module named 'stripe'"]
    require_gone(fake)
    waits = ImageBehaviour(exit_code=1, log_lines=('asyncpg UndefinedColumnError: column "client" does not exist',))
    fake, step = ground(waits)
    assert "known only after the migration" in step.run(fake.context)
    require_gone(fake)


def test_a_release_that_takes_too_much_memory_is_named_so_whatever_its_log_says() -> None:
    killed = ImageBehaviour(exit_code=137, is_oom_killed=True, log_lines=("loading schema cache",))
    fake, step = ground(killed)
    with pytest.raises(StepFailed, match="memory ran out"):
        step.run(fake.context)


def test_one_that_never_answers_is_not_waited_for_longer_than_a_start_may_take() -> None:
    fake, step = ground(ImageBehaviour(healthy_after_looks=None), None)
    began = fake.clock.monotonic()
    assert "did not answer" in step.run(fake.context)
    assert 20 <= fake.clock.monotonic() - began < 25


def test_an_interrupted_trial_leaves_nothing_and_neither_does_a_killed_one() -> None:
    fake, step = ground(ImageBehaviour(healthy_after_looks=None), None)
    fake.http.handler = lambda _url: setattr(fake.stop, "is_asked", True)
    with pytest.raises(InterruptedByOperator):
        step.run(fake.context)
    require_gone(fake)
    fake, step = ground()
    fake.compose.start_beside("app", NAME, environment={"APP_IMAGE": step.image_id}, container_environment={})
    step.undo(fake.context)
    require_gone(fake)
