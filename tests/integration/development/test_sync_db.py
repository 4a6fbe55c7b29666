"""sync_db.py on a real project and a real server: what it does to files and database, and when it does nothing."""

from __future__ import annotations

import os
import signal
import subprocess
import time

import pytest

from tests.integration.development.developing import SYNC_SECONDS, Development

pytestmark = pytest.mark.postgres
COLUMNS = (
    "SELECT coalesce(string_agg(column_name, ',' ORDER BY column_name), '') FROM information_schema.columns"
    " WHERE table_name = '{}'"
)
REVISION = "SELECT string_agg(version_num, ',') FROM alembic_version"


def columns(development: Development, table: str = "users") -> list[str]:
    return str(development.server.run(COLUMNS.format(table))).split(",")


def test_the_first_revision_is_generated_proven_with_rows_and_applied(development: Development) -> None:
    answer = development.sync("--auto", "--no-backup")

    assert answer.exit_code == 0, answer.stdout + answer.stderr
    assert answer.sync["is_in_step"]
    assert answer.sync["proof"]["is_good"]
    assert answer.sync["proof"]["tables"] == 2
    assert answer.sync["proof"]["rows"] == 24
    assert answer.sync["proof"]["unfilled"] == []
    assert len(development.versions) == 1
    assert columns(development) == ["email", "id"]
    assert development.server.run(REVISION) == answer.sync["generated"]["revision"]


def test_a_second_run_finds_nothing_to_do(development: Development) -> None:
    development.in_step()

    answer = development.sync("--auto", "--no-backup")

    assert answer.exit_code == 0
    assert answer.sync["generated"] is None
    assert answer.sync["differences"] == []
    assert len(development.versions) == 1


def test_check_only_shows_the_revision_and_changes_neither_files_nor_database(development: Development) -> None:
    development.in_step()
    development.models("name = Column(Text)")
    before = development.server.state()

    answer = development.sync("--check-only")

    assert answer.exit_code == 3
    assert answer.sync["differences"] == ["add column users.name"]
    assert "op.add_column('users'" in answer.sync["generated"]["text"]
    assert answer.sync["generated"]["file"] is None
    assert answer.sync["proof"]["is_good"]
    assert len(development.versions) == 1
    # Reading takes a transaction number now and then; everything else must be what it was.
    assert strip_counter(development.server.state()) == strip_counter(before)


def strip_counter(state: str) -> str:
    return state.partition('"next_transaction"')[0]


def test_a_column_of_a_new_enum_type_goes_there_and_back(development: Development) -> None:
    development.in_step()
    development.models('level = Column(Enum("low", "high", name="level"))')

    answer = development.in_step()

    assert answer.sync["proof"]["is_good"]
    assert columns(development) == ["email", "id", "level"]


def test_auto_stops_at_a_drop_and_add_that_may_be_a_rename(development: Development) -> None:
    development.models("name = Column(Text)")
    development.in_step()
    development.models("full_name = Column(Text)")

    answer = development.sync("--auto", "--no-backup")

    assert answer.exit_code == 3
    assert answer.error["reference"] == "sync-needs-a-person"
    assert len(development.versions) == 1
    assert columns(development) == ["email", "id", "name"]


def test_the_proof_tells_which_values_a_downgrade_does_not_bring_back(development: Development) -> None:
    development.models("name = Column(Text)")
    development.in_step()
    development.models("full_name = Column(Text)")

    answer = development.sync("--check-only")

    assert not answer.sync["proof"]["is_good"]
    assert answer.sync["possible_renames"] == ["users.name -> users.full_name"]
    # Every third row has no name to lose.
    assert answer.sync["proof"]["losses"] == ["users.name: 8 of 12 values are not what they were"]


def test_a_revision_that_does_nothing_and_one_without_a_way_back_are_told(development: Development) -> None:
    development.in_step()
    (head,) = str(development.server.run(REVISION)).split(",")
    development.project.revision("e1", head, "pass")
    development.project.revision("e2", "e1", "op.execute(\"CREATE TABLE extra (id int)\")")
    development.models(more="\nclass Extra(Base):\n    __tablename__ = 'extra'\n    id = Column(Integer)\n"
                       "    __mapper_args__ = {'primary_key': [id]}\n")

    answer = development.sync("--check-only")

    assert "revision e1 does nothing" in answer.sync["doubts"]
    assert "revision e2 has no downgrade" in answer.sync["doubts"]
    assert "after the downgrade there is still table extra" in answer.sync["proof"]["problems"]


def test_a_fresh_database_gets_the_projects_history_whatever_its_downgrades_make_of_made_rows(
    development: Development,
) -> None:
    development.in_step()
    (head,) = str(development.server.run(REVISION)).split(",")
    # Its downgrade works on rows that mean something, and fails on any other.
    development.project.revision("h1", head, "pass")
    path = development.project.path_of("h1")
    text = path.read_text(encoding="utf-8")
    strict = "op.execute(\"DO $$ BEGIN ASSERT NOT EXISTS (SELECT FROM users WHERE email LIKE 'email %'); END $$\")"
    path.write_text(text.replace("    pass\n\n\ndef downgrade():\n    pass", f"    {strict}\n\n\ndef downgrade():\n    {strict}"))
    development.server.run("DROP DATABASE shop WITH (FORCE)", "CREATE DATABASE shop", database="postgres")

    answer = development.in_step()

    assert answer.sync["pending"] == [head, "h1"]
    assert development.server.run(REVISION) == "h1"


