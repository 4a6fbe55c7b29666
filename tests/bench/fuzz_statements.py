"""Mutated statements through the parser's door, the schema, the prediction, and the judge with every rule.

    python -m tests.bench.fuzz_statements [COUNT] [SEED]

Prints the seed, how many mutants PostgreSQL's grammar still accepts, and every crash with its shortest text; exit code
1 where there was one. A text that cannot be read must become "unreadable", never an exception.
"""

from __future__ import annotations

import random
import re
import sys
import time
import traceback
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cache
from itertools import islice
from pathlib import Path

from deploy.model.check import Baseline
from deploy.model.risk import RevisionSql
from deploy.model.snapshot import TableSize
from deploy.risk.effects import predict
from deploy.risk.evidence import from_rendered
from deploy.risk.facts import Facts
from deploy.risk.judge import judge_run
from deploy.risk.schema import Schema
from deploy.risk.statements import UNREADABLE, read_statements
from tests.unit.risk.effects.fixtures import all_shapes, setup_sql

RULES = Path(__file__).parents[1] / "rules"
BATCH = 20
READABLE_SHARE, ATTEMPTS, LONGEST = 0.75, 30, 20_000
_TOKEN = re.compile(
    r"""\$(\w*)\$.*?\$\1\$ | '(?:[^']|'')*' | "(?:[^"]|"")*" | --[^\n]* | \w+ | \s+ | :: | [<>=!]+ | .""",
    re.DOTALL | re.VERBOSE,
)
_WORD = re.compile(r"^[a-z_]\w*$", re.IGNORECASE)
_STEERING = re.compile(r"^-- .*$", re.MULTILINE)
NAMES = (
    "parent", "child", "part", "part1", "orders", "users", "order_lines", '"select"', '"A""b"', '"ä ö"', '""', "ünïcode",
    '"' + "x" * 100 + '"', "pg_class", "public.parent", "sx.a", "nowhere.parent", "a.b.c.d", '"public"."parent"',
    "information_schema.tables", "pg_temp.t", "$1", ":name", "%s", "%(name)s", "''", "NULL", "'\\'", "E'\\n'", "1e400",
    "0x1F", "99999999999999999999", "(SELECT 1)", "ARRAY[1]", "int4range", "int[][]", "numeric(-1)", "varchar(99999999)",
    "CASCADE", "RESTRICT", "CONCURRENTLY", "IF EXISTS", "IF NOT EXISTS", "ONLY", "NOT VALID", "USING", "ALL", "*", ",",
    "DEFAULT", "COLLATE", "WITH (x = 1)", "ROW (1, 2)", "/* comment", "--", ";", "\x00", "\ufeff", "\U0001f4a5", "\\",
)


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
def corpus() -> tuple[str, ...]:
    """The fixtures' statements and those of every rule's examples."""
    texts = [text for shape in all_shapes() for text in [shape["sql"]]]
    texts += [_STEERING.sub("", path.read_text()) for path in sorted(RULES.glob("*/*.sql"))]
    texts += [setup_sql(), (RULES / "schema.sql").read_text()]
    return tuple(s.full_text.strip() for text in texts for s in read_statements(text) if s.full_text.strip())


def mutants(count: int, seed: int) -> Iterator[str]:
    """This many texts, the same for the same seed; most are such that the grammar still accepts them."""
    rng = random.Random(seed)
    for _ in range(count):
        text = _mutant(rng)
        if rng.random() < READABLE_SHARE:
            for _ in range(ATTEMPTS):
                if _is_readable(text):
                    break
                text = _mutant(rng)
        yield text[:LONGEST]


def _mutant(rng: random.Random) -> str:
    text = rng.choice(corpus())
    for _ in range(rng.choice((1, 1, 1, 2, 3, 6))):
        text = rng.choice(_MUTATIONS)(rng, text)
    return text


