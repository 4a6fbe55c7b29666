"""A real PostgreSQL for the developer, and a project on it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.integration.check.conftest import binaries_of
from tests.integration.check.production import Production, production_cluster
from tests.integration.development.developing import Development, make_development


@pytest.fixture(scope="session")
def server() -> Iterator[Production]:
    """The developer's cluster."""
    with production_cluster(binaries_of(15)) as running:
        yield running


def empty_shop(server: Production) -> None:
    """Its database, new."""
    server.run("DROP DATABASE IF EXISTS shop_before_recreate WITH (FORCE)", database="postgres")
    server.run("DROP DATABASE IF EXISTS shop WITH (FORCE)", "CREATE DATABASE shop", database="postgres")


@pytest.fixture
def development(server: Production, tmp_path: Path) -> Development:
    """A project with models and an empty database `shop`."""
    empty_shop(server)
    return make_development(tmp_path / "shop", server)
