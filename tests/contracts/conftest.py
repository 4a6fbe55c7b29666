"""Each contract is run on the fake and on the real thing."""

from __future__ import annotations

import docker
import pytest

from tests.contracts.ground import fake_ground, real_ground


@pytest.fixture(params=["fake", pytest.param("real", marks=pytest.mark.docker)])
def ground(request):
    """The small project of `ground.py`."""
    if request.param == "fake":
        yield fake_ground()
        return
    request.getfixturevalue("docker_engine")
    client = docker.from_env()
    try:
        with real_ground(client) as made:
            yield made
    finally:
        client.close()
