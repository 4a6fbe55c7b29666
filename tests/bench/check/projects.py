"""Real histories: packages that carry their Alembic migrations, and how each is run."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from tests.bench.check.places import site_packages, virtual_environment

# Prefect's env.py is made to run in a worker thread of its server; anywhere else it stops at once.
PREFECT_ENV = """import runpy

import anyio


async def main():
    await anyio.to_thread.run_sync(runpy.run_path, {env!r})


anyio.run(main)
"""


NOWHERE = "surefoot:scratch@127.0.0.1:1/scratch"  # the check must never need the URL that it is given
# What fileConfig() of an env.py wants to find.
NO_LOGGING = """
[loggers]
keys = root
[handlers]
keys =
[formatters]
keys =
[logger_root]
level = WARN
handlers =
"""


@dataclass(frozen=True)
class Project:
    """A history to try.

    Attributes:
        ini: for the tracer; made by the bench; `{url}` in it is the database.
        own_ini: the project's own, which the check is given.
        variables: for env.py; `{url}` in a value is the database, `{home}` a directory that it may write to.
        scheme: what its env.py wants before `://`.
        versions: where its revisions are.
        command: the project's own migration command, for the check; empty where `alembic upgrade` does.
    """

    name: str
    python: Path
    ini: Path
    own_ini: Path
    variables: Mapping[str, str]
    scheme: str
    versions: Path
    command: str = ""

    def environment(self, url: str, home: Path) -> dict[str, str]:
        """The variables, filled in."""
        return {name: value.format(url=url, home=home) for name, value in self.variables.items()}


def airflow(own: Path) -> Project:
    """Apache Airflow's core."""
    venv = virtual_environment("airflow")
    package = site_packages(venv) / "airflow"
    migrations = package / "migrations"
    return Project(
        "airflow", venv / "bin" / "python", _ini(own, migrations), package / "alembic.ini",
        {"AIRFLOW__DATABASE__SQL_ALCHEMY_CONN": "{url}", "AIRFLOW_HOME": "{home}"}, "postgresql+psycopg2",
        migrations / "versions",
    )


def prefect(own: Path) -> Project:
    """Prefect: its revisions for PostgreSQL lie beside those for SQLite."""
    venv = virtual_environment("prefect")
    database = site_packages(venv) / "prefect" / "server" / "database"
    migrations = database / "_migrations"
    scripts = own / "scripts"
    scripts.mkdir(exist_ok=True)
    (scripts / "env.py").write_text(PREFECT_ENV.format(env=str(migrations / "env.py")), encoding="utf-8")
    versions = migrations / "versions" / "postgresql"
    variables = {
        "PREFECT_API_DATABASE_CONNECTION_URL": "{url}", "PREFECT_SERVER_DATABASE_CONNECTION_URL": "{url}",
        "PREFECT_HOME": "{home}",
    }
    ini = _ini(own, scripts, f"version_locations = {versions}\n")
    return Project(
        "prefect", venv / "bin" / "python", ini, database / "alembic.ini", variables, "postgresql+asyncpg", versions,
        f"{venv / 'bin' / 'prefect'} server database upgrade -y",
    )


def phoenix(own: Path) -> Project:
    """Arize Phoenix: the whole history runs in one transaction."""
    venv = virtual_environment("phoenix")
    database = site_packages(venv) / "phoenix" / "db"
    migrations = database / "migrations"
    variables = {"PHOENIX_SQL_DATABASE_URL": "{url}", "PHOENIX_WORKING_DIR": "{home}"}
    return Project(
        "phoenix", venv / "bin" / "python", _ini(own, migrations), database / "alembic.ini", variables,
        "postgresql+asyncpg", migrations / "versions",
    )


def optuna(own: Path) -> Project:
    """Optuna: a small history that reads rows through the server's own cursors."""
    venv = virtual_environment("optuna")
    scripts = site_packages(venv) / "optuna" / "storages" / "_rdb" / "alembic"
    return from_scripts(own, scripts, venv / "bin" / "python")


def from_scripts(own: Path, scripts: Path, python: Path | None = None) -> Project:
    """Any directory with env.py and versions/, whose env.py takes `sqlalchemy.url` from its configuration."""
    python = python or virtual_environment("generated") / "bin" / "python"
    scheme = "postgresql+psycopg2"
    checked = own / "checked.ini"
    lines = "sqlalchemy.url = {url}\n" + NO_LOGGING
    ini = _ini(own, scripts, lines)
    checked.write_text(ini.read_text(encoding="utf-8").replace("{url}", f"{scheme}://{NOWHERE}"), encoding="utf-8")
    return Project(own.name, python, ini, checked, {}, scheme, scripts / "versions")


PROJECTS: Mapping[str, Callable[[Path], Project]] = {
    "airflow": airflow, "prefect": prefect, "phoenix": phoenix, "optuna": optuna,
}


def open_project(name: str, directory: Path) -> Project:
    """A project by its name, or by the path of its scripts; small files of the bench's own go to the directory."""
    own = directory / Path(name).name
    own.mkdir(parents=True, exist_ok=True)
    return PROJECTS[name](own) if name in PROJECTS else from_scripts(own, Path(name).resolve())


def _ini(own: Path, scripts: Path, more: str = "") -> Path:
    """An alembic.ini that names the project's own environment; the URL comes from its variables."""
    path = own / "alembic.ini"
    path.write_text(f"[alembic]\nscript_location = {scripts}\npath_separator = os\n{more}", encoding="utf-8")
    return path
