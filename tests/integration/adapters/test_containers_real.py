"""Probes, logs and an engine that is not there."""

from __future__ import annotations

from contextlib import contextmanager, suppress

import docker
import pytest

from deploy.adapters.containers import PROBE_LABEL, PROJECT_LABEL, DockerContainers
from deploy.adapters.engine import connect
from deploy.adapters.helpers import owner_word
from deploy.checking.alembic.image_environment import AlembicInImage
from deploy.model.containers import ServiceGround
from deploy.model.errors import BlockedError, DeployError
from tests.contracts.ground import wait_in_time

pytestmark = pytest.mark.docker

PYTHON = "surefoot/base-python:bookworm"
NO_PYTHON = "surefoot/base-haproxy:bookworm"


@pytest.fixture
def containers(client, project):
    return DockerContainers(client, project)


def probes_of(client, word):
    rows = client.api.containers(all=True, filters={"label": f"{PROBE_LABEL}=1"})
    return [row for row in rows if word in row["Command"]]


def test_a_probe_gives_both_streams_apart_its_code_and_is_gone(containers, client):
    program = "import os, sys; print(os.environ['A']); print('err', file=sys.stderr); sys.exit(4)  # h3-streams"
    done = containers.run_probe(PYTHON, ["python", "-c", program], environment={"A": "1"})
    assert (done.exit_code, done.stdout, done.stderr) == (4, "1\n", "err\n")
    assert probes_of(client, "h3-streams") == []


def test_a_probe_replaces_the_entrypoint(containers):
    done = containers.run_probe("surefoot/base-registry:bookworm", ["echo", "mine"], environment={})
    assert done.stdout == "mine\n"


def test_a_probe_has_no_network(containers):
    program = "import os; print(sorted(os.listdir('/sys/class/net')))"
    assert containers.run_probe(PYTHON, ["python", "-c", program], environment={}).stdout == "['lo']\n"


def test_a_probe_that_does_not_end_is_removed_in_time(containers, client):
    with pytest.raises(BlockedError) as caught:
        containers.run_probe(
            PYTHON, ["python", "-c", "import time; time.sleep(600)  # h3-slow"], environment={}, timeout_seconds=1
        )
    assert caught.value.reference == "probe-timeout"
    assert probes_of(client, "h3-slow") == []


def test_a_long_output_is_whole(containers):
    program = "print('x' * 3_000_000)"
    assert len(containers.run_probe(PYTHON, ["python", "-c", program], environment={}).stdout) == 3_000_001


def test_a_probe_of_an_image_that_is_not_here_is_an_error(containers):
    with pytest.raises(DeployError):
        containers.run_probe(f"sha256:{'0' * 64}", ["python"], environment={})


def test_a_probe_of_a_program_that_the_image_has_not_leaves_nothing(containers, client):
    done = containers.run_probe(NO_PYTHON, ["h3-no-such-program"], environment={})
    assert done.exit_code == 127
    assert probes_of(client, "h3-no-such-program") == []


@pytest.mark.parametrize(
    "image",
    [
        PYTHON,
        NO_PYTHON,
    ],
)
def test_an_image_without_an_alembic_project_is_blocked(containers, client, image):
    image_id = client.images.get(image).id
    with pytest.raises(BlockedError) as caught:
        AlembicInImage(containers, "alembic.ini", "production").graph(image_id)
    assert caught.value.reference == "image-has-no-alembic-project"


def test_the_log_is_followed_while_the_container_works(containers, client, project):
    program = "import sys, time\nprint('one \u00e9', flush=True)\ntime.sleep(600)"
    made = client.containers.run(PYTHON, ["python", "-c", program], detach=True, labels={PROJECT_LABEL: project})
    with containers.follow_logs(made.id) as lines:
        assert next(lines) == "one \u00e9"
    assert containers.inspect(made.id).is_running
    containers.remove(made.id)


def test_following_ends_with_the_container(containers, client, project):
    made = client.containers.run(
        PYTHON, ["python", "-c", "print('a'); print('b', end='')"], detach=True, labels={PROJECT_LABEL: project}
    )
    with containers.follow_logs(made.id) as lines:
        assert list(lines) == ["a", "b"]


def test_a_container_that_is_stopped_gets_sigterm_first(containers, client, project):
    program = (
        "import signal, sys, time\nsignal.signal(15, lambda *_: sys.exit(42))\nprint('up', flush=True)\ntime.sleep(600)"
    )
    made = client.containers.run(PYTHON, ["python", "-c", program], detach=True, labels={PROJECT_LABEL: project})
    wait_in_time(lambda: "up" in containers.logs(made.id, 1))
    containers.stop(made.id, 10)
    assert containers.inspect(made.id).exit_code == 42


def test_an_engine_that_is_not_there_is_named_with_the_next_command(monkeypatch, tmp_path):
    monkeypatch.setenv("DOCKER_HOST", f"unix://{tmp_path}/nobody.sock")
    with pytest.raises(BlockedError) as caught:
        connect()
    assert caught.value.reference == "engine-unreachable"
    assert "scripts/bootstrap.sh" in caught.value.hint


def test_an_engine_that_is_not_there_says_which_socket(monkeypatch, tmp_path):
    monkeypatch.setenv("DOCKER_HOST", f"unix://{tmp_path}/nobody.sock")
    with pytest.raises(BlockedError) as caught:
        connect()
    assert "nobody.sock" in caught.value.what


@contextmanager
def helper(client, project, owner):
    made = client.api.create_container(PYTHON, ["true"], labels={"surefoot.project": project, "surefoot.owner": owner})
    try:
        yield made["Id"]
    finally:
        with suppress(docker.errors.NotFound):
            client.api.remove_container(made["Id"], force=True)


def test_helpers_of_a_dead_process_are_removed_and_those_of_the_living_and_of_others_stay(containers, client, project):
    dead = f"{owner_word().rpartition(' ')[0]} 1"  # our number, given to another process since
    with (
        helper(client, project, dead) as left, helper(client, project, owner_word()) as living,
        helper(client, f"{project}-other", dead) as foreign,
        helper(client, project, "another-host b n 1 1") as elsewhere,
    ):
        assert len(containers.sweep_helpers()) == 1
        assert containers.inspect(left) is None
        assert all(containers.inspect(kept) for kept in (living, foreign, elsewhere))
        assert containers.sweep_helpers() == ()


def test_a_probe_has_what_the_compose_service_gives_its_container(containers, tmp_path):
    (tmp_path / "secret").write_text("s3cret")
    ground = ServiceGround({"A": "service", "B": "service"}, {"/run/secrets/db": tmp_path / "secret"}, "/tmp", "65534")
    program = "import os; print(os.environ['A'], os.environ['B'], open('/run/secrets/db').read(), os.getcwd(), os.getuid())"
    done = containers.run_probe(PYTHON, ["python", "-c", program], environment={"B": "asked"}, ground=ground)
    assert done.stdout.split() == ["service", "asked", "s3cret", "/tmp", "65534"], done.stderr
