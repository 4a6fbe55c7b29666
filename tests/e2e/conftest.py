"""The platform once a session; a site for each test."""

from __future__ import annotations

from collections.abc import Generator, Iterator
from contextlib import closing, nullcontext
from pathlib import Path

import pytest

from deploy.adapters.ledger.sqlite_ledger import SqliteLedger
from deploy.model.releases import RevisionGraph
from deploy.steps.registry import read_plan
from tests.e2e.platform import open_platform
from tests.e2e.site import PASSWORD, Platform, Site

REMOVE = "docker rm -fv $(docker ps -aq --filter label={label})"
FAILED = pytest.StashKey[bool]()
KEPT = pytest.StashKey[bool]()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Remember whether it failed, for `--keep-site`."""
    report = yield
    item.stash[FAILED] = item.stash.get(FAILED, False) or report.failed
    return report


@pytest.fixture(scope="session")
def platform(request: pytest.FixtureRequest, docker_engine: None) -> Iterator[Platform]:
    with open_platform(is_kept=lambda: request.config.stash.get(KEPT, False)) as platform:
        yield platform


@pytest.fixture
def site(request: pytest.FixtureRequest, platform: Platform, tmp_path: Path) -> Iterator[Site]:
    """Nothing runs; the database is empty, unless release 1 is going to run (`running_site`)."""
    is_going_to_run = "running_site" in request.fixturenames
    template = request.getfixturevalue("migrated_database") if is_going_to_run else "template1"
    site = Site(platform, tmp_path, template=template)
    yield site
    if request.config.getoption("--keep-site") and request.node.stash.get(FAILED, False):
        request.config.stash[KEPT] = True
        _tell_kept(request.config, site)
    else:
        site.remove()


def _tell_kept(config: pytest.Config, site: Site) -> None:
    capture = config.pluginmanager.getplugin("capturemanager")
    with capture.global_and_fixture_disabled() if capture else nullcontext():
        print(
            f"\nkept: project {site.name}, http://127.0.0.1:{site.edge_port}, database {site.name} on port "
            f"{site.platform.database_port}\n  scripts/deploy.sh --project-directory {site.directory} status\n"
            f"  {REMOVE.format(label=f'com.docker.compose.project={site.name}')}\n"
            f"  {REMOVE.format(label='surefoot.e2e=platform')}   # the database server and the registry, for all sites"
        )


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
