"""The fixture tests/fixtures/postgres_locks on a real scratch server: what each shape does, in the fixture's words."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import asyncpg
import postgast

from deploy.adapters.postgres.connection import LoopThread
from deploy.adapters.scratch.server import ScratchServer
from deploy.checking.measuring.database import ScratchDatabase
from deploy.checking.risk.shapes import shape_of
from deploy.model.effects import Effects
from deploy.model.locks import LockMode
from deploy.model.trace import SqlFile

FIXTURE = Path(__file__).parents[2] / "fixtures" / "postgres_locks"
SHORT = {
    LockMode.ACCESS_SHARE: "AS", LockMode.ROW_SHARE: "RS", LockMode.ROW_EXCLUSIVE: "RX",
    LockMode.SHARE_UPDATE_EXCLUSIVE: "SUX", LockMode.SHARE: "S", LockMode.SHARE_ROW_EXCLUSIVE: "SRX",
    LockMode.EXCLUSIVE: "X", LockMode.ACCESS_EXCLUSIVE: "AX",
}
NOTHING: Mapping[str, Any] = {
    "locks": {}, "index_locks": {}, "other_relation_locks": {}, "rewrites": [], "scans": [], "builds_indexes": [],
    "new_files": [], "validates_foreign_key": False, "drops": [], "waits_for": [], "error": False,
}
# The fixture counts a table as read only where it holds rows; these of setup.sql hold none.
EMPTY_TABLES = frozenset({"part2", "partd1", "candd", "rls"})
TOAST = "pg_toast."  # nobody's business: it goes with its table
TEMPLATE = "shapes"


@dataclass(frozen=True)
class Shape:
    """One line of shapes.json, as one major measured it.

    Attributes:
        sql: those before the last statement prepare; the last one is measured.
        expected: NOTHING's keys.
    """

    name: str
    sql: str
    is_in_transaction: bool
    expected: Mapping[str, Any]


def shapes_of(major: int) -> tuple[Shape, ...]:
    """The shapes that this major knows."""
    found = []
    for raw in json.loads((FIXTURE / "shapes.json").read_text(encoding="utf-8")):
        for version in raw["versions"]:
            if version["from"] <= major <= version["to"]:
                expected = _expected(version["measured"])
                found.append(Shape(raw["name"], raw["sql"], raw["in_transaction"], expected))
    return tuple(found)


def _expected(measured: Mapping[str, Any]) -> Mapping[str, Any]:
    whole = {**NOTHING, **measured, "error": bool(measured.get("error"))}
    for key in ("rewrites", "scans", "builds_indexes", "new_files", "drops"):
        whole[key] = sorted(item for item in whole[key] if TOAST not in item)
    return whole


def in_fixture_words(effects: Effects) -> Mapping[str, Any]:
    """Effects as the fixture writes them: bare names, the indexes that are locked exclusively, sorted lists."""
    words: dict[str, Any] = {**NOTHING, "locks": {}, "index_locks": {}, "other_relation_locks": {}}
    for lock in (found for found in effects.locks if not found.is_incidental):
        name = _bare(lock.relation)
        if lock.kind in {"table", "partitioned table"}:
            words["locks"][name] = SHORT[lock.mode]
        elif lock.kind != "index":
            words["other_relation_locks"][name] = SHORT[lock.mode]
        elif lock.mode is LockMode.ACCESS_EXCLUSIVE:
            words["index_locks"][name] = SHORT[lock.mode]
    words["rewrites"] = sorted(map(_bare, effects.rewrites))
    words["scans"] = sorted({_bare(name) for name in effects.scans} - EMPTY_TABLES)
    words["builds_indexes"] = sorted(build.index for build in effects.index_builds)
    words["new_files"] = sorted(map(_bare, effects.new_files))
    words["validates_foreign_key"] = bool(effects.validated_foreign_keys)
    words["drops"] = sorted(
        f"{drop.kind}:{drop.identity}" + (" (cascade)" if drop.is_by_cascade else "") for drop in effects.drops
    )
    words["waits_for"] = list(effects.waits_for)
    words["error"] = bool(effects.error)
    return words


def _bare(name: str) -> str:
    return name.rpartition(".")[2]


def measure_shapes(server: ScratchServer, shapes: Iterable[Shape]) -> Iterator[tuple[Shape, Effects]]:
    """Run each shape in a database of its own, made from setup.sql; yields what its last statement did."""
    loop = LoopThread()
    try:
        loop.run(_make_template(server))
        for number, shape in enumerate(shapes):
            with _database(server, loop, f"shape_{number}") as database:
                texts = [text.rstrip(";").strip() for text in postgast.split(shape.sql, method="scanner")]
                sql_file = SqlFile(shape.name, tuple((text, 1) for text in texts), shape.is_in_transaction)
                run = database.run_sql([sql_file], shape_of)
                statements = run.revisions[0].statements
                if not statements:
                    raise AssertionError(f"{shape.name} ran nothing: {run.error}")
                yield shape, statements[-1].effects
    finally:
        loop.close()


@contextmanager
def _database(server: ScratchServer, loop: LoopThread, name: str) -> Iterator[ScratchDatabase]:
    loop.run(execute(server, "postgres", server.create_database(name, TEMPLATE)))
    try:
        yield ScratchDatabase(server, loop, name)
    finally:
        loop.run(execute(server, "postgres", f"DROP DATABASE {name} WITH (FORCE)"))


async def _make_template(server: ScratchServer) -> None:
    await execute(server, "postgres", "CREATE ROLE postgres")
    # SET TABLESPACE of the fixture moves to this one; 15 and later keep it inside the data directory.
    await execute(
        server, "postgres", "SET allow_in_place_tablespaces = on", "CREATE TABLESPACE t2 LOCATION ''",
        f"CREATE DATABASE {TEMPLATE}",
    )
    await execute(server, TEMPLATE, (FIXTURE / "setup.sql").read_text(encoding="utf-8"))


async def execute(server: ScratchServer, database_name: str, *statements: str) -> None:
    """Run these as the superuser, one after the other."""
    connection = await asyncpg.connect(
        host=server.address, port=server.port, user=server.user, database=database_name, statement_cache_size=0
    )
    try:
        for statement in statements:
            await connection.execute(statement)
    finally:
        await connection.close()