def _is_readable(text: str) -> bool:
    statements = read_statements(text)
    return bool(statements) and all(statement.kind != UNREADABLE for statement in statements)


def _tokens(text: str) -> list[str]:
    return [found[0] for found in _TOKEN.finditer(text)]


def _solid(tokens: Sequence[str]) -> list[int]:
    """Positions of tokens that are not white space."""
    return [position for position, token in enumerate(tokens) if token.strip()] or [0]


def _delete(rng: random.Random, text: str) -> str:
    tokens = _tokens(text) or [""]
    del tokens[rng.choice(_solid(tokens))]
    return "".join(tokens)


def _duplicate(rng: random.Random, text: str) -> str:
    tokens = _tokens(text) or [""]
    first = rng.choice(_solid(tokens))
    last = min(len(tokens), first + rng.randint(1, 6))
    return "".join([*tokens[:last], " ", *tokens[first:]])


def _swap(rng: random.Random, text: str) -> str:
    tokens = _tokens(text) or [""]
    one, other = rng.choice(_solid(tokens)), rng.choice(_solid(tokens))
    tokens[one], tokens[other] = tokens[other], tokens[one]
    return "".join(tokens)


def _replace(rng: random.Random, text: str) -> str:
    tokens = _tokens(text) or [""]
    tokens[rng.choice(_solid(tokens))] = rng.choice(NAMES)
    return "".join(tokens)


def _rename(rng: random.Random, text: str) -> str:
    """Another name for a word, wherever it stands."""
    tokens = _tokens(text) or [""]
    word = tokens[rng.choice(_solid(tokens))]
    new = rng.choice((word + "_x", word.upper(), f'"{word}"', f"public.{word}", f"sx.{word}", rng.choice(NAMES)))
    return "".join(new if token == word and _WORD.match(token) else token for token in tokens)


def _borrow(rng: random.Random, text: str) -> str:
    """A token of another statement."""
    tokens, other = _tokens(text) or [""], _tokens(rng.choice(corpus()))
    tokens[rng.choice(_solid(tokens))] = rng.choice(other)
    return "".join(tokens)


def _exchange(rng: random.Random, text: str) -> str:
    """A word for another that stands somewhere in the same place: most stay readable."""
    tokens, other = _tokens(text) or [""], _tokens(rng.choice(corpus()))
    position = rng.choice(_solid(tokens))
    is_word = bool(_WORD.match(tokens[position]))
    alike = [token for token in other if token.strip() and bool(_WORD.match(token)) == is_word] or [""]
    tokens[position] = rng.choice(alike)
    return "".join(tokens)


def _more(rng: random.Random, text: str) -> str:
    """The subcommands of two ALTER TABLE in one."""
    other = rng.choice([s for s in corpus() if s.lower().startswith("alter table")])
    return f"{text.rstrip(';')}, {' '.join(other.split()[3:])}"


def _splice(rng: random.Random, text: str) -> str:
    """The head of one statement and the tail of another."""
    tokens, other = _tokens(text), _tokens(rng.choice(corpus()))
    return "".join(tokens[: rng.randint(0, len(tokens))] + [" "] + other[rng.randint(0, len(other)) :])


def _truncate(rng: random.Random, text: str) -> str:
    return text[: rng.randint(0, len(text))]


def _behead(rng: random.Random, text: str) -> str:
    return text[rng.randint(0, len(text)) :]


def _character(rng: random.Random, text: str) -> str:
    position = rng.randint(0, len(text))
    return text[:position] + rng.choice("\x00'\"$;()[],.:%\\\n\t\u00e4\u2028") + text[position:]


