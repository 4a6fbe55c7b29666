"""The revision of a real database, with another service's table beside."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from deploy.adapters.backups.databases import read_content
from deploy.adapters.postgres.address import parse_database_url
from deploy.adapters.postgres.connection import LoopThread
from deploy.adapters.postgres.database import PostgresDatabase
from deploy.adapters.postgres.monitoring import PostgresMonitoring
from deploy.model.releases import VersionTable
from tests.integration.check.conftest import binaries_of
from tests.integration.check.production import Production, production_cluster

OWN = VersionTable("Shop versions", "store")


@pytest.fixture(scope="module")
def server() -> Iterator[Production]:
    """A server whose database holds two services, and a table that is none of Alembic's."""
    with production_cluster(binaries_of(15)) as running:
        column = "(version_num varchar(32) PRIMARY KEY)"
        running.run(
            f"CREATE TABLE alembic_version {column}", "INSERT INTO alembic_version VALUES ('billing_77')",
            "CREATE SCHEMA store", f'CREATE TABLE store."Shop versions" {column}',
            "INSERT INTO store.\"Shop versions\" VALUES ('a2'), ('b7')",
            "CREATE TABLE releases (version_num text, note text)",
        )
        yield running


def test_every_reader_takes_the_projects_own_table(server: Production) -> None:
    address = parse_database_url(server.url)
    database, monitoring = PostgresDatabase(address, version_table=lambda: OWN), PostgresMonitoring(address, lambda: OWN)
    loop = LoopThread()
    try:
        state = database.observe()
        content = loop.run(read_content(address, (), OWN))
        overview = monitoring.overview()
    finally:
        database.close()
        monitoring.close()
        loop.close()
    assert (state.revision_ids, state.revision_problem) == (("a2", "b7"), "")
    assert content.revision_ids == overview.revision_ids == ("a2", "b7")
    assert state.table_names == ("public.releases",)


def test_a_project_whose_table_is_not_known_is_at_no_revision_that_anybody_names(server: Production) -> None:
    database = PostgresDatabase(
        parse_database_url(server.url), version_table=lambda: VersionTable("", None, "env.py fails")
    )
    try:
        state = database.observe()
    finally:
        database.close()
    assert state.revision_ids == ()
    assert "env.py fails" in state.at
    assert "billing_77" in state.at
