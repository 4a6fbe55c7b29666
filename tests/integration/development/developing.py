"""A developer's project with models, and sync_db.py run on it as a developer runs it."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.integration.check.production import Production
from tests.integration.check.projects import ROOT, Project, clean_environment, make_project
from tests.published_json import require_published

SYNC_SECONDS = 180
MODELS = '''
import enum
from sqlalchemy import (
    CheckConstraint, Column, DateTime, Enum, ForeignKey, Integer, Numeric, String, Text, func
)
from sqlalchemy.dialects.postgresql import ARRAY, JSONB, UUID
from sqlalchemy.orm import declarative_base

Base = declarative_base()

class Side(enum.Enum):
    buy = "buy"
    sell = "sell"

class User(Base):
    __tablename__ = "users"
    id = Column(Integer, primary_key=True)
    email = Column(String(40), nullable=False, unique=True)
    {user}

class Order(Base):
    __tablename__ = "orders"
    id = Column(Integer, primary_key=True)
    user_id = Column(ForeignKey("users.id"), nullable=False, index=True)
    side = Column(Enum(Side), nullable=False)
    quantity = Column(Numeric(12, 4), nullable=False)
    state = Column(String(10), CheckConstraint("state IN ('new', 'filled')"), nullable=False)
    tags = Column(ARRAY(Text))
    payload = Column(JSONB)
    key = Column(UUID(as_uuid=True))
    created_at = Column(DateTime(timezone=True), server_default=func.now())
'''
TEMPLATE = '''"""${message}"""
import sqlalchemy as sa
from alembic import op
${imports if imports else ""}
revision = ${repr(up_revision)}
down_revision = ${repr(down_revision)}
branch_labels = ${repr(branch_labels)}
depends_on = ${repr(depends_on)}


def upgrade():
    ${upgrades if upgrades else "pass"}


def downgrade():
    ${downgrades if downgrades else "pass"}
'''


@dataclass(frozen=True)
class Answer:
    """What one run said."""

    exit_code: int
    stdout: str
    stderr: str

    @property
    def sync(self) -> Mapping[str, Any]:
        """Its JSON document's part."""
        assert "sync" in self.stdout, self.stdout + self.stderr
        document = json.loads(self.stdout)
        require_published(["sync-db"], document)
        found: Mapping[str, Any] = document["sync"]
        return found

    @property
    def error(self) -> Mapping[str, Any]:
        """Why it stopped."""
        assert "error" in self.stdout, self.stdout + self.stderr
        found: Mapping[str, Any] = json.loads(self.stdout)["error"]
        return found


@dataclass(frozen=True)
class Development:
    """The project and its database.

    Attributes:
        driver: of SQLAlchemy, that DATABASE_URL names; empty for none.
        python: the project's own; empty where it is the tool's.
    """

    project: Project
    server: Production
    driver: str = ""
    python: str = ""

    @property
    def versions(self) -> list[str]:
        """Names in the directory of revisions, hidden ones too."""
        directory = self.project.directory / "migrations" / "versions"
        return sorted(path.name for path in directory.iterdir() if path.name != "__pycache__")

    def models(self, user: str = "", more: str = "") -> None:
        """Write models.py; `user` are further lines of the class User, `more` further classes."""
        text = MODELS.replace("{user}", user.replace("\n", "\n    ")) + more
        (self.project.directory / "models.py").write_text(text, encoding="utf-8")

    def sync(self, *words: str, **variables: str) -> Answer:
        """Run it, with --json."""
        done = subprocess.run(
            self.words("--json", *words), cwd=self.project.directory, env=self.environment(**variables),
            capture_output=True, text=True, timeout=SYNC_SECONDS, check=False,
        )
        return Answer(done.returncode, done.stdout, done.stderr)

    def words(self, *words: str) -> list[str]:
        """The command line."""
        own_python = ["--python", self.python] if self.python else []
        return [
            sys.executable, str(ROOT / "scripts" / "sync_db.py"), "--project-directory",
            str(self.project.directory), *own_python, *words,
        ]

    def environment(self, **variables: str) -> dict[str, str]:
        """A developer's."""
        url = self.server.url_of("shop", f"postgresql+{self.driver}" if self.driver else "postgresql")
        given = {"DATABASE_URL": url, "ENVIRONMENT": "development", "PYTHONDONTWRITEBYTECODE": "1"}
        return {name: value for name, value in clean_environment(given | variables).items() if value}

    def in_step(self) -> Answer:
        """Bring it up to date with the present models."""
        answer = self.sync("--auto", "--no-backup")
        assert answer.exit_code == 0, answer.stdout + answer.stderr
        return answer


def make_development(
    directory: Path, server: Production, environment: str = "env_models", *, driver: str = "", python: str = ""
) -> Development:
    """A project whose models lie beside alembic.ini, without revisions, on an empty database.

    Args:
        environment: its env.py, a file of tests/fixtures/alembic_projects.
        driver, python: see Development.
    """
    project = make_project(directory, environment, ini_lines=["prepend_sys_path = ."])
    (directory / "migrations" / "script.py.mako").write_text(TEMPLATE, encoding="utf-8")
    development = Development(project, server, driver, python)
    development.models()
    return development
