"""Agreement with the fixture of measured shapes: ours on each PostgreSQL at hand, and ours from the text alone.

Every shape gets a database of its own, made from a template with the fixture's tables (setup.sql, rows included), and
goes the product's own way: ScratchDatabase.run_sql for the measurement, deploy.checking.prediction for the text.
"""

from __future__ import annotations

import json
import shutil
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any

import asyncpg

from deploy.adapters.postgres.connection import LoopThread
from deploy.adapters.scratch.binaries import ServerBinaries
from deploy.adapters.scratch.clusters import SUPERUSER
from deploy.adapters.scratch.server import ScratchServer, scratch_server
from deploy.checking.measuring.database import ScratchDatabase
from deploy.checking.risk.shapes import shape_of
from deploy.checking.risk.sql_files import read_sql_file
from deploy.checking.statements import Statement, read_statements
from deploy.model.effects import Effects
from deploy.model.locks import LockMode
from tests.bench.check.places import FIXTURE

SHORT = {
    LockMode.ACCESS_SHARE: "AS", LockMode.ROW_SHARE: "RS", LockMode.ROW_EXCLUSIVE: "RX",
    LockMode.SHARE_UPDATE_EXCLUSIVE: "SUX", LockMode.SHARE: "S", LockMode.SHARE_ROW_EXCLUSIVE: "SRX",
    LockMode.EXCLUSIVE: "X", LockMode.ACCESS_EXCLUSIVE: "AX",
}
BLOCKING = frozenset({"S", "SRX", "X", "AX"})
TABLES = {"table", "partitioned table", "foreign table"}
KEYS = (
    "locks", "index_locks", "other_relation_locks", "rewrites", "scans", "builds_indexes", "validates_foreign_key",
    "new_files", "drops", "error",
)
# Tables of setup.sql without rows: whether they were read leaves no trace in the fixture.
EMPTY = frozenset({"part2", "partd1", "candd", "a", "b", "outside", "dt_", "inh", "inhc", "rls"})
# The fixture's lists of drops leave these out, or name them by numbers that differ with every server.
UNTOLD = ("type:", "function:", "schema:", "index:pg_toast", "table:pg_temp")
# Where the fixture contradicts itself or PostgreSQL: the keys that differ, and why. Counted apart, never dropped.
CONTRADICTIONS: Mapping[str, tuple[frozenset[str], str]] = {
    "create_index_conc_parttable": (
        frozenset({"locks"}),
        "every major takes these locks and gives them back with its error; the fixture has them on 16 only",
    ),
    "create_table_like": (
        frozenset({"builds_indexes"}), "these indexes are on the new table; the fixture counts those on existing tables",
    ),
    "create_temp": (frozenset({"locks"}), "tt1 is the new table itself; the fixture lists locks on existing ones"),
    "drop_function_cascade": (
        frozenset({"locks", "drops"}), "setup.sql has a second trigger of this function (tt on trigt), which goes too",
    ),
    "refresh_mv_conc": (
        frozenset({"locks", "other_relation_locks", "scans", "error"}),
        "17 and 18 run it; the error names a relation of the fixture's own tracer (_ev)",
    ),
}
TEMPLATE = "fixture"


@dataclass
class Agreement:
    """How often one way of asking said the same as the fixture.

    Attributes:
        differing: the keys on which each shape differs.
        wrong: one line for each disagreement.
        said: block and rewrite, by shape, as the peers are asked for them.
    """

    differing: dict[str, frozenset[str]] = field(default_factory=dict)
    wrong: list[str] = field(default_factory=list)
    said: dict[str, frozenset[str]] = field(default_factory=dict)
    seconds: float = 0.0

    def add(self, name: str, expected: Mapping[str, Any], words: Mapping[str, Any]) -> None:
        """Compare one shape."""
        self.differing[name] = frozenset(key for key in KEYS if words[key] != expected[key])
        self.said[name] = labels_of(words)
        for key in sorted(self.differing[name]):
            reason = f" [{CONTRADICTIONS[name][1]}]" if self.is_contradiction(name) else ""
            self.wrong.append(f"{name}: {key} {words[key]}, the fixture {expected[key]}{reason}")

    def is_contradiction(self, name: str) -> bool:
        """Whether the fixture is known to be wrong in everything in which this shape differs."""
        keys, _ = CONTRADICTIONS.get(name, (frozenset(), ""))
        return bool(self.differing[name]) and self.differing[name] <= keys

    @property
    def contradictions(self) -> int:
        """Shapes that differ because the fixture is wrong."""
        return sum(map(self.is_contradiction, self.differing))

    def agreed(self, *keys: str) -> int:
        """Shapes that agree on all these keys."""
        return sum(not differing & set(keys) for differing in self.differing.values())

    def share(self, *keys: str) -> float:
        """The share of shapes that agree on all these keys, the fixture's contradictions left apart."""
        asked = [name for name in self.differing if not self.is_contradiction(name)]
        return sum(not self.differing[name] & set(keys) for name in asked) / len(asked) if asked else 0.0


def labels_of(words: Mapping[str, Any]) -> frozenset[str]:
    """What the peers can be asked: does it block a table, does it rewrite one?"""
    is_block = bool(BLOCKING & set(words["locks"].values()))
    return frozenset({"block"} if is_block else ()) | frozenset({"rewrite"} if words["rewrites"] else ())


