"""The platform once a session; a site for each test."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from deploy.adapters.ledger.sqlite_ledger import SqliteLedger
from deploy.model.releases import RevisionGraph
from deploy.steps.registry import read_plan
from tests.e2e.platform import open_platform
from tests.e2e.site import PASSWORD, Platform, Site


@pytest.fixture(scope="session")
def platform(docker_engine: None) -> Iterator[Platform]:
    with open_platform() as platform:
        yield platform


@pytest.fixture
def site(request: pytest.FixtureRequest, platform: Platform, tmp_path: Path) -> Iterator[Site]:
    """Nothing runs; the database is empty, unless release 1 is going to run (`running_site`)."""
    is_going_to_run = "running_site" in request.fixturenames
    template = request.getfixturevalue("migrated_database") if is_going_to_run else "template1"
    site = Site(platform, tmp_path, template=template)
    try:
        yield site
    finally:
        site.remove()


@pytest.fixture(scope="session")
def migrated_database(platform: Platform) -> str:
    """A database at v1's head, 0006, made once by v1's own migrations: the name to copy it by."""
    name = "migrated"
    platform.sql(f"CREATE DATABASE {name}")
    url = f"postgresql://auto_trader:{PASSWORD}@host.docker.internal:{platform.database_port}/{name}"
    platform.client.containers.run(
        "surefoot-e2e:v1", ["alembic", "upgrade", "head"], remove=True, environment={"DATABASE_URL": url},
        extra_hosts={"host.docker.internal": "host-gateway"},
    )
    return name


@pytest.fixture(scope="session")
def known_graphs() -> dict[str, RevisionGraph]:
    """What the first site's deployment read in v1, by image id: an id never changes its content."""
    return {}


@pytest.fixture
def running_site(site: Site, known_graphs: dict[str, RevisionGraph]) -> Site:
    """Release 1 (v1) serves, the database is at 0006; migrating an empty one is for the scenarios about it."""
    image_id = site.version_id("v1")
    with closing(SqliteLedger(site.directory / ".deploy", read_plan)) as ledger:
        if image_id in known_graphs:
            ledger.cache_graph(image_id, known_graphs[image_id])
        site.must("--auto-migrate", "--health-check", "--image", site.push("v1"))
        graph = ledger.cached_graph(image_id)
        assert graph is not None
        known_graphs[image_id] = graph
    return site
