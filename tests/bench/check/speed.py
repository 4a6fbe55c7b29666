"""How long the check takes, beside the project's own upgrade and beside squawk on the same SQL. Medians of one session."""

from __future__ import annotations

import os
import re
import subprocess
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median

from deploy.adapters.scratch.binaries import ServerBinaries
from tests.bench.check import ours, peers
from tests.bench.check.generated import revision_id, write_project
from tests.bench.check.histories import PARSED, our_ways
from tests.bench.check.places import virtual_environment
from tests.bench.check.projects import NOWHERE
from tests.bench.check.truths import empty_database, url_of

MANY = 500
DATABASE = "generated"
SCHEME = "postgresql+psycopg2"
_REVISION = re.compile(r"^-- Running upgrade .*$", re.MULTILINE)


class BenchError(Exception):
    """What was to be timed did not work."""


@dataclass(frozen=True)
class Speed:
    """Medians, in seconds of wall time.

    Attributes:
        one: one pending revision, scratch server's start included, as `check` on the command line.
        many: 500 revisions measured, likewise.
        own: the project's own `alembic upgrade head` of the same 500 on a server that runs already.
        text: the same 500 parsed (`--no-server`), the project's own rendering included.
        sql: the same SQL as 500 files, parsed (`--no-server --sql`).
        squawk: squawk on the same 500 files in one call.
        runs: how many runs each median is of.
        text and sql are None in an installation without the prediction.
    """

    one: float
    many: float
    own: float
    squawk: float
    runs: int
    text: float | None = None
    sql: float | None = None

    @property
    def beyond(self) -> float:
        """What the measurement of 500 revisions takes beyond the project's own import and replay."""
        return self.many - self.own


def measure_speed(directory: Path, binaries: ServerBinaries, runs: int) -> Speed:
    """Everything, on a generated project; the runs of each kind take turns, so that a busy moment hits all.

    Raises:
        BenchError: the check or the upgrade failed.
    """
    home = directory / "generated"
    home.mkdir(parents=True, exist_ok=True)
    ini = write_project(home, MANY)
    python = virtual_environment("generated") / "bin" / "python"
    words = [
        "--config", str(ini), "--python", str(python), "--major", str(binaries.major), "--env",
        f"DATABASE_URL={SCHEME}://{NOWHERE}",
    ]
    files = _write_files(home, python)
    sql_words = [word for path in files for word in ("--sql", str(path))]
    small = home / "small"
    one = [
        "--config", str(write_project(small, 2)), *words[2:], "--from", revision_id(0),
    ]
    kinds: dict[str, Callable[[], float]] = {
        "one": lambda: _check(one, home, 1),
        "many": lambda: _check([*words, "--from", "base"], home, MANY),
        "own": lambda: _own_upgrade(home, ini, python, binaries),
        "text": lambda: _check([*words, "--from", "base", *ours.PARSED], home, MANY),
        "sql": lambda: _check([*sql_words, "--major", str(binaries.major), *ours.PARSED], home, MANY),
        "squawk": lambda: peers.squawk(files, binaries.major).seconds,
    }
    if PARSED not in our_ways():
        del kinds["text"], kinds["sql"]
    taken: dict[str, list[float]] = {kind: [] for kind in kinds}
    for _ in range(runs):
        for kind, run in kinds.items():
            taken[kind].append(run())
    return Speed(**{kind: median(seconds) for kind, seconds in taken.items()}, runs=runs)


def _check(words: Sequence[str], home: Path, revisions: int) -> float:
    answer = ours.run_check(words, home)
    if answer.error or len(answer.dangers) != revisions:
        raise BenchError(f"the check of {revisions} revisions gave {len(answer.dangers)}: {answer.error}")
    return answer.seconds


def _own_upgrade(home: Path, ini: Path, python: Path, binaries: ServerBinaries) -> float:
    with empty_database(binaries, DATABASE) as server:
        variables = os.environ | {"DATABASE_URL": url_of(server, SCHEME, DATABASE)}
        started = time.perf_counter()
        done = _alembic(python, ini, ("upgrade", "head"), home, variables)
        seconds = time.perf_counter() - started
    if done.returncode != 0:
        raise BenchError(f"alembic upgrade: {done.stderr.strip()[-300:]}")
    return seconds


def _write_files(home: Path, python: Path) -> list[Path]:
    """Alembic's own offline SQL, a file a revision."""
    variables = os.environ | {"DATABASE_URL": f"{SCHEME}://{NOWHERE}"}
    done = _alembic(python, home / "alembic.ini", ("upgrade", "head", "--sql"), home, variables)
    if done.returncode != 0:
        raise BenchError(f"alembic upgrade --sql: {done.stderr.strip()[-300:]}")
    pieces = _REVISION.split(done.stdout)[1:]
    directory = home / "sql"
    directory.mkdir(exist_ok=True)
    paths = []
    for number, piece in enumerate(pieces):
        path = directory / f"{revision_id(number)}.sql"
        lines = [line for line in piece.splitlines() if line not in {"BEGIN;", "COMMIT;"}]
        path.write_text("\n".join(lines), encoding="utf-8")
        paths.append(path)
    return paths


def _alembic(
    python: Path, ini: Path, words: Sequence[str], home: Path, variables: dict[str, str]
) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [str(python), "-m", "alembic", "-c", str(ini), *words], cwd=home, env=variables, capture_output=True, text=True,
        check=False,
    )
