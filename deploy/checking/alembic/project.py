"""An Alembic project, wherever its Python is: a directory of this machine, or an image."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import Any

from deploy.checking.alembic.isolation import isolating_words
from deploy.checking.alembic.project_python import hint_of_missing_module
from deploy.model.containers import ProbeOutcome
from deploy.model.errors import BlockedError
from deploy.model.redaction import without_passwords

TRACER_VARIABLE = "SUREFOOT_TRACER"
CONFIG_FILES = ("drivers.py", "project_config.py")
PROBE_FILES = (*CONFIG_FILES, "env_words.py", "probe.py")
TRACER_FILES = (*CONFIG_FILES, "outside.py", "tracer.py", "run.py")
PROGRAM_VARIABLE = "SUREFOOT_TRACER_PROGRAM"
PROBE_SECONDS = 300.0
SETTING_MISSING = "project-setting-missing"
_SAME_ID = re.compile(r"the revision id \S+ stands in more than one file: .*")
# project_config.py's words.
_ASKED_FOR = re.compile(r"\w+(?:, \w+)* (?:is|are) asked for.*, and (?:is|are) not set.*")
BEGIN, END = "<<<surefoot-begin>>>", "<<<surefoot-end>>>"

# argv, environment, directories to see, seconds -> what it printed
RunPython = Callable[[Sequence[str], Mapping[str, str], Mapping[Path, Path], float], ProbeOutcome]


@dataclass(frozen=True)
class AlembicProject:
    """A project to ask.

    Attributes:
        run_python: runs the project's Python with these arguments.
        ini_path: as the project's Python sees it.
        section: of the ini file.
        environment: what env.py needs. DATABASE_URL names no server unless it is given here: connections are led to
            the scratch server, or refused.
        scheme: of the project's own DATABASE_URL, `postgresql+asyncpg`; empty where it is not known.
        has_percent: whether that URL holds a `%`: then the one that stands for it does, too.
        x_arguments: Alembic's -x.
        entry: the project's own command that upgrades, where its application can be had; empty for none.
        place: for messages.
        python: the interpreter's path on this machine; empty for one in an image.
    """

    run_python: RunPython
    ini_path: str
    environment: Mapping[str, str]
    x_arguments: tuple[str, ...] = ()
    section: str = "alembic"
    place: str = ""
    scheme: str = ""
    python: str = ""
    has_percent: bool = False
    entry: tuple[str, ...] = ()

    def ask(self, *words: str) -> Any:
        """probe.py's answer to `graph` or `sql ID…`.

        Raises:
            BlockedError: there is no readable project.
        """
        program = "".join(map(program_text, PROBE_FILES))
        done = self.run_python(
            ["-c", program, self.ini_path, json.dumps(self._facts()), *words], self.environment, {}, PROBE_SECONDS
        )
        if done.exit_code != 0 or BEGIN not in done.stdout:
            require_settings(last_line(done))
            require_own_ids(last_line(done))
            raise BlockedError(
                f"{self.place} has no readable Alembic project: {last_line(done)}",
                hint=self._hint(last_line(done)), reference="image-has-no-alembic-project",
            )
        return json.loads(done.stdout.partition(BEGIN)[2].rpartition(END)[0])

    def _hint(self, said: str) -> str:
        if self.python and "No module named" in said:
            return hint_of_missing_module(self.python)
        return (
            f"is {self.ini_path} there, and does its Python have what the revisions import? (--config, --python, "
            "DEPLOY_ALEMBIC_INI)"
        )

    def trace(self, config: Mapping[str, Any], mounts: Mapping[Path, Path], timeout_seconds: float) -> ProbeOutcome:
        """Run tracer.py; the watch hears it on its socket."""
        whole = {**config, **self._facts(), "ini": self.ini_path}
        # By environment: a scratch server of the operator's own has a password, and argv is everybody's to read.
        program = "".join(map(program_text, TRACER_FILES))
        environment = {**_of_libpq(config), **self.environment, TRACER_VARIABLE: json.dumps(whole)}
        if whole["command"]:
            environment[PROGRAM_VARIABLE] = program  # for every Python that the command starts
        return self.run_python(["-c", program], environment, mounts, timeout_seconds)

    def _facts(self) -> dict[str, Any]:
        """What both programs must know of the operator's words."""
        return {
            "x": list(self.x_arguments), "section": self.section, "scheme": self.scheme,
            "has_percent": self.has_percent, "explicit": sorted(self.environment), "entry": list(self.entry),
        }


def _of_libpq(config: Mapping[str, Any]) -> dict[str, str]:
    """A psql that a revision starts without naming a server finds the scratch server."""
    facts = {
        "PGHOST": config["host"], "PGPORT": config["port"], "PGUSER": config["user"],
        "PGDATABASE": config["database"], "PGPASSWORD": config["password"],
    }
    return {name: str(value) for name, value in facts.items() if value}


def require_settings(said: str) -> None:
    """Name the settings that env.py asked for in vain, where this is what the project's Python said.

    Raises:
        BlockedError: a setting is missing.
    """
    found = _ASKED_FOR.search(said)
    if found:
        raise BlockedError(
            without_passwords(found[0]),
            hint="a check takes it from the project's .env, or from --env NAME=VALUE; a deployment takes it from the "
            "environment, env_file and secrets of the compose service that migrates, or of the application's",
            reference=SETTING_MISSING,
        )


def require_own_ids(said: str) -> None:
    """Name the files that have the same revision id, where this is what the project's Python said.

    Raises:
        BlockedError: two files have one id.
    """
    found = _SAME_ID.search(said)
    if found:
        raise BlockedError(
            found[0], hint="give one of them a new id, in its `revision` and in the `down_revision` of what follows it",
            reference="duplicate-revision-id",
        )


def last_line(done: ProbeOutcome) -> str:
    """What a program said last, or that it said nothing."""
    lines = [line.strip() for line in (done.stderr or done.stdout).splitlines() if line.strip()]
    return without_passwords(lines[-1]) if lines else f"it ended with exit code {done.exit_code} and printed nothing"


def program_text(name: str, package: str = "deploy.checking.alembic.programs") -> str:
    """A program that is sent into the project's Python."""
    return files(package).joinpath(name).read_text(encoding="utf-8")


def local_python(python: str, directory: Path, *, is_isolated: bool = False) -> RunPython:
    """A Python of this machine, in the project's directory.

    Args:
        is_isolated: without a network, where this machine allows that.
    """
    # An interpreter that is not there is to be missed by its own name.
    is_there = shutil.which(python) is not None or (directory / python).is_file()
    isolating = isolating_words() if is_isolated and is_there else ()

    def run(
        argv: Sequence[str], environment: Mapping[str, str], _: Mapping[Path, Path], timeout_seconds: float
    ) -> ProbeOutcome:
        kept = {name: value for name, value in os.environ.items() if not name.startswith("PG")}
        try:
            done = subprocess.run(
                [*isolating, python, *argv], env=kept | dict(environment), cwd=directory, capture_output=True,
                text=True, errors="replace", timeout=timeout_seconds, check=False, stdin=subprocess.DEVNULL,
            )
        except OSError as error:
            raise BlockedError(
                f"{python} cannot be run: {error.strerror}", hint="name the project's Python with --python",
                reference="project-python-missing",
            ) from None
        except subprocess.TimeoutExpired:
            raise BlockedError(
                f"the project's migrations did not end within {timeout_seconds:.0f} s",
                hint="does a revision wait for something?", reference="probe-timeout",
            ) from None
        return ProbeOutcome(done.returncode, done.stdout, done.stderr)

    return run
