"""The project's data checks in a real container that does not come to an end."""

from __future__ import annotations

import pytest

from deploy.adapters.compose import DockerCompose
from deploy.adapters.containers import PROJECT_LABEL
from deploy.adapters.data_checks import INSIDE, ProjectDataChecks
from deploy.adapters.process import ProgramTimeout
from deploy.model.errors import StepFailed

pytestmark = pytest.mark.docker
IMAGE = "surefoot/base-python:bookworm"
# The driver that the checks' program imports first is the one in the mounted directory.
COMPOSE_FILE = (
    "services: {app: {image: '${APP_IMAGE}', environment: "
    f"{{PYTHONPATH: {INSIDE}/driver, DATABASE_URL: 'postgresql://nobody@127.0.0.1/nothing'}}}}}}"
)
CHECK = "# name: users\n\n\nasync def check(connection):\n    pass\n"


@pytest.fixture
def compose(tmp_path, project):
    (tmp_path / "compose.yml").write_text(COMPOSE_FILE)
    return DockerCompose(project, tmp_path, ["compose.yml"], {"APP_IMAGE": IMAGE}, [])


@pytest.fixture
def containers(client, project):
    return lambda: client.api.containers(all=True, filters={"label": f"{PROJECT_LABEL}={project}"})


def checks(compose, tmp_path, driver, timeout_seconds):
    directory = tmp_path / "verify"
    (directory / "driver").mkdir(parents=True)
    (directory / "users.py").write_text(CHECK)
    (directory / "driver" / "asyncpg.py").write_text(driver)
    return ProjectDataChecks(directory, compose.run_once, "app", [], timeout_seconds, lambda _paths, _seconds: [])


@pytest.mark.parametrize("timeout_seconds", [0.3, 8], ids=["while it is being made", "while it runs"])
def test_checks_that_run_past_their_limit_are_stopped_removed_and_said(
    compose, containers, tmp_path, timeout_seconds
):
    hanging = checks(compose, tmp_path, "import time; time.sleep(600)", timeout_seconds)

    with pytest.raises(StepFailed) as caught:
        hanging.run(IMAGE)

    assert caught.value.reference == "data-checks-timeout"
    assert f"within {timeout_seconds} s" in caught.value.what
    assert "DEPLOY_VERIFY_TIMEOUT_SECONDS" in caught.value.hint
    assert containers() == []


def test_a_container_that_ignores_every_signal_but_one_is_gone_too(compose, containers):
    program = "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); time.sleep(600)"

    with pytest.raises(ProgramTimeout):
        compose.run_once("app", ["python3", "-c", program], {}, {}, {}, 8)

    assert containers() == []


def test_one_that_ends_in_time_says_what_went_wrong_and_leaves_nothing(compose, containers, tmp_path):
    broken = checks(compose, tmp_path, "raise ImportError('no driver here')", 120)

    with pytest.raises(StepFailed) as caught:
        broken.run(IMAGE)

    assert caught.value.reference == "data-checks-not-run"
    assert "no driver here" in caught.value.what
    assert containers() == []
