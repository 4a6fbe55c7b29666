"""`revision --autogenerate` against a database that a deployment marked: refused, in a checkout too; all else goes on."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from deploy.adapters.init.guard import CALL, guard_lines
from tests.integration.check.conftest import binaries_of
from tests.integration.check.production import Production, production_cluster
from tests.integration.check.projects import ROOT, make_project

pytestmark = pytest.mark.postgres


@pytest.fixture(scope="module")
def cluster() -> Iterator[Production]:
    with production_cluster(binaries_of(15)) as running:
        yield running


@pytest.fixture
def shop(cluster: Production) -> Production:
    """An empty, unmarked database `shop`."""
    cluster.run("DROP DATABASE IF EXISTS shop WITH (FORCE)", "CREATE DATABASE shop", database="postgres")
    return cluster


def alembic(directory: Path, url: str, *words: str, environment: str = "") -> subprocess.CompletedProcess[str]:
    given = {**os.environ, "DATABASE_URL": url, "PYTHONDONTWRITEBYTECODE": "1"}
    given.pop("ENVIRONMENT", None)
    if environment:
        given["ENVIRONMENT"] = environment
    argv = [sys.executable, "-m", "alembic", *words]
    return subprocess.run(argv, cwd=directory, env=given, capture_output=True, text=True, timeout=120, check=False)


def mark(shop: Production) -> None:
    shop.run("ALTER DATABASE shop SET surefoot.environment = 'production'", database="postgres")


def versions(directory: Path) -> list[str]:
    return sorted(path.name for path in (directory / "migrations" / "versions").glob("*.py"))


@pytest.fixture
def own_project(shop: Production, tmp_path: Path) -> Path:
    """A project's own env.py, as `alembic init` writes it, with the lines that `init` offers."""
    url = shop.url_of("shop", "postgresql+asyncpg")
    project = make_project(tmp_path / "shop", "env_async", url)
    env = project.directory / "migrations" / "env.py"
    text = env.read_text().replace("config = context.config", f"{guard_lines()}\nconfig = context.config", 1)
    configure = "context.configure(connection=connection)"
    assert configure in text
    text = text.replace(configure, f"{CALL}\n    {configure[:-1]}, target_metadata=MetaData())")
    env.write_text(text.replace("from sqlalchemy import pool", "from sqlalchemy import MetaData, pool"))
    (project.directory / "migrations" / "script.py.mako").write_text((ROOT / "migrations" / "script.py.mako").read_text())
    return project.directory


def test_a_projects_own_env_refuses_only_autogenerate_and_only_where_the_mark_is(
    shop: Production, own_project: Path
) -> None:
    url = shop.url
    free = alembic(own_project, url, "revision", "--autogenerate", "-m", "one")
    assert free.returncode == 0, free.stderr
    assert alembic(own_project, url, "upgrade", "head").returncode == 0
    mark(shop)
    before = versions(own_project)
    refused = alembic(own_project, url, "revision", "--autogenerate", "-m", "two")
    assert refused.returncode != 0
    assert "autogenerate is refused: the database is marked as production" in refused.stdout + refused.stderr
    assert versions(own_project) == before
    for words in (("check",), ("current",), ("downgrade", "base"), ("upgrade", "head"), ("stamp", "head")):
        done = alembic(own_project, url, *words)
        assert done.returncode == 0, (words, done.stderr)


def test_our_own_env_refuses_by_mark_and_by_environment(shop: Production, tmp_path: Path) -> None:
    import shutil

    for name in ("migrations", "app"):
        shutil.copytree(ROOT / name, tmp_path / name)
    shutil.copy(ROOT / "alembic.ini", tmp_path)
    url = shop.url
    up = alembic(tmp_path, url, "upgrade", "head")
    assert up.returncode == 0, up.stderr
    assert "pending: 0001" in up.stderr
    before = versions(tmp_path)
    by_setting = alembic(tmp_path, url, "revision", "--autogenerate", "-m", "x", environment="production")
    assert "ENVIRONMENT is production" in by_setting.stdout + by_setting.stderr
    mark(shop)
    by_mark = alembic(tmp_path, url, "revision", "--autogenerate", "-m", "x")
    assert by_mark.returncode != 0
    assert "the database is marked as production" in by_mark.stdout + by_mark.stderr
    assert versions(tmp_path) == before
    for words in (("check",), ("current",), ("downgrade", "-1"), ("upgrade", "head"), ("stamp", "head")):
        done = alembic(tmp_path, url, *words, environment="production")
        assert done.returncode == 0, (words, done.stdout, done.stderr)


def test_the_page_of_init_holds_the_same_lines() -> None:
    assert guard_lines() in (ROOT / "docs" / "commands" / "init.md").read_text()
