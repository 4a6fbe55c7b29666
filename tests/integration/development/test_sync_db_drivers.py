"""sync_db.py on projects whose env.py is synchronous, with the SQLAlchemy and the driver that they have."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.integration.check.other_pythons import NEW, OLD, python_with
from tests.integration.check.production import PASSWORD, USER, Production
from tests.integration.development.conftest import empty_shop
from tests.integration.development.developing import Development, make_development

pytestmark = pytest.mark.postgres
# The old and the new SQLAlchemy, the old and the new psycopg; `make test-exhaustive` runs the other pairs.
LIBPQ_ROUNDS = (
    pytest.param((OLD, "psycopg2"), id="sqlalchemy-1.4-psycopg2"),
    pytest.param((NEW, ""), id="sqlalchemy-2-no-driver-named", marks=pytest.mark.exhaustive),
    pytest.param((NEW, "psycopg2"), id="sqlalchemy-2-psycopg2", marks=pytest.mark.exhaustive),
    pytest.param((NEW, "psycopg"), id="sqlalchemy-2-psycopg"),
)
ROUNDS = (*LIBPQ_ROUNDS, pytest.param((NEW, "pg8000"), id="sqlalchemy-2-pg8000"))
REVISION = "SELECT string_agg(version_num, ',') FROM alembic_version"
PAST_SQLALCHEMY = """
    cursor = op.get_bind().connection.cursor()
    cursor.execute("CREATE TABLE by_cursor (id int)")
    cursor.close()
"""
OWN_CONNECTION = """
    import os
    import {driver} as driver
    connection = driver.connect(os.environ["DATABASE_URL"].replace("+{driver}", ""))
    connection.autocommit = True
    connection.cursor().execute("CREATE TABLE by_itself (id int)")
    connection.close()
"""


@pytest.fixture
def project(request: pytest.FixtureRequest, server: Production, tmp_path: Path) -> Development:
    """On an empty database, with the requirements and the driver of the round."""
    requirements, driver = request.param
    empty_shop(server)
    python = python_with(*requirements)
    return make_development(tmp_path / "shop", server, "env_models_sync", driver=driver, python=python)


def has_table(development: Development, name: str) -> bool:
    return bool(development.server.run(f"SELECT to_regclass('{name}') IS NOT NULL"))


@pytest.mark.parametrize("project", ROUNDS, indirect=True)
def test_revisions_are_generated_proven_with_rows_applied_and_then_found_in_step(project: Development) -> None:
    first = project.in_step()
    assert first.sync["proof"]["is_good"]
    assert (first.sync["proof"]["rows"], first.sync["proof"]["unfilled"]) == (24, [])

    project.models('level = Column(Enum("low", "high", name="level"))')
    looked = project.sync("--check-only")
    assert (looked.exit_code, looked.sync["differences"]) == (3, ["add column users.level"])
    assert len(project.versions) == 1
    assert project.server.run("SELECT to_regtype('level') IS NULL")

    second = project.in_step()
    assert second.sync["proof"]["is_good"]
    assert project.server.run(REVISION) == second.sync["generated"]["revision"]

    third = project.sync("--check-only")
    assert (third.exit_code, third.sync["differences"]) == (0, [])
    assert len(project.versions) == 2


@pytest.mark.parametrize("project", [ROUNDS[0], ROUNDS[-1]], indirect=True)
def test_what_a_drivers_cursor_does_reaches_the_scratch_server_alone(project: Development) -> None:
    project.in_step()
    project.project.revision("c1", str(project.server.run(REVISION)), PAST_SQLALCHEMY)

    looked = project.sync("--check-only")

    assert looked.sync["pending"] == ["c1"]
    assert "after the downgrade there is still table by_cursor" in looked.sync["proof"]["problems"]
    assert not has_table(project, "by_cursor")


@pytest.mark.parametrize("project", LIBPQ_ROUNDS[2:], indirect=True)
def test_a_connection_that_a_revision_opens_itself_is_led_there_too(project: Development) -> None:
    project.in_step()
    project.project.revision("c1", str(project.server.run(REVISION)), PAST_SQLALCHEMY + OWN_CONNECTION.format(driver=project.driver))

    looked = project.sync("--check-only")

    for name in ("by_cursor", "by_itself"):
        assert f"after the downgrade there is still table {name}" in looked.sync["proof"]["problems"]
        assert not has_table(project, name)


@pytest.mark.parametrize("project", ROUNDS, indirect=True)
def test_a_server_that_is_not_there_is_named_without_its_password(project: Development) -> None:
    scheme = f"postgresql+{project.driver}" if project.driver else "postgresql"
    url = f"{scheme}://shop:pr0duction-pa55word@127.0.0.1:1/shop"

    answer = project.sync("--auto", DATABASE_URL=url)

    assert answer.exit_code == 3
    assert answer.error["reference"] == "development-database-unreachable"
    assert "pa55word" not in answer.stdout + answer.stderr


@pytest.mark.parametrize("project", [LIBPQ_ROUNDS[0], LIBPQ_ROUNDS[-1]], indirect=True)
def test_recreate_leaves_an_empty_database_at_the_newest_revision(project: Development) -> None:
    project.in_step()
    project.server.run("INSERT INTO users (email) VALUES ('a@example.com')")

    answer = project.sync("--auto", "--backup", "--force-recreate", "--database", "shop")

    assert answer.exit_code == 0, answer.stdout + answer.stderr
    assert project.server.run("SELECT count(*) FROM users") == 0
    assert answer.sync["backup"]


@pytest.mark.parametrize("project", LIBPQ_ROUNDS[2:], indirect=True)
def test_the_url_may_stand_in_alembic_ini_alone(project: Development) -> None:
    ini = project.project.directory / "alembic.ini"
    url = project.server.url_of("shop", f"postgresql+{project.driver}")
    lines = [line for line in ini.read_text().splitlines() if not line.startswith("sqlalchemy.url")]
    ini.write_text("\n".join([*lines, f"sqlalchemy.url = {url}"]) + "\n")

    answer = project.sync("--auto", "--no-backup", DATABASE_URL="")

    assert answer.exit_code == 0, answer.stdout + answer.stderr
    assert answer.sync["is_in_step"]


@pytest.mark.parametrize("project", LIBPQ_ROUNDS[2:], indirect=True)
def test_a_server_may_be_reached_over_its_socket(project: Development) -> None:
    directory = str(project.server.run("SHOW unix_socket_directories"))
    address = f"{USER}:{PASSWORD}@/shop?host={directory}&port={project.server.port}"

    answer = project.sync("--auto", "--backup", DATABASE_URL=f"postgresql+{project.driver}://{address}")

    assert answer.exit_code == 0, answer.stdout + answer.stderr
    assert answer.sync["is_in_step"]
    assert answer.sync["backup"]
