"""Obligation: a local database image serves as the scratch server, and nothing of it stays."""

from __future__ import annotations

import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import docker
import pytest

from deploy.adapters.scratch.container_server import (
    LABEL,
    ServerImage,
    container_server,
    find_server_image,
    sweep_containers,
)
from tests.integration.check.lock_shapes import in_fixture_words, measure_shapes, shapes_of
from tests.integration.check.projects import ROOT

pytestmark = [pytest.mark.docker, pytest.mark.postgres]

MAJOR = 15
HOLD = """
import sys, time
from pathlib import Path
import docker
from deploy.adapters.scratch.container_server import container_server, find_server_image
client = docker.from_env()
with container_server(client, find_server_image(client, 15), Path(sys.argv[1])) as server:
    print(server.directory, flush=True)
    time.sleep(120)
"""


@pytest.fixture(scope="module")
def client(docker_engine: None) -> Iterator[docker.DockerClient]:
    """The engine."""
    found = docker.from_env()
    yield found
    found.close()


@pytest.fixture(scope="module")
def image(client: docker.DockerClient) -> ServerImage:
    """The base image of the demo's database."""
    found = find_server_image(client, MAJOR)
    assert found is not None
    return found


@pytest.fixture
def root(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A place for scratch directories, short enough for a socket's name, that every user can enter."""
    place = Path(tempfile.gettempdir()) / f"sfc-{time.monotonic_ns() % 10**9}"
    place.mkdir(mode=0o755)
    yield place
    place.rmdir()


def containers_below(client: docker.DockerClient, root: Path) -> list[str]:
    """Of scratch directories below this one."""
    found = client.containers.list(all=True, filters={"label": LABEL}, ignore_removed=True)
    return [item.labels[LABEL] for item in found if item.labels[LABEL].startswith(f"{root}/")]


def test_an_image_of_another_major_is_not_taken(client: docker.DockerClient) -> None:
    assert find_server_image(client, 9) is None


def test_a_server_in_a_container_sees_what_the_fixture_says(
    client: docker.DockerClient, image: ServerImage, root: Path
) -> None:
    names = {
        "add_check", "alter_type_int_bigint", "create_index", "create_index_conc", "drop_table_cascade", "add_fk",
        "set_not_null", "truncate", "vacuum_full", "reindex_table",
    }
    shapes = [shape for shape in shapes_of(MAJOR) if shape.name in names]
    assert len(shapes) >= 6

    with container_server(client, image, root) as server:
        assert server.major == MAJOR
        assert containers_below(client, root) == [str(server.directory)]
        for shape, effects in measure_shapes(server, shapes):
            assert in_fixture_words(effects) == shape.expected, shape.sql

    assert containers_below(client, root) == []
    assert list(root.iterdir()) == []


def test_a_server_whose_block_fails_is_removed(client: docker.DockerClient, image: ServerImage, root: Path) -> None:
    with pytest.raises(KeyError), container_server(client, image, root):
        raise KeyError("whatever")

    assert containers_below(client, root) == []
    assert list(root.iterdir()) == []


def test_a_container_of_a_killed_check_is_swept_by_the_next_one(
    client: docker.DockerClient, image: ServerImage, root: Path
) -> None:
    holder = hold(root)
    holder.send_signal(signal.SIGKILL)
    holder.wait()
    assert len(containers_below(client, root)) == 1

    with container_server(client, image, root) as server:
        assert containers_below(client, root) == [str(server.directory)]

    assert containers_below(client, root) == []
    assert list(root.iterdir()) == []


def test_a_container_of_a_living_check_is_left_alone(
    client: docker.DockerClient, image: ServerImage, root: Path
) -> None:
    holder = hold(root)
    try:
        sweep_containers(client)

        assert len(containers_below(client, root)) == 1
    finally:
        holder.send_signal(signal.SIGTERM)
        holder.wait(timeout=30)
    wait_for(lambda: containers_below(client, root) == [] and list(root.iterdir()) == [])


def hold(root: Path) -> subprocess.Popen[str]:
    """Another process with a server of its own, until it is told to end."""
    holder = subprocess.Popen(
        [sys.executable, "-c", HOLD, str(root)], cwd=ROOT, stdout=subprocess.PIPE, text=True
    )
    assert holder.stdout is not None
    assert holder.stdout.readline().startswith(str(root))
    return holder


def wait_for(condition: Callable[[], bool]) -> None:
    """Until it holds."""
    deadline = time.monotonic() + 30
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.05)
