"""Real servers that play production, and backups of their databases by the real adapter."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from deploy.adapters.scratch.server import ScratchServer, scratch_server
from tests.integration.backups.site import Site
from tests.integration.check.conftest import MAJORS, binaries_of

# No test reads its log, and DEBUG1 with every statement is slow.
QUIET = {"log_min_messages": "warning", "log_statement": "none"}


@pytest.fixture(scope="session")
def production_of() -> Iterator[Callable[[int], ScratchServer]]:
    """Starts the server of a major, once for the whole session."""
    started: dict[int, ScratchServer] = {}
    with ExitStack() as stack:

        def start(major: int) -> ScratchServer:
            if major not in started:
                started[major] = stack.enter_context(scratch_server(binaries_of(major), settings=QUIET))
            return started[major]

        yield start


@pytest.fixture
def site(production_of: Callable[[int], ScratchServer], tmp_path: Path) -> Iterator[Site]:
    """An empty database on PostgreSQL 15, and a backup directory."""
    with Site.on(production_of(15), tmp_path / "backups") as made:
        yield made


@pytest.fixture(params=MAJORS)
def each_site(
    request: pytest.FixtureRequest, production_of: Callable[[int], ScratchServer], tmp_path: Path
) -> Iterator[Site]:
    """The same on each major in turn."""
    with Site.on(production_of(request.param), tmp_path / "backups") as made:
        yield made
