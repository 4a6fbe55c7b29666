"""The truth about a project's history, from truth.py in the project's own Python on a scratch server."""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import asyncpg

from deploy.adapters.scratch.binaries import ServerBinaries
from deploy.adapters.scratch.clusters import SUPERUSER
from deploy.adapters.scratch.server import ScratchServer, scratch_server
from tests.bench.check.projects import Project

LABELS = ("block", "long", "rewrite", "loss")
PROGRAM = Path(__file__).with_name("truth.py")
DATABASE = "history"
SECONDS = 900


@dataclass(frozen=True)
class TrueStatement:
    """One statement of a revision, and what it did.

    Attributes:
        sql: with its values in it.
        sent: as SQLAlchemy sent it, with the driver's placeholders.
    """

    sql: str
    sent: str
    line: int
    labels: frozenset[str]


@dataclass(frozen=True)
class TrueRevision:
    """One revision, as it ran."""

    revision_id: str
    path: Path
    statements: tuple[TrueStatement, ...]

    @property
    def is_dangerous(self) -> bool:
        """Whether a gate should stop it."""
        return any(statement.labels & {"long", "loss"} for statement in self.statements)


@contextmanager
def empty_database(binaries: ServerBinaries, name: str) -> Iterator[ScratchServer]:
    """A server with one empty database."""
    with scratch_server(binaries) as server:
        asyncio.run(_create(server, name))
        yield server


async def _create(server: ScratchServer, name: str) -> None:
    connection = await asyncpg.connect(host=server.address, user=SUPERUSER, database="postgres")
    try:
        await connection.execute(f"CREATE DATABASE {name}")
    finally:
        await connection.close()


def url_of(server: ScratchServer, scheme: str, name: str) -> str:
    """Its URL, by the socket; nobody else can be meant."""
    return f"{scheme}://{SUPERUSER}@/{name}?host={server.socket_directory}"


def true_history(project: Project, binaries: ServerBinaries, directory: Path) -> tuple[list[TrueRevision], str]:
    """Every revision, and why the history stopped (empty where it did not)."""
    output = directory / "truth.json"
    with empty_database(binaries, DATABASE) as server:
        url = url_of(server, project.scheme, DATABASE)
        config = {
            "ini": str(_with_url(project.ini, url)), "log": str(server.log_path), "output": str(output),
            "address": {"host": str(server.socket_directory), "user": SUPERUSER, "database": DATABASE},
        }
        variables = os.environ | project.environment(url, directory)
        done = subprocess.run(
            [str(project.python), str(PROGRAM), json.dumps(config)], env=variables, cwd=directory,
            capture_output=True, text=True, timeout=SECONDS, check=False,
        )
    if not output.exists():
        return [], (done.stderr.strip().splitlines() or ["it printed nothing"])[-1]
    raw = json.loads(output.read_text(encoding="utf-8"))
    return [_read(revision) for revision in raw["revisions"]], raw["error"]


def _with_url(ini: Path, url: str) -> Path:
    """The file with its `{url}` filled in, beside it."""
    filled = ini.with_name(f"filled-{ini.name}")
    text = ini.read_text(encoding="utf-8").replace("{url}", url.replace("%", "%%"))
    filled.write_text(text.replace("%(here)s", str(ini.parent)), encoding="utf-8")
    return filled


def _read(raw: dict[str, object]) -> TrueRevision:
    statements = tuple(
        TrueStatement(item["sql"], item["sent"], item["line"], frozenset(label for label in LABELS if item[label]))
        for item in raw["statements"]  # type: ignore[attr-defined]
    )
    return TrueRevision(str(raw["revision"]), Path(str(raw["path"])), statements)
