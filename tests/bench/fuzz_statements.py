"""Mutated statements through the parser's door, the schema, the prediction, and the judge with every rule.

    python -m tests.bench.fuzz_statements [COUNT] [SEED]

Prints the seed, how many mutants PostgreSQL's grammar still accepts, what ends the whole process, and every crash with
its shortest text; exit code 1 where there was one. A text that cannot be read must become "unreadable", never an exception.
"""

from __future__ import annotations

import os
import random
import sys
import time
import traceback
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cache
from itertools import islice
from pathlib import Path

from deploy.checking.prediction.effects import predict
from deploy.checking.prediction.schema import Schema
from deploy.checking.prediction.schema.apply import apply
from deploy.checking.risk.evidence import from_rendered
from deploy.checking.risk.facts import Facts
from deploy.checking.risk.judge import judge_run
from deploy.checking.statements import read_statements
from deploy.model.check import Baseline
from deploy.model.risk import RevisionSql
from deploy.model.snapshot import TableSize
from tests.bench.mutants import RULES, corpus, is_readable, mutants
from tests.unit.risk.effects.fixtures import setup_sql

BATCH, CHUNK = 20, 500

@dataclass
class Crash:
    """One kind of crash: where it happened, and the shortest text that did it."""

    place: str
    text: str
    count: int = 1


@dataclass
class Found:
    """What a run found.

    Attributes:
        soft: errors that were caught and became "unknown": no crash, but a gap.
    """

    tried: int = 0
    readable: int = 0
    crashes: dict[str, Crash] = field(default_factory=dict)
    soft: dict[str, Crash] = field(default_factory=dict)


@cache
def _known_schema() -> str:
    """Without its rows: they do not matter here, and take time."""
    kept = [s.full_text for s in read_statements(setup_sql()) if s.kind != "insert_stmt"]
    return ";\n".join([*kept, (RULES / "schema.sql").read_text()])


def _facts(rng: random.Random) -> Facts:
    names = ("parent", "child", "part", "orders", "users")
    return Facts(
        existing_tables=frozenset(f"public.{name}" for name in names) if rng.random() < 0.5 else frozenset(),
        sizes={name: TableSize(name, 10**6, 10**9, 10**8) for name in names} if rng.random() < 0.5 else {},
        schema_sql=_known_schema() if rng.random() < 0.3 else "",
        server_major=rng.choice((11, 14, 15, 18)), has_advice=True, baseline=rng.choice(tuple(Baseline)),
    )


def try_texts(texts: Sequence[str], seed: int, found: Found) -> None:
    """All texts as one revision; one by one where that crashes, to know which it was."""
    rng = random.Random(seed)  # noqa: S311 - nothing secret
    facts = _facts(rng)
    _predict_alone(texts, facts, found)
    begin, commit = rng.choice((("", ""), ("BEGIN;\n", ";\nCOMMIT;\n")))
    pieces = tuple((number, begin + text + commit) for number, text in enumerate(texts, start=1))
    if _crash_of(pieces, facts) is None:
        return
    is_alone = False
    for piece in pieces:
        error = _crash_of((piece,), facts)
        if error is not None:
            is_alone = True
            _note(found.crashes, error, piece[1])
    if not is_alone:
        error = _crash_of(pieces, facts)
        _note(found.crashes, error or AssertionError("a crash that came once"), ";\n".join(texts))


def _crash_of(pieces: tuple[tuple[int, str], ...], facts: Facts) -> Exception | None:
    sql = "\n".join(text for _, text in pieces)
    revision = RevisionSql("r1", "fuzz", sql, "", "migrations/versions/r1.py", pieces=pieces)
    try:
        judge_run(from_rendered([revision]), facts)
    except Exception as error:  # noqa: BLE001 - what this program is for
        return error
    return None


def _predict_alone(texts: Sequence[str], facts: Facts, found: Found) -> None:
    """The parser, the schema and the prediction without the judge: what they caught themselves is counted too."""
    schema = Schema(server_major=facts.server_major)
    for statement in read_statements(facts.schema_sql):
        apply(schema, statement)
    for text in texts:
        found.tried += 1
        try:
            found.readable += is_readable(text)
            for statement in read_statements(text):
                effects = predict(statement, schema, server_major=facts.server_major)
                if "it was not understood (" in effects.unknown:
                    _note_text(found.soft, effects.unknown, text)
                before = len(schema.doubts)
                apply(schema, statement)
                for doubt in schema.doubts[before:]:
                    if "Error: " in doubt:
                        _note_text(found.soft, doubt.partition(": ")[0] + doubt.partition(": ")[2][:60], text)
        except Exception as error:  # noqa: BLE001 - what this program is for
            _note(found.crashes, error, text)


def _note(crashes: dict[str, Crash], error: Exception, text: str) -> None:
    frames = traceback.extract_tb(error.__traceback__)
    where = next((f for f in reversed(frames) if "/deploy/" in f.filename), frames[-1] if frames else None)
    place = f"{Path(where.filename).name}:{where.lineno}" if where else ""
    _note_text(crashes, f"{type(error).__name__} at {place}: {error}"[:150], text)


def _note_text(crashes: dict[str, Crash], place: str, text: str) -> None:
    known = crashes.get(place)
    if known is None:
        crashes[place] = Crash(place, text)
        return
    known.count += 1
    known.text = min(known.text, text, key=len)


def fuzz(count: int, seed: int) -> Found:
    """Try this many mutants."""
    found = Found()
    texts = mutants(count, seed)
    while batch := list(islice(texts, BATCH)):
        try_texts(batch, seed + found.tried, found)
    return found


def killers(count: int, seed: int) -> tuple[str, ...]:
    """The mutants that end the whole process: the parser and its deparser are written in C."""
    texts = list(mutants(count, seed))
    suspects = [texts[at : at + CHUNK] for at in range(0, len(texts), CHUNK)]
    for size in (BATCH, 1):
        suspects = [
            chunk[at : at + size] for chunk in suspects if not _survives(chunk, seed)
            for at in range(0, len(chunk), size)
        ]
    return tuple(chunk[0] for chunk in suspects if not _survives(chunk, seed))


def _survives(texts: Sequence[str], seed: int) -> bool:
    """Whether a child process lives through these."""
    pid = os.fork()
    if pid:
        return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 0
    for at in range(0, len(texts), BATCH):
        try_texts(texts[at : at + BATCH], seed, Found())
    os._exit(0)


def main(argv: Sequence[str]) -> int:
    """Print what was found."""
    count = int(argv[0]) if argv else 10_000
    seed = int(argv[1]) if len(argv) > 1 else random.SystemRandom().randrange(10**6)
    print(f"seed {seed}, {len(corpus())} statements to mutate", flush=True)
    started = time.monotonic()
    fatal = killers(count, seed)
    for text in fatal:
        print(f"KILLS THE PROCESS: {text[:300]!r}")
    if fatal:
        return 1
    found = fuzz(count, seed)
    seconds = time.monotonic() - started
    for title, crashes in (("caught inside, told as unknown", found.soft), ("CRASH", found.crashes)):
        for crash in sorted(crashes.values(), key=lambda item: -item.count):
            print(f"{title} ({crash.count} times): {crash.place}\n    {crash.text[:300]!r}")
    print(
        f"{found.tried} mutants in {seconds:.1f} s, {found.readable} of them readable,"
        f" {len(found.soft)} kinds of error caught inside, {len(found.crashes)} kinds of crash"
    )
    return 1 if found.crashes else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
