"""The platform once a session; a site for each test."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.e2e.platform import open_platform
from tests.e2e.site import Platform, Site


@pytest.fixture(scope="session")
def platform(docker_engine: None) -> Iterator[Platform]:
    with open_platform() as platform:
        yield platform


@pytest.fixture
def site(platform: Platform, tmp_path: Path) -> Iterator[Site]:
    site = Site(platform, tmp_path)
    try:
        yield site
    finally:
        site.remove()


@pytest.fixture
def running_site(site: Site) -> Site:
    """Release 1 (v1) serves, the database is at 0006."""
    site.must("--auto-migrate", "--health-check", "--image", site.push("v1"))
    return site
