"""A real engine, and a project name whose containers are gone afterwards."""

from __future__ import annotations

import uuid

import docker
import pytest

from tests.contracts.ground import remove_project


@pytest.fixture
def client(docker_engine):
    made = docker.from_env()
    yield made
    made.close()


@pytest.fixture
def project(client):
    name = f"h3_{uuid.uuid4().hex[:8]}"
    yield name
    remove_project(client, name)