@cache
def all_shapes() -> tuple[dict[str, Any], ...]:
    """The fixture's shapes."""
    return tuple(json.loads((FIXTURE / "shapes.json").read_text(encoding="utf-8")))


def known_shapes(major: int) -> Iterator[tuple[dict[str, Any], dict[str, Any]]]:
    """Each shape that this major knows, with what the fixture measured there."""
    for shape in all_shapes():
        for version in shape["versions"]:
            if version["from"] <= major <= version["to"]:
                yield shape, expected_words(version["measured"])


def expected_words(measured: Mapping[str, Any]) -> dict[str, Any]:
    """The fixture's answer, with what it leaves out."""
    words: dict[str, Any] = {key: measured.get(key, {} if key.endswith("locks") else []) for key in KEYS}
    words["validates_foreign_key"] = bool(measured.get("validates_foreign_key"))
    words["drops"] = sorted(drop for drop in words["drops"] if not drop.startswith(UNTOLD))
    words["error"] = bool(measured.get("error"))
    return words


def words_of(effects: Effects) -> dict[str, Any]:
    """Our answer in the fixture's words."""
    words: dict[str, Any] = {key: {} for key in KEYS[:3]}
    for lock in (found for found in effects.locks if not found.is_incidental):
        name, mode = _bare(lock.relation), SHORT[lock.mode]
        if lock.kind in TABLES:
            words["locks"][name] = mode
        elif lock.kind != "index":
            words["other_relation_locks"][name] = mode
        elif lock.mode is LockMode.ACCESS_EXCLUSIVE:
            words["index_locks"][name] = mode
    words["rewrites"] = sorted(map(_bare, effects.rewrites))
    words["scans"] = sorted(set(map(_bare, effects.scans)) - EMPTY)
    words["builds_indexes"] = sorted(build.index for build in effects.index_builds)
    words["validates_foreign_key"] = bool(effects.validated_foreign_keys)
    words["new_files"] = sorted(map(_bare, effects.new_files))
    words["drops"] = sorted(
        f"{drop.kind}:{drop.identity}" + (" (cascade)" if drop.is_by_cascade else "") for drop in effects.drops
        if not f"{drop.kind}:".startswith(UNTOLD) and not f"{drop.kind}:{drop.identity}".startswith(UNTOLD)
    )
    words["error"] = bool(effects.error)
    return words


def _bare(name: str) -> str:
    return name.rpartition(".")[2]


def measured(binaries: ServerBinaries) -> Agreement:
    """Every shape on this PostgreSQL, under the product's watch."""
    agreement, loop = Agreement(), LoopThread()
    started = time.perf_counter()
    try:
        with scratch_server(binaries) as server:
            loop.run(_prepare(server))
            for number, (shape, expected) in enumerate(known_shapes(binaries.major)):
                agreement.add(shape["name"], expected, words_of(_measure(server, loop, f"shape{number}", shape)))
    finally:
        loop.close()
    agreement.seconds = time.perf_counter() - started
    return agreement


def _measure(server: ScratchServer, loop: LoopThread, name: str, shape: Mapping[str, Any]) -> Effects:
    loop.run(_execute(server, server.create_database(name, TEMPLATE)))
    sql_file = read_sql_file(shape["name"], shape["sql"], is_one_transaction=shape["in_transaction"])
    run = ScratchDatabase(server, loop, name).run_sql([sql_file], shape_of)
    loop.run(_execute(server, f"DROP DATABASE {name} WITH (FORCE)"))
    effects = run.revisions[-1].statements[-1].effects
    if effects is None:
        raise ValueError(f"{shape['name']} was not run: {run.error}")
    return effects


async def _prepare(server: ScratchServer) -> None:
    """The template, and what shapes name beside its tables: a role, a tablespace."""
    place = server.directory / "tablespace"
    place.mkdir()
    if (server.directory / "data").owner() != place.owner():
        shutil.chown(place, (server.directory / "data").owner())
    await _execute(server, f"CREATE DATABASE {TEMPLATE}", "CREATE ROLE postgres", f"CREATE TABLESPACE t2 LOCATION '{place}'")
    await _execute(server, (FIXTURE / "setup.sql").read_text(encoding="utf-8"), database=TEMPLATE)


async def _execute(server: ScratchServer, *statements: str, database: str = "postgres") -> None:
    connection = await asyncpg.connect(host=server.address, user=SUPERUSER, database=database)
    try:
        for statement in statements:
            await connection.execute(statement)
    finally:
        await connection.close()


def parsed(major: int) -> Agreement:
    """Every shape's text, as this major would take it; nothing is run."""
    from deploy.checking.prediction import Schema, apply, predict  # an installation may be without it

    agreement = Agreement()
    started = time.perf_counter()
    for shape, expected in known_shapes(major):
        schema = Schema(is_complete=True, server_major=major)
        for statement in _setup_statements():
            apply(schema, statement)
        schema.begin("prepared")
        *before, last = read_statements(shape["sql"])
        for statement in before:
            apply(schema, statement)
        effects = predict(last, schema, server_major=major, is_in_transaction=shape["in_transaction"])
        agreement.add(shape["name"], expected, words_of(effects))
    agreement.seconds = time.perf_counter() - started
    return agreement


@cache
def _setup_statements() -> tuple[Statement, ...]:
    return read_statements((FIXTURE / "setup.sql").read_text(encoding="utf-8"))
