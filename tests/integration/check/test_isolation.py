"""Obligation: during a check the project's code reaches nothing but the scratch server, and what tried to is a finding."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from deploy.checking.alembic.isolation import HIDDEN_DIRECTORIES, NOT_ISOLATED, isolating_words
from tests.integration.check.other_pythons import NEW, python_with
from tests.integration.check.production import Production
from tests.integration.check.projects import Answer, Project, check, make_project

pytestmark = pytest.mark.postgres

if not isolating_words() and os.environ.get("CI") != "true":
    pytest.skip("this machine allows no network namespace", allow_module_level=True)


@pytest.fixture
def real_server() -> Iterator[socket.socket]:
    """A server of this machine; nobody may connect."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(0.2)
        yield server


def checked(directory: Path, body: str) -> tuple[Answer, dict[str, object]]:
    """What is said of a revision of this body."""
    project = project_of(directory, body)
    answer = check(project, "--from", "start")
    (revision,) = answer.report["risk"]["revisions"]
    return answer, revision


def project_of(directory: Path, body: str) -> Project:
    project = make_project(directory / "p")
    project.revision("start", None, 'op.create_table("users", sa.Column("id", sa.Integer, primary_key=True))')
    project.revision("r", "start", body)
    return project


def reached(revision: dict[str, object]) -> list[str]:
    return [item["says"] for item in revision["findings"] if item["rule"] == "reaches_out"]  # type: ignore[attr-defined]


@pytest.mark.parametrize("is_caught", [True, False])
def test_a_connection_of_the_revision_arrives_nowhere(
    is_caught: bool, real_server: socket.socket, tmp_path: Path
) -> None:
    port = real_server.getsockname()[1]
    _, revision = checked(tmp_path, f"""
        import contextlib
        import socket
        op.add_column("users", sa.Column("x", sa.Integer))
        with contextlib.suppress(*[OSError] * {int(is_caught)}):
            socket.create_connection(("127.0.0.1", {port}), timeout=2)
    """)

    with pytest.raises(TimeoutError):
        real_server.accept()
    (says,) = reached(revision)
    assert f"127.0.0.1:{port}" in says
    assert "unknown" in revision["kinds_of_danger"]


def test_a_program_that_the_revision_starts_reaches_no_server(shop: Production, tmp_path: Path) -> None:
    shop.run("CREATE TABLE precious (id int)")
    url = shop.url_of("shop")
    _, revision = checked(tmp_path, f"""
        import subprocess
        subprocess.run(["psql", "{url}", "-c", "DROP TABLE precious"])
    """)

    assert shop.run("SELECT count(*) FROM pg_class WHERE relname = 'precious'") == 1
    (says,) = reached(revision)
    assert "psql" in says
    assert url not in says


def test_a_psql_that_names_no_server_works_on_the_scratch_server(tmp_path: Path) -> None:
    answer, revision = checked(tmp_path, """
        import subprocess
        subprocess.run(["psql", "-c", "CREATE TABLE made (id int)"], check=True)
    """)

    assert reached(revision) == []
    assert answer.one("CREATE TABLE made")["revision_id"] == "r"


def test_a_program_that_waits_for_the_revisions_own_lock_is_ended_and_told(tmp_path: Path) -> None:
    _, revision = checked(tmp_path, """
        import subprocess
        op.add_column("users", sa.Column("x", sa.Integer))
        subprocess.run(["psql", "-c", "UPDATE users SET id = 1"])
    """)

    (says,) = reached(revision)
    assert "neither would ever end" in says


def test_a_second_database_is_told(tmp_path: Path) -> None:
    project = make_project(tmp_path / "p", "env_plain", "postgresql+psycopg2://shop:secret@127.0.0.1:1/shop")
    project.revision("r", None, """
        with sa.create_engine("postgresql+psycopg2://u:p@real.example/other").begin() as connection:
            connection.execute(sa.text("CREATE TABLE made (id int)"))
    """)

    answer = check(project, "--python", python_with(*NEW))

    (revision,) = answer.report["risk"]["revisions"]
    (says,) = reached(revision)
    assert "opens the database other" in says
    assert answer.one("CREATE TABLE made")["revision_id"] == "r"


def test_sockets_of_this_machines_own_servers_are_hidden() -> None:
    places = [place for place in HIDDEN_DIRECTORIES if Path(place).is_dir()]
    seen = subprocess.run([*isolating_words(), "ls", "-A", *places], capture_output=True, text=True, check=True)
    assert [line for line in seen.stdout.splitlines() if "PGSQL" in line] == []


def test_code_in_the_namespace_keeps_its_user(tmp_path: Path) -> None:
    asked = "import os; print(os.geteuid(), os.getcwd())"
    seen = subprocess.run(
        [*isolating_words(), sys.executable, "-c", asked], capture_output=True, text=True, check=True, cwd=tmp_path
    )
    assert seen.stdout.split() == [str(os.geteuid()), str(tmp_path)]


def test_a_machine_that_allows_no_namespace_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    broken = tmp_path / "bin"
    broken.mkdir()
    (broken / "unshare").write_text("#!/bin/sh\nexit 1\n")
    (broken / "unshare").chmod(0o755)
    monkeypatch.setenv("PATH", f"{broken}{os.pathsep}{os.environ['PATH']}")

    answer = check(project_of(tmp_path, 'op.add_column("users", sa.Column("x", sa.Integer))'), "--from", "start")

    assert NOT_ISOLATED in answer.report["warnings"]