def _wrap(rng: random.Random, text: str) -> str:
    """Inside something else."""
    plain = text.strip().rstrip(";")
    return rng.choice((
        f"DO $fuzz$ BEGIN {plain}; END $fuzz$", f"EXPLAIN ANALYZE {plain}", f"BEGIN; {plain}; ROLLBACK",
        f"CREATE FUNCTION fuzz() RETURNS void LANGUAGE sql AS $fuzz$ {plain} $fuzz$; SELECT fuzz()",
        f"CREATE FUNCTION fuzz() RETURNS trigger LANGUAGE plpgsql AS $fuzz$ BEGIN {plain}; END $fuzz$",
        f"CREATE SCHEMA fuzz {plain}", f"PREPARE fuzz AS {plain}", f"CREATE TABLE fuzz AS {plain}",
        f"CREATE VIEW fuzz AS {plain}", f"WITH w AS ({plain}) SELECT * FROM w", f"COPY ({plain}) TO STDOUT",
        f"CREATE RULE fuzz AS ON INSERT TO parent DO ALSO ({plain})", f"SELECT {'(' * 60}({plain}){')' * 60}",
        f"DO $fuzz$ BEGIN EXECUTE '{plain}'; END $fuzz$", f"{plain};{plain};;", f"/* {plain} */", f"SELECT 1 WHERE {plain}",
        f"DO $fuzz$ DECLARE x int; BEGIN FOR x IN {plain} LOOP {plain}; END LOOP; END $fuzz$",
    ))


def _nest(rng: random.Random, text: str) -> str:
    """Very deep, or very long."""
    depth = rng.choice((5, 200, 3000))
    return rng.choice((
        "SELECT " + "(" * depth + "1" + ")" * depth, f"UPDATE parent SET n = {'-' * depth} 1",
        text + " AND TRUE" * depth, "SELECT " + " UNION SELECT ".join(["1"] * (depth // 10 + 1)),
    ))


Mutation = Callable[[random.Random, str], str]
_MUTATIONS: tuple[Mutation, ...] = (
    *[_delete] * 4, *[_duplicate] * 3, *[_swap] * 4, *[_replace] * 6, *[_rename] * 6, *[_borrow] * 6, *[_splice] * 4,
    _truncate, _behead, _character, *[_wrap] * 3, *[_exchange] * 10, *[_more] * 4, _nest,
)


@cache
def _known_schema() -> str:
    """Without its rows: they do not matter here, and take time."""
    kept = [s.full_text for s in read_statements(setup_sql()) if s.kind != "insert_stmt"]
    return ";\n".join([*kept, (RULES / "schema.sql").read_text()])


def _facts(rng: random.Random) -> Facts:
    names = ("parent", "child", "part", "orders", "users")
    return Facts(
        existing_tables=frozenset(f"public.{name}" for name in names) if rng.random() < 0.5 else frozenset(),  # noqa: PLR2004
        sizes={name: TableSize(name, 10**6, 10**9, 10**8) for name in names} if rng.random() < 0.5 else {},  # noqa: PLR2004
        schema_sql=_known_schema() if rng.random() < 0.3 else "",  # noqa: PLR2004
        server_major=rng.choice((11, 14, 15, 18)), has_advice=True, baseline=rng.choice(tuple(Baseline)),
    )


def try_texts(texts: Sequence[str], seed: int, found: Found) -> None:
    """All texts as one revision; one by one where that crashes, to know which it was."""
    rng = random.Random(seed)
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
        schema.apply(statement)
    for text in texts:
        found.tried += 1
        try:
            found.readable += _is_readable(text)
            for statement in read_statements(text):
                effects = predict(statement, schema, server_major=facts.server_major)
                if "it was not understood (" in effects.unknown:
                    _note_text(found.soft, effects.unknown, text)
                before = len(schema.doubts)
                schema.apply(statement)
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


def main(argv: Sequence[str]) -> int:
    """Print what was found."""
    count = int(argv[0]) if argv else 10_000
    seed = int(argv[1]) if len(argv) > 1 else random.SystemRandom().randrange(10**6)
    print(f"seed {seed}, {len(corpus())} statements to mutate", flush=True)
    started = time.monotonic()
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
