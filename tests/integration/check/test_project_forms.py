"""Obligation: each form of a project goes through the check from where a newcomer stands, without a flag."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from tests.integration.check.projects import CHECK_SECONDS, Answer, check_words, clean_environment
from tests.unit.adapters.test_alembic_probe import REVISION
from tests.unit.adapters.test_project_config import FLASK, FLASK_INI, TOML
from tests.unit.init.test_layout import project

pytestmark = pytest.mark.postgres

ENV = """
import asyncio, os
from alembic import context
from sqlalchemy.ext.asyncio import create_async_engine
def migrate(connection):
    context.configure(connection=connection)
    with context.begin_transaction():
        context.run_migrations()
async def main():
    async with create_async_engine(os.environ["DATABASE_URL"]).connect() as connection:
        await connection.run_sync(migrate)
asyncio.run(main())
"""
FORMS = {
    "pyproject, and a setting of .env": {
        "pyproject.toml": TOML, ".env": "SECRET_KEY='a b'\n",
        "migrations/env.py": "import os\nassert os.environ['SECRET_KEY'] == 'a b'\n" + ENV,
    },
    "flask, named by the Dockerfile": {
        "migrations/alembic.ini": FLASK_INI, "Dockerfile": "FROM x\nENV FLASK_APP=shop\n",
        "migrations/env.py": "from flask import current_app\nassert current_app.name\n" + ENV, **FLASK,
    },
}


@pytest.mark.parametrize("form", FORMS)
def test_a_form_of_a_project_is_measured_where_it_stands(tmp_path: Path, form: str) -> None:
    revision = REVISION.format(
        name="a", down=None, depends_on=None, message="make a", body='op.execute("CREATE TABLE a (id int)")',
        downgrade='def downgrade():\n    op.execute("DROP TABLE a")',
    )
    project(tmp_path, {"migrations/versions/a.py": revision, **FORMS[form]})

    done = subprocess.run(
        check_words("--json", "--no-database", "--output", str(tmp_path / "preview.sql")), cwd=tmp_path,
        env=clean_environment({"PYTHONPATH": str(tmp_path)}), capture_output=True, text=True, timeout=CHECK_SECONDS,
        check=False,
    )

    answer = Answer(done.returncode, done.stdout, done.stderr)
    assert answer.report["method"] == "measured"
    assert len(answer.of("a")) == 1
