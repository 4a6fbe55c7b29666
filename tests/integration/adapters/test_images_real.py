"""Pulling from a real registry on loopback, and what is said when it cannot be done."""

from __future__ import annotations

import http.client
import socket
import uuid
from contextlib import suppress

import docker
import pytest

from deploy.adapters.containers import PROJECT_LABEL
from deploy.adapters.images import DockerImages
from deploy.model.errors import BlockedError
from tests.contracts.ground import wait_in_time

pytestmark = pytest.mark.docker


@pytest.fixture
def images(client):
    return DockerImages(client)


@pytest.fixture
def registry(client, project):
    """Its address, answering; the port is one that the engine found free."""
    made = client.containers.run(
        "surefoot/base-registry:bookworm", detach=True, labels={PROJECT_LABEL: project},
        ports={"5000/tcp": ("127.0.0.1", None)},
    )
    made.reload()
    port = int(made.ports["5000/tcp"][0]["HostPort"])

    def is_answering():
        try:
            connection = http.client.HTTPConnection("127.0.0.1", port, timeout=1)
            connection.request("GET", "/v2/")
            return connection.getresponse().status == 200
        except OSError:
            return False

    try:
        wait_in_time(is_answering)
        yield f"127.0.0.1:{port}"
    finally:
        made.remove(force=True, v=True)


@pytest.fixture
def pushed(client, registry):
    """A small image that only the registry has; yields its name without the tag."""
    name = f"{registry}/h3-{uuid.uuid4().hex[:8]}"
    made = client.api.create_container("surefoot/base-haproxy:bookworm", command=["true"])
    image_id = client.api.commit(made["Id"], repository=name, tag="latest", changes=f"LABEL h3={name}")["Id"]
    client.api.remove_container(made["Id"])
    said = client.api.push(name, tag="latest")
    assert '"errorDetail"' not in said
    client.api.remove_image(f"{name}:latest", force=True)
    yield name
    with suppress(docker.errors.NotFound):
        client.api.remove_image(image_id, force=True)


def test_a_pull_brings_the_image_its_id_and_its_digest(images, pushed):
    assert images.find(pushed) is None
    image = images.pull(pushed, print)
    assert image.image_id.startswith("sha256:")
    assert image.digest.startswith(f"{pushed}@sha256:")
    assert images.find(f"{pushed}:latest").image_id == image.image_id


def test_a_pull_by_digest(images, pushed):
    first = images.pull(pushed, print)
    images.untag(f"{pushed}:latest")
    assert images.pull(first.digest, print).image_id == first.image_id


def test_a_pull_by_tag_and_digest(images, pushed):
    first = images.pull(pushed, print)
    digest = first.digest.partition("@")[2]
    assert images.pull(f"{pushed}:latest@{digest}", print).image_id == first.image_id


def test_a_tag_that_the_registry_has_not(images, pushed):
    with pytest.raises(BlockedError) as caught:
        images.pull(f"{pushed}:nothing", print)
    assert caught.value.reference == "image-not-found"
    assert f"{pushed}:nothing" in caught.value.what


def test_a_repository_that_the_registry_has_not(images, registry):
    with pytest.raises(BlockedError) as caught:
        images.pull(f"{registry}/nobody/nothing", print)
    assert caught.value.reference == "image-not-found"


def test_a_registry_that_is_down(images):
    with socket.socket() as nobody:  # bound, so that nobody else takes it; not listening, so that it is refused
        nobody.bind(("127.0.0.1", 0))
        _pull_from_nobody(images, nobody.getsockname()[1])


def _pull_from_nobody(images, port):
    with pytest.raises(BlockedError) as caught:
        images.pull(f"127.0.0.1:{port}/shop:1", print)
    assert caught.value.reference == "registry-unreachable"
    assert f"127.0.0.1:{port}/shop:1" in caught.value.what


def test_a_reference_that_is_none(images):
    with pytest.raises(BlockedError) as caught:
        images.find("UPPER/Case:latest")
    assert caught.value.reference == "image-not-found"


def test_an_image_that_is_here_is_not_asked_for_by_its_id(images, client):
    here = client.images.get("surefoot/base-haproxy:bookworm").id
    assert images.find(here).image_id == here


def test_the_last_name_of_an_image_goes_although_a_stopped_container_uses_it(images, client, project):
    name = f"h3-{uuid.uuid4().hex[:8]}"
    made = client.api.create_container("surefoot/base-haproxy:bookworm", command=["true"])
    client.api.commit(made["Id"], repository=name, tag="only", changes=f"LABEL h3={name}")["Id"]
    client.api.remove_container(made["Id"])
    user = client.api.create_container(f"{name}:only", command=["true"], labels={PROJECT_LABEL: project})
    try:
        images.untag(f"{name}:only")
        assert images.find(f"{name}:only") is None
    finally:
        client.api.remove_container(user["Id"], force=True)
        for left in client.images.list(all=True, filters={"label": f"h3={name}"}):
            client.api.remove_image(left.id, force=True)
