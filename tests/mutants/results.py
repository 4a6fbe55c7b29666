"""What came of each mutant, and which survivors somebody has looked at."""

from __future__ import annotations

import json
import tomllib
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

REVIEWED = Path(__file__).with_name("reviewed")
# Mutmut's exit codes; every other one is a test that failed, or a process that did not live through the mutant.
SURVIVED, REFUSED_BY_MYPY = 0, 37
NO_TEST = (5, 33)
TIMEOUTS = (24, 36, 152, 255, -24)
ALIVE = frozenset({"survived", "untested", "not tried"})


@dataclass(frozen=True)
class Mutant:
    """One change in one function.

    Attributes:
        function: `file.function` or `file.Class.method`, below the room's folder.
        was: the lines that it took away.
        became: the lines that it put there.
        outcome: killed, survived, timeout, untested, refused by mypy, not tried.
    """

    function: str
    was: tuple[str, ...]
    became: tuple[str, ...]
    outcome: str
    diff: str

    @property
    def is_alive(self) -> bool:
        return self.outcome in ALIVE


@dataclass(frozen=True)
class Reviewed:
    """A survivor, or a few of one kind, of which somebody has said why it may live.

    Attributes:
        function: as in Mutant.
        was: a part of what it took away.
        became: parts of what it put there, of which one is enough.
        why: the reason.
    """

    function: str
    was: str
    became: tuple[str, ...]
    why: str

    def covers(self, mutant: Mutant) -> bool:
        there = "\n".join(mutant.became)
        is_there = any(part in there for part in self.became)
        return self.function == mutant.function and self.was in "\n".join(mutant.was) and is_there


@dataclass(frozen=True)
class Judged:
    """A room's mutants beside what was reviewed.

    Attributes:
        unreviewed: survivors that nobody has looked at.
        outdated: entries whose mutant does not live any more.
    """

    counts: Counter[str]
    reviewed: int
    unreviewed: tuple[Mutant, ...]
    outdated: tuple[Reviewed, ...]

    @property
    def is_good(self) -> bool:
        return not self.unreviewed and not self.outdated


def is_alive(exit_code: int | None) -> bool:
    """Whether nothing noticed the mutant."""
    return _outcome(exit_code) in ALIVE


def read_mutants(found: str) -> list[Mutant]:
    """What `mutate.py` wrote."""
    return [_mutant(row["name"], row["exit_code"], row["diff"]) for row in json.loads(found)]


def read_reviewed(room_name: str) -> list[Reviewed]:
    """`reviewed/ROOM.toml`; a room without survivors needs none."""
    path = REVIEWED / f"{room_name}.toml"
    rows = tomllib.loads(path.read_text())["survivor"] if path.exists() else []
    return [Reviewed(row["function"], row["was"], tuple(row["became"]), row["why"]) for row in rows]


def judge(mutants: Sequence[Mutant], reviewed: Sequence[Reviewed]) -> Judged:
    """Set the survivors beside the reviewed ones."""
    alive = [mutant for mutant in mutants if mutant.is_alive]
    unreviewed = tuple(mutant for mutant in alive if not any(entry.covers(mutant) for entry in reviewed))
    outdated = tuple(entry for entry in reviewed if not any(entry.covers(mutant) for mutant in alive))
    counts = Counter(mutant.outcome for mutant in mutants)
    return Judged(counts, len(alive) - len(unreviewed), unreviewed, outdated)


def _mutant(name: str, exit_code: int | None, diff: str) -> Mutant:
    changed = [line for line in diff.splitlines() if not line.startswith(("---", "+++"))]
    return Mutant(_function(name), _lines(changed, "-"), _lines(changed, "+"), _outcome(exit_code), diff)


def _lines(changed: Iterable[str], sign: str) -> tuple[str, ...]:
    return tuple(line[1:].strip() for line in changed if line.startswith(sign))


def _function(name: str) -> str:
    """`deploy.engine.journal.xǁJournalǁclose__mutmut_3`, `deploy.engine.run_plan.x__leave__mutmut_1`."""
    module, _, mangled = name.rpartition(".")
    function = mangled.rpartition("__mutmut_")[0]
    file = module.split(".", 2)[2]
    return f"{file}.{function[2:]}" if function.startswith("x_") else f"{file}{function[1:].replace('ǁ', '.')}"


def _outcome(exit_code: int | None) -> str:
    if exit_code is None:
        return "not tried"
    if exit_code in NO_TEST:
        return "untested"
    if exit_code in TIMEOUTS:
        return "timeout"
    return {SURVIVED: "survived", REFUSED_BY_MYPY: "refused by mypy"}.get(exit_code, "killed")