def test_a_revision_whose_upgrade_fails_leaves_no_file_and_an_unchanged_database(development: Development) -> None:
    development.in_step()
    development.server.run("INSERT INTO users (email) VALUES ('a@example.com')")
    development.models("age = Column(Integer, nullable=False)")  # fails on the developer's own row alone

    answer = development.sync("--auto", "--no-backup")

    assert answer.exit_code in {1, 3}
    assert len(development.versions) == 1
    assert columns(development) == ["email", "id"]


def test_a_database_that_a_deployment_marked_is_refused(development: Development) -> None:
    development.server.run("ALTER DATABASE shop SET surefoot.environment = 'production'", database="postgres")

    answer = development.sync("--auto", "--no-backup")

    assert answer.exit_code == 3
    assert answer.error["reference"] == "database-is-production"
    assert development.versions == []


def test_production_by_its_settings_is_refused(development: Development) -> None:
    answer = development.sync("--auto", "--no-backup", ENVIRONMENT="production")

    assert answer.exit_code == 3
    assert answer.error["reference"] == "environment-is-production"


def test_a_directory_that_deployed_a_release_is_production_until_somebody_says_otherwise(
    development: Development,
) -> None:
    (development.project.directory / ".deploy").mkdir()
    (development.project.directory / ".deploy" / "ledger.sqlite3").touch()

    answer = development.sync("--auto", "--no-backup", ENVIRONMENT="")

    assert answer.exit_code == 3
    assert answer.error["reference"] == "environment-not-set"


def test_a_server_that_is_not_there_is_named_without_its_password(development: Development) -> None:
    url = "postgresql://shop:pr0duction-pa55word@127.0.0.1:1/shop"

    answer = development.sync("--auto", DATABASE_URL=url)

    assert answer.exit_code == 3
    assert answer.error["reference"] == "development-database-unreachable"
    assert "pa55word" not in answer.stdout + answer.stderr


def test_recreate_needs_the_name_of_the_database(development: Development) -> None:
    development.in_step()
    development.server.run("INSERT INTO users (email) VALUES ('a@example.com')")

    answer = development.sync("--auto", "--no-backup", "--force-recreate", "--database", "shopp")

    assert answer.exit_code == 3
    assert answer.error["reference"] == "recreate-needs-name"
    assert development.server.run("SELECT count(*) FROM users") == 1


def test_recreate_leaves_an_empty_database_at_the_newest_revision(development: Development) -> None:
    development.in_step()
    development.server.run("INSERT INTO users (email) VALUES ('a@example.com')")

    answer = development.sync("--auto", "--backup", "--force-recreate", "--database", "shop")

    assert answer.exit_code == 0, answer.stdout + answer.stderr
    assert development.server.run("SELECT count(*) FROM users") == 0
    backups = development.project.directory / ".deploy" / "development-backups"
    assert [path.name for path in backups.iterdir()] == [answer.sync["backup"]]
    databases = development.server.run("SELECT string_agg(datname, ',') FROM pg_database")
    assert "before_recreate" not in databases


def test_recreate_gives_the_old_database_back_when_the_upgrade_fails(development: Development) -> None:
    development.in_step()
    development.server.run("INSERT INTO users (email) VALUES ('a@example.com')")
    (head,) = str(development.server.run(REVISION)).split(",")
    development.project.revision("bad", head, "op.execute('SELECT 1/0')")

    answer = development.sync("--auto", "--no-backup", "--force-recreate", "--database", "shop")

    assert answer.exit_code == 1
    assert "division by zero" in answer.error["what"]
    assert development.server.run("SELECT count(*) FROM users") == 1


@pytest.mark.parametrize("instant", ["staged", "proving"])
def test_killed_at_any_instant_it_leaves_nothing_in_versions(development: Development, instant: str) -> None:
    development.in_step()
    development.models("name = Column(Text)")
    mark = {"staged": "differs:", "proving": "backup optional"}[instant]
    process = subprocess.Popen(
        development.words("--auto", "--no-backup"), cwd=development.project.directory,
        env=development.environment(), stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
        start_new_session=True,
    )
    assert process.stdout is not None
    deadline = time.monotonic() + SYNC_SECONDS
    said = ""
    while mark not in said and time.monotonic() < deadline and process.poll() is None:
        said += process.stdout.readline()
    assert mark in said, said
    os.killpg(process.pid, signal.SIGKILL)
    process.wait()

    assert len(development.versions) == 1
    assert columns(development) == ["email", "id"]
    assert development.in_step().sync["is_in_step"]
