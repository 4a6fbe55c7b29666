"""What is measured: the seeds' commands, and ours in a process of their own."""

from __future__ import annotations

import json
import resource
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from tests.bench.backup.data import NAME, Programs

ROOT = Path(__file__).resolve().parents[3]


@dataclass(frozen=True)
class Cost:
    """Of one run.

    Attributes:
        seconds: on the clock.
        cpu_seconds: of the programs that it started, and of itself.
        own_megabytes: the most memory that our own process held; 0 where there is none.
        all_cpu_seconds: with the server's part.
    """

    seconds: float
    cpu_seconds: float
    own_megabytes: float = 0
    all_cpu_seconds: float = 0


def timed(argv: Sequence[str], *, output: Path | None = None) -> Cost:
    """Run one program, its output into a file where wanted."""
    before, began = resource.getrusage(resource.RUSAGE_CHILDREN), time.monotonic()
    with (output or Path("/dev/null")).open("wb") as file:
        subprocess.run(list(argv), stdout=file, stderr=subprocess.PIPE, stdin=subprocess.DEVNULL, check=True)
    seconds, after = time.monotonic() - began, resource.getrusage(resource.RUSAGE_CHILDREN)
    return Cost(seconds, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)


def seed_dump(programs: Programs, path: Path) -> Cost:
    """`pg_dump > f.sql`."""
    return timed(programs.argv("pg_dump", NAME), output=path)


def seed_restore(programs: Programs, path: Path, database: str) -> Cost:
    """`psql < f.sql`, into a database that is there and empty."""
    programs.psql("postgres", f"CREATE DATABASE {database}")
    try:
        return timed(programs.argv("psql", "-X", "-q", "-v", "ON_ERROR_STOP=1", "-d", database, "-f", str(path)))
    finally:
        programs.psql("postgres", f"DROP DATABASE {database}")


def bare_dump(programs: Programs, path: Path, compression: str) -> Cost:
    """Our format and compression, by pg_dump alone."""
    return timed(programs.argv("pg_dump", "-Fc", f"--compress={compression}", NAME), output=path)


def ours(action: str, programs: Programs, directory: Path, **words: object) -> tuple[Cost, dict[str, object]]:
    """One of the actions of `ours.py`."""
    server = programs.server
    address = {"host": server.address, "port": server.port, "user": server.user, "database_name": NAME}
    asked = {"action": action, "address": address, "major": server.major, "directory": str(directory), **words}
    done = subprocess.run(
        [sys.executable, "-m", "tests.bench.backup.ours"], input=json.dumps(asked), text=True, check=True, cwd=ROOT,
        stdout=subprocess.PIPE,
    )
    answer = json.loads(done.stdout)
    return Cost(**answer.pop("cost")), answer


def own_cost(seconds: float) -> dict[str, float]:
    """Of the process that asks, for its answer."""
    own, others = resource.getrusage(resource.RUSAGE_SELF), resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu = own.ru_utime + own.ru_stime + others.ru_utime + others.ru_stime
    return asdict(Cost(seconds, cpu, own.ru_maxrss / 1024))
