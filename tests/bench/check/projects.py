"""Real histories: packages that carry their Alembic migrations, and an ini file for each."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from tests.bench.check.places import site_packages, virtual_environment

UNREACHABLE = "surefoot:scratch@127.0.0.1:1/scratch"
# Prefect's env.py is made to run in a worker thread of its server; anywhere else it stops at once.
PREFECT_ENV = """import runpy

import anyio


async def main():
    await anyio.to_thread.run_sync(runpy.run_path, {env!r})


anyio.run(main)
"""


@dataclass(frozen=True)
class Project:
    """A history to try.

    Attributes:
        ini: made by the bench.
        variables: for env.py; `{url}` in a value is the database, `{home}` a directory that it may write to.
        scheme: what its env.py wants before `://`.
        versions: where its revisions are.
    """

    name: str
    python: Path
    ini: Path
    variables: Mapping[str, str]
    scheme: str
    versions: Path

    def environment(self, url: str, home: Path) -> dict[str, str]:
        """The variables, filled in."""
        return {name: value.format(url=url, home=home) for name, value in self.variables.items()}


def all_projects(directory: Path) -> list[Project]:
    """Every project, its packages installed; small files of the bench's own go to the directory."""
    made: list[Callable[[Path], Project]] = [airflow, prefect, phoenix]
    projects = []
    for make in made:
        own = directory / make.__name__
        own.mkdir(parents=True, exist_ok=True)
        projects.append(make(own))
    return projects


def airflow(own: Path) -> Project:
    """Apache Airflow's core."""
    venv = virtual_environment("airflow", ("apache-airflow-core==3.3.2", "psycopg2-binary", "asyncpg"))
    migrations = site_packages(venv) / "airflow" / "migrations"
    return Project(
        "airflow-core 3.3.2", venv / "bin" / "python", _ini(own, migrations),
        {"AIRFLOW__DATABASE__SQL_ALCHEMY_CONN": "{url}", "AIRFLOW_HOME": "{home}"}, "postgresql+psycopg2",
        migrations / "versions",
    )


def prefect(own: Path) -> Project:
    """Prefect: its revisions for PostgreSQL lie beside those for SQLite."""
    venv = virtual_environment("prefect", ("prefect==3.8.8", "psycopg2-binary"))
    migrations = site_packages(venv) / "prefect" / "server" / "database" / "_migrations"
    scripts = own / "scripts"
    scripts.mkdir(exist_ok=True)
    (scripts / "env.py").write_text(PREFECT_ENV.format(env=str(migrations / "env.py")), encoding="utf-8")
    versions = migrations / "versions" / "postgresql"
    variables = {
        "PREFECT_API_DATABASE_CONNECTION_URL": "{url}", "PREFECT_SERVER_DATABASE_CONNECTION_URL": "{url}",
        "PREFECT_HOME": "{home}",
    }
    ini = _ini(own, scripts, f"version_locations = {versions}\n")
    return Project("prefect 3.8.8", venv / "bin" / "python", ini, variables, "postgresql+asyncpg", versions)


def phoenix(own: Path) -> Project:
    """Arize Phoenix: the whole history runs in one transaction."""
    venv = virtual_environment("phoenix", ("arize-phoenix==20.26.1", "psycopg[binary]", "asyncpg", "psycopg2-binary"))
    migrations = site_packages(venv) / "phoenix" / "db" / "migrations"
    variables = {"PHOENIX_SQL_DATABASE_URL": "{url}", "PHOENIX_WORKING_DIR": "{home}"}
    return Project(
        "arize-phoenix 20.26.1", venv / "bin" / "python", _ini(own, migrations), variables,
        "postgresql+asyncpg", migrations / "versions",
    )


def _ini(own: Path, scripts: Path, more: str = "") -> Path:
    """An alembic.ini that names the project's own environment; the URL comes from its variables."""
    path = own / "alembic.ini"
    path.write_text(f"[alembic]\nscript_location = {scripts}\npath_separator = os\n{more}", encoding="utf-8")
    return path
