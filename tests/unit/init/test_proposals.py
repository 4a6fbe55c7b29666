"""What is written, and what never is."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
import yaml
from click.testing import CliRunner

from deploy.adapters.init.layout import read_layout
from deploy.adapters.init.proposals import propose_files, write_file
from deploy.cli.main import deploy_command
from deploy.model.errors import BlockedError, UsageError
from deploy.settings.load import load_settings
from tests.integration.pipelines.rendering import COMMIT
from tests.unit.init.test_layout import INI, project

ROOT = Path(__file__).resolve().parents[3]


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    return project(tmp_path / "shop", {
        "alembic.ini": INI.format("%(here)s/migrations"), "migrations/versions/1.py": "", ".env.example": "MINE=1\n",
        "deploy/compose.yml": "services:\n  api: {build: ., ports: ['8000:8000']}\n", "Dockerfile": "FROM python:3.12\n",
    })


@pytest.fixture
def composed(tmp_path: Path) -> Path:
    """The same with a compose file that a deployment takes as it is."""
    return project(tmp_path / "shop", {
        "alembic.ini": INI.format("%(here)s/migrations"), "migrations/versions/1.py": "",
        "compose.yml": (
            "services:\n  api: {build: ., command: sh -c 'alembic upgrade head && serve', ports: ['8000:8000']}\n"
            "  beat: {build: ., command: celery beat}\n  db: {image: 'postgres:16'}\n"
        ),
        "Dockerfile": "FROM python:3.12\n", ".env": "SECRET=1", ".dockerignore": "venv",
        "deploy.toml": 'project_name = "mine"\n',
    })


def contents(root: Path) -> dict[str, str]:
    return {path.relative_to(root).as_posix(): path.read_text() for path in root.rglob("*") if path.is_file()}


def run(shop: Path, *words: str, answers: str = "") -> str:
    argv = ["--project-directory", str(shop), "init", "--surefoot", COMMIT.place, *words]
    done = CliRunner().invoke(deploy_command, argv, input=answers)
    assert done.exception is None or isinstance(done.exception, SystemExit), done.output
    return done.output


def test_a_dry_run_writes_nothing(shop: Path) -> None:
    before = contents(shop)
    assert "missing docker-compose.prod.yml" in run(shop, "--dry-run")
    assert {k: v for k, v in contents(shop).items() if k != "migration_preview.sql"} == before


def test_what_is_there_stays_byte_for_byte(shop: Path) -> None:
    (shop / "scripts").mkdir()
    (shop / "scripts" / "deploy.sh").write_text("mine\n")
    before = contents(shop)
    run(shop, "--yes")
    after = contents(shop)
    assert {name: after[name] for name in before} == before
    assert "DATABASE_URL=" in after[".env.deploy.example"]
    again = contents(shop)
    assert "cp .env.deploy.example .env" in run(shop, "--yes")
    assert contents(shop) == again


def test_a_file_that_appears_meanwhile_is_not_overwritten(shop: Path) -> None:
    files = propose_files(shop, read_layout(shop), tool=COMMIT, has_gitlab=False, has_render=False)
    chosen = next(file for file in files if file.path == "deploy.toml")
    (shop / "deploy.toml").write_text("mine\n")
    assert write_file(shop, chosen) is False
    assert (shop / "deploy.toml").read_text() == "mine\n"


def test_the_written_settings_are_read_by_the_tool(shop: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("DATABASE_URL", "GITHUB_REPOSITORY", "PROJECT", "DEPLOY_ENV"):
        monkeypatch.delenv(name, raising=False)
    run(shop, "--yes")
    (shop / ".env").write_text((shop / ".env.deploy.example").read_text())
    settings = load_settings(shop)
    assert (settings.project_name, settings.app_service, settings.health_path) == ("shop", "api", "/health")
    assert os.access(shop / "scripts" / "deploy.sh", os.X_OK)
    services = yaml.safe_load((shop / "docker-compose.prod.yml").read_text())["services"]
    assert set(services) == {"api", "edge", "migration"}
    assert "ports" not in services["api"]
    assert "server-template s 4 api:8000" in (shop / "edge" / "haproxy.cfg").read_text()


def test_without_a_terminal_it_asks_for_a_word_first(shop: Path) -> None:
    before = contents(shop)
    done = CliRunner().invoke(
        deploy_command, ["--project-directory", str(shop), "init", "--surefoot", COMMIT.place]
    )
    assert isinstance(done.exception, BlockedError)
    assert contents(shop) == before


def test_a_name_that_would_be_code_is_refused_before_anything_is_written(shop: Path) -> None:
    before = contents(shop)
    done = CliRunner().invoke(deploy_command, ["--project-directory", str(shop), "init", "--yes", "--surefoot", "x; id"])
    assert isinstance(done.exception, UsageError)
    assert contents(shop) == before


@pytest.mark.parametrize("name", ["haproxy.cfg", "flags.map", "maintenance.html", "maintenance-allow.lst"])
def test_the_edge_of_others_is_the_edge_that_our_tests_run(shop: Path, name: str) -> None:
    """One configuration is proven; the templates must not drift from it."""
    from tests.integration.pipelines.rendering import rendered

    ours = (ROOT / "edge" / name).read_text().replace(" (app/__main__.py)", "")
    assert rendered(f"project/edge/{name}") == ours


def test_beside_a_compose_file_that_can_be_deployed_no_second_one_is_proposed(composed: Path) -> None:
    told = run(composed, "--yes")
    assert not (composed / "docker-compose.prod.yml").exists()
    assert not (composed / "edge").exists()
    for line in ("service api: the application", "service beat: moves with each release, never two", "service db: stays"):
        assert line in told
    assert "runs `alembic upgrade head` when it starts" in told
    assert "still missing: DATABASE_URL is not set" in told


def test_files_of_the_project_get_lines_at_their_end_and_lose_none(composed: Path) -> None:
    before = contents(composed)
    run(composed, "--yes")
    after = contents(composed)
    for name in (".env", ".dockerignore", "deploy.toml"):
        assert after[name].startswith(before[name]), name
    assert after[".env"].splitlines()[:2] == ["SECRET=1", "# For ./scripts/deploy.sh:"]
    assert "DATABASE_URL" not in [line.partition("=")[0] for line in after[".env"].splitlines()]  # a comment, no value
    assert after[".dockerignore"] == "venv\n.deploy/\n"
    assert after["deploy.toml"].splitlines()[0] == 'project_name = "mine"'
    assert 'app_service = "api"' in after["deploy.toml"]


def test_a_second_init_has_nothing_to_propose(composed: Path) -> None:
    run(composed, "--yes")
    before = contents(composed)
    told = run(composed, "--dry-run")
    assert not [line for line in told.splitlines() if line.startswith(("missing ", "append "))]
    run(composed, "--yes")
    assert contents(composed) == before


def test_an_application_without_the_header_is_not_asked_for_it_after_the_migration(composed: Path) -> None:
    run(composed, "--yes")
    assert 'release_header = ""' in (composed / "deploy.toml").read_text()
    (composed / "deploy.toml").unlink()
    (composed / "main.py").write_text('response.headers["X-Release"] = release\n')
    run(composed, "--yes")
    assert "release_header" not in (composed / "deploy.toml").read_text()


def test_the_pipeline_builds_with_the_dockerfile_and_the_context_of_the_service(tmp_path: Path) -> None:
    root = project(tmp_path / "shop", {
        "backend/alembic.ini": INI.format("m"), "backend/m/versions/1.py": "", "backend/Dockerfile": "FROM python:3.12\n",
        "compose.yml": "services:\n  backend: {build: ./backend, ports: ['8000:8000']}\n",
    })
    run(root, "--yes")
    assert '-t "$repository:$GITHUB_SHA" backend\n' in (root / ".github/workflows/deploy.yml").read_text()
    (root / "compose.yml").write_text(
        "services:\n  backend: {build: {context: ., dockerfile: backend/Dockerfile}, ports: ['8000:8000']}\n"
    )
    (root / ".github/workflows/deploy.yml").unlink()
    run(root, "--yes")
    assert "-f backend/Dockerfile .\n" in (root / ".github/workflows/deploy.yml").read_text()
