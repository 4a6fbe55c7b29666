"""The reference application's models agree with its newest revision, and its code runs on the one before."""

from __future__ import annotations

import asyncio
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from sqlalchemy.ext.asyncio import async_sessionmaker

from app.database import open_engine
from app.routes import create_order, create_user, list_orders
from app.schemas import NewOrder, NewUser, OrderOut
from tests.integration.check.production import Production
from tests.integration.check.projects import ROOT, Project
from tests.integration.development.developing import Development

pytestmark = pytest.mark.postgres
MIGRATE_SECONDS = 120


@pytest.fixture
def application(server: Production, tmp_path: Path) -> Development:
    """A copy of it, on an empty database."""
    server.run("DROP DATABASE IF EXISTS shop WITH (FORCE)", "CREATE DATABASE shop", database="postgres")
    directory = tmp_path / "auto_trader"
    directory.mkdir()
    shutil.copy(ROOT / "alembic.ini", directory)
    for name in ("app", "migrations", "deploy"):
        shutil.copytree(ROOT / name, directory / name, ignore=shutil.ignore_patterns("__pycache__"))
    return Development(Project(directory), server)


def upgrade(application: Development, revision: str) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "alembic", "upgrade", revision], cwd=application.project.directory,
        env=application.environment(), capture_output=True, text=True, timeout=MIGRATE_SECONDS, check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_autogenerate_finds_nothing_to_do_at_the_newest_revision(application: Development) -> None:
    upgrade(application, "head")

    answer = application.sync("--check-only")

    assert answer.exit_code == 0, answer.stdout + answer.stderr
    assert answer.sync["differences"] == []


@pytest.mark.parametrize("revision", ["0005", "0006", "0007"])
def test_orders_are_placed_and_read_on_every_schema_that_the_code_serves(
    application: Development, revision: str
) -> None:
    upgrade(application, revision)

    assert asyncio.run(place_and_read(application.server)) == ["ACME"]


async def place_and_read(server: Production) -> list[str]:
    """Through the application's own endpoints."""
    engine = open_engine(server.url, pool_size=1, pool_overflow=0)
    open_session = async_sessionmaker(engine, expire_on_commit=False)
    try:
        async with open_session() as session:
            user = await create_user(NewUser(email="a@example.com"), session)
            order = await create_order(NewOrder(user_id=user.id, symbol="ACME", side="buy", quantity=1), session)
            assert OrderOut.model_validate(order).created_at is not None
        async with open_session() as session:
            return [OrderOut.model_validate(order).symbol for order in await list_orders(session)]
    finally:
        await engine.dispose()
