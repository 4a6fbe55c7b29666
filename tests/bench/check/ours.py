"""The check, run from outside as a user runs it, and its JSON."""

from __future__ import annotations

import json
import subprocess
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.bench.check.places import CHECK_SH
from tests.bench.check.projects import NOWHERE, Project
from tests.bench.check.scores import LABELS

PARSED = ("--no-server",)
REFUSED = frozenset({"high", "very high"})
SECONDS = 900


@dataclass(frozen=True)
class Said:
    """What one tool says of one statement.

    Attributes:
        labels: of scores.LABELS.
    """

    sql: str
    labels: frozenset[str]


BY_TABLE = "the table of risks"


@dataclass(frozen=True)
class Answer:
    """One run of the check.

    Attributes:
        statements: by revision (or file), in their order.
        dangers: each revision's kinds of danger, by which a gate decides.
        error: why there is no answer; empty where there is one.
        refused: what the tool stops when nothing is said about where to stop (ours: --fail-on high).
        asked: those of them that only the guides' table of risks lets a person decide.
    """

    statements: Mapping[str, Sequence[Said]]
    dangers: Mapping[str, frozenset[str]]
    error: str
    seconds: float
    refused: frozenset[str] = frozenset()
    asked: frozenset[str] = frozenset()


def check_project(project: Project, home: Path, major: int, *words: str) -> Answer:
    """The whole history of a project, from its own ini file."""
    argv = ["--config", str(project.own_ini), "--python", str(project.python), "--from", "base"]
    for name, value in project.environment(f"{project.scheme}://{NOWHERE}", home).items():
        argv += ["--env", f"{name}={value}"]
    if project.command and words != PARSED:
        argv += ["--run", project.command]
    return run_check([*argv, "--major", str(major), *words], home)


def check_files(paths: Sequence[Path], home: Path, major: int, *words: str) -> Answer:
    """Plain SQL, a revision a file; without any there is no answer."""
    if not paths:
        return Answer({}, {}, "there is no SQL: no revision ran", 0.0)
    argv = [word for path in paths for word in ("--sql", str(path))]
    return run_check([*argv, "--major", str(major), *words], home)


def run_check(words: Sequence[str], home: Path) -> Answer:
    """migration-check.sh with these words."""
    argv = [
        str(CHECK_SH), "--json", "--no-database", "--fail-on", "never", "--output", str(home / "preview.sql"), *words
    ]
    started = time.perf_counter()
    done = subprocess.run(argv, capture_output=True, text=True, timeout=SECONDS, check=False, cwd=home)
    seconds = time.perf_counter() - started
    if done.returncode != 0:
        return Answer({}, {}, _problem(done), seconds)
    return read_report(json.loads(done.stdout), seconds)


def _problem(done: subprocess.CompletedProcess[str]) -> str:
    """The check's own sentence, or the last that it printed."""
    try:
        return str(json.loads(done.stdout)["error"]["what"])
    except (ValueError, KeyError, TypeError):
        said = (done.stderr.strip() or done.stdout.strip()).splitlines()
        return said[-1] if said else f"exit {done.returncode}"


def read_report(report: Mapping[str, Any], seconds: float) -> Answer:
    """The JSON document of `check --json`."""
    statements: dict[str, list[Said]] = {}
    dangers = {}
    for revision in report["risk"]["revisions"]:
        name = Path(revision["revision_id"]).name
        statements[name] = []
        dangers[name] = frozenset(revision["kinds_of_danger"])
    for item in report["statements"]:
        labels = frozenset(label for label in LABELS if item[f"is_{label}"])
        statements.setdefault(Path(item["revision_id"]).name, []).append(Said(item["sql"], labels))
    stopped = {Path(r["revision_id"]).name: r for r in report["risk"]["revisions"] if r["level"] in REFUSED}
    asked = frozenset(
        name for name, r in stopped.items() if all(why.startswith(BY_TABLE) for why in r.get("asks_because", ["-"]))
    )
    return Answer(statements, dangers, "", seconds, frozenset(stopped), asked)
