"""Statements of the fixtures and of the rules' examples, broken in many ways."""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Iterator, Sequence
from functools import cache
from pathlib import Path

from deploy.checking.statements import UNREADABLE, read_statements
from tests.unit.risk.effects.fixtures import all_texts, setup_sql

RULES = Path(__file__).parents[1] / "rules"
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


@cache
def corpus() -> tuple[str, ...]:
    """The fixtures' statements and those of every rule's examples."""
    texts = all_texts()
    texts += [_STEERING.sub("", path.read_text()) for path in sorted(RULES.glob("*/*.sql"))]
    texts += [setup_sql(), (RULES / "schema.sql").read_text()]
    return tuple(s.full_text.strip() for text in texts for s in read_statements(text) if s.full_text.strip())


def mutants(count: int, seed: int) -> Iterator[str]:
    """This many texts, the same for the same seed; most are such that the grammar still accepts them."""
    rng = random.Random(seed)  # noqa: S311 - nothing secret
    for _ in range(count):
        text = _mutant(rng)
        if rng.random() < READABLE_SHARE:
            for _ in range(ATTEMPTS):
                if is_readable(text):
                    break
                text = _mutant(rng)
        yield text[:LONGEST]


def _mutant(rng: random.Random) -> str:
    text = rng.choice(corpus())
    for _ in range(rng.choice((1, 1, 1, 2, 3, 6))):
        text = rng.choice(_MUTATIONS)(rng, text)
    return text


def is_readable(text: str) -> bool:
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
    return "".join((*tokens[: rng.randint(0, len(tokens))], " ", *other[rng.randint(0, len(other)) :]))


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
