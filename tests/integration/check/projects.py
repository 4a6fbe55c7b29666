"""Alembic projects for the check's tests, and the check run on them as a user runs it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import textwrap
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[3]
ENVIRONMENTS = ROOT / "tests" / "fixtures" / "alembic_projects"
NO_SERVER_THERE = "postgresql+asyncpg://shop:secret@127.0.0.1:1/shop"
CHECK_SECONDS = 120

REVISION = '''"""{message}"""

import sqlalchemy as sa
from alembic import op

revision = "{revision}"
down_revision = {down!r}
branch_labels = {labels!r}
depends_on = {depends_on!r}


def upgrade():
{body}


def downgrade():
{downgrade}
'''


@dataclass(frozen=True)
class Project:
    """One directory with alembic.ini, env.py and revisions."""

    directory: Path

    def revision(
        self, revision: str, down: str | tuple[str, ...] | None, body: str, *, labels: tuple[str, ...] | None = None,
        depends_on: str | tuple[str, ...] | None = None, folder: str = "migrations/versions", before: str = "",
        downgrade: str = "pass",
    ) -> None:
        """Write a revision whose upgrade() is `body`; `before` stands above it, at the module's level."""
        text = REVISION.format(
            message=f"about {revision}", revision=revision, down=down, labels=labels, depends_on=depends_on,
            body=textwrap.indent(textwrap.dedent(body).strip("\n"), "    "),
            downgrade=textwrap.indent(textwrap.dedent(downgrade).strip("\n"), "    "),
        )
        text = text.replace("\n\ndef upgrade", f"\n\n{textwrap.dedent(before)}\n\ndef upgrade")
        path = self.path_of(revision, folder)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")

    def path_of(self, revision: str, folder: str = "migrations/versions") -> Path:
        """The revision's file."""
        return self.directory / folder / f"{revision}.py"

    def line_of(self, revision: str, mark: str, folder: str = "migrations/versions") -> int:
        """The 1-based line of this file that holds the mark, a comment such as `# <add>`."""
        lines = self.path_of(revision, folder).read_text(encoding="utf-8").splitlines()
        (found,) = [number for number, line in enumerate(lines, start=1) if f"# <{mark}>" in line]
        return found


def make_project(
    directory: Path, environment: str = "env_async", url: str = NO_SERVER_THERE, ini_lines: Sequence[str] = ()
) -> Project:
    """A project without revisions.

    Args:
        environment: a file of tests/fixtures/alembic_projects.
        url: sqlalchemy.url of alembic.ini, and what stands for @URL@ in env.py.
        ini_lines: further lines of its section [alembic].
    """
    (directory / "migrations" / "versions").mkdir(parents=True)
    env_text = (ENVIRONMENTS / f"{environment}.py").read_text(encoding="utf-8")
    (directory / "migrations" / "env.py").write_text(env_text.replace("@URL@", url), encoding="utf-8")
    lines = ["[alembic]", "script_location = migrations", f"sqlalchemy.url = {url}", *ini_lines]
    (directory / "alembic.ini").write_text("\n".join(lines) + "\n", encoding="utf-8")
    return Project(directory)


@dataclass(frozen=True)
class Answer:
    """What one run of the command said."""

    exit_code: int
    stdout: str
    stderr: str

    @property
    def report(self) -> Mapping[str, Any]:
        """Its JSON document; an error instead of a report fails the test with its words."""
        document = json.loads(self.stdout)
        assert document["schema"].startswith("surefoot/check/"), self.stdout + self.stderr
        return document

    @property
    def error(self) -> Mapping[str, Any]:
        """What it says where it could not check."""
        return json.loads(self.stdout)["error"]

    def of(self, revision: str) -> list[Mapping[str, Any]]:
        """The statements of a revision, in their order."""
        return [item for item in self.report["statements"] if item["revision_id"] == revision]

    def one(self, sql_part: str) -> Mapping[str, Any]:
        """The one statement whose SQL holds this."""
        (found,) = [item for item in self.report["statements"] if sql_part in item["sql"]]
        return found

    @property
    def revision_ids(self) -> list[str]:
        """Of the report's revisions, in their order."""
        return [item["revision_id"] for item in self.report["risk"]["revisions"]]


def locks_of(statement: Mapping[str, Any]) -> dict[str, str]:
    """Relation -> mode, as it was measured."""
    assert statement["measured"] is not None, statement["sql"]
    return {lock["relation"]: lock["mode"] for lock in statement["measured"]["locks"]}


def check_words(*words: str) -> list[str]:
    """The command line of a check."""
    return [sys.executable, str(ROOT / "scripts" / "deploy.py"), "check", *words]


def clean_environment(variables: Mapping[str, str] | None = None) -> dict[str, str]:
    """This process's, without what names a database; active is the environment of the tests, which has Alembic."""
    dropped = ("DATABASE_URL", "DEPLOY_", "PG")
    kept = {name: value for name, value in os.environ.items() if not name.startswith(dropped)}
    return {**kept, "VIRTUAL_ENV": sys.prefix, **(variables or {})}


def check(
    project: Project, *words: str, variables: Mapping[str, str] | None = None, has_database: bool = False
) -> Answer:
    """Run the check on a project, with --json; without a database unless told so."""
    more = () if has_database else ("--no-database",)
    done = subprocess.run(
        check_words("--json", "--output", str(project.directory / "preview.sql"), *more, *words),
        cwd=project.directory, env=clean_environment(variables), capture_output=True, text=True,
        timeout=CHECK_SECONDS, check=False,
    )
    return Answer(done.returncode, done.stdout, done.stderr)
