"""Obligation: what cuts the migrating role off in production is read there and compared with the migration."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.integration.check.production import Production
from tests.integration.check.projects import check, make_project

pytestmark = pytest.mark.postgres

SCHEMA = (
    "CREATE TABLE users (id bigint PRIMARY KEY, name text)",
    "CREATE TABLE alembic_version (version_num varchar(32) PRIMARY KEY)",
    "INSERT INTO alembic_version VALUES ('start')",
)


@pytest.fixture
def limited(shop: Production) -> Iterator[Production]:
    """Its role has a statement_timeout, its database one for idling in a transaction."""
    shop.run(*SCHEMA, "ALTER ROLE shop SET statement_timeout = '20s'")
    shop.run("ALTER DATABASE shop SET idle_in_transaction_session_timeout = '30s'")
    try:
        yield shop
    finally:
        shop.run("ALTER ROLE shop RESET statement_timeout")
        shop.run("ALTER DATABASE shop RESET idle_in_transaction_session_timeout")


def test_a_concurrent_index_under_the_roles_statement_timeout_is_told_with_its_safe_form(
    limited: Production, tmp_path: Path
) -> None:
    project = make_project(tmp_path / "p")
    project.revision("start", None, "pass")
    project.revision("r", "start", """
        op.execute("SELECT count(*) FROM users")
        with op.get_context().autocommit_block():
            op.create_index("users_name", "users", ["name"], postgresql_concurrently=True)
    """)

    answer = check(project, variables={"DATABASE_URL": limited.url}, has_database=True)

    found = {f["says"].split(" of ")[0]: f for f in answer.report["risk"]["revisions"][0]["findings"]
             if f["rule"] == "cut_off_by_timeout"}
    cut = found["statement_timeout 20s"]
    assert "of role shop may cut it off" in cut["says"]
    assert cut["says"].endswith("leaves an invalid index")
    assert "SET statement_timeout = 0" in cut["safe_form"]
    assert "database shop" in found["idle_in_transaction_session_timeout 30s"]["says"]
