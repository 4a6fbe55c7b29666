"""Every safe form runs as Alembic code on a real PostgreSQL, and is not the danger that it is to replace."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from functools import cache
from typing import Any

import asyncpg
import pytest
import sqlalchemy as sa
from alembic.migration import MigrationContext
from alembic.operations import Operations
from sqlalchemy.dialects import postgresql
from sqlalchemy.ext.asyncio import create_async_engine
from sqlalchemy.pool import NullPool

from deploy.adapters.scratch.binaries import find_server_binaries
from deploy.adapters.scratch.clusters import SUPERUSER
from deploy.adapters.scratch.server import ScratchServer, scratch_server
from deploy.checking.statements import read_statements
from deploy.model.errors import BlockedError
from deploy.model.risk import Finding
from tests.rules.examples import SCHEMA, Case, cases, folders, judge, rendered_safely

pytestmark = [pytest.mark.postgres, pytest.mark.timeout(120)]

# What only the author knows; the test knows it for the tables of schema.sql.
PLACEHOLDERS = {
    "your_table": "orders", "your_condition": "id > 0", "your_application_role": "app", "new_owner": "app",
    "your value": "EUR", '"your_column"': '"name"',
}
ROLES = ("app", "ann", "old_app")
ROWS = """
INSERT INTO users (email, name, phone) SELECT 'u' || n, 'n', 'p' || n FROM generate_series(1, 5) n;
INSERT INTO strategies (name, budget) SELECT 's' || n, n FROM generate_series(1, 5) n;
INSERT INTO orders (user_id, strategy_id, symbol, side, side_code, quantity, price, placed_at, budget)
    SELECT n, n, 'X' || n, 'buy', 'B', n, n, now(), n FROM generate_series(1, 5) n;
INSERT INTO order_lines (id, order_id, amount) SELECT n, n, n FROM generate_series(1, 5) n;
INSERT INTO events (id, happened_at) VALUES (1, '2025-05-05'), (2, '2030-05-05');
INSERT INTO events_2026 (id, happened_at) VALUES (1, '2026-05-05');
INSERT INTO audit.log VALUES (1, 'said');
REFRESH MATERIALIZED VIEW daily_totals;
"""


class Names:
    """The same examples with other names."""

    def __init__(self, label: str, words: dict[str, str]) -> None:
        self.label = label
        self._words = words

    def of(self, text: str) -> str:
        """The text with these names; names of indexes and constraints, which hold a table's, stay."""
        for word, other in self._words.items():
            text = re.sub(rf"(?<![.\w']){word}(?![\w'])", other.replace("\\", "\\\\"), text)
        if "." in self._words.get("orders", ""):  # the table's indexes and sequences moved with it
            text = re.sub(r"((?:DROP|ALTER|REINDEX) INDEX (?:CONCURRENTLY )?(?:IF EXISTS )?)(orders_)", r"\1audit.\2", text)
            text = text.replace("SET SCHEMA audit", "SET SCHEMA public")
        return text

    def python(self, text: str) -> str:
        """A name within Python's strings."""
        return self.of(text).replace('"', '\\"') if text in self._words else text

    def case(self, case: Case) -> Case:
        """A whole case."""
        is_measured = case.of("measured") or any('"downgrade"' in given for given in case.all_of("revision is"))
        if not self._words or is_measured or case.of("setting"):
            return case  # what was measured bears the plain names
        return Case(
            tuple(self.of(text) for text in case.revisions), case.steering, self.of(case.setup), self.of(case.schema)
        )


PLAIN = Names("plain", {})
ODD = Names("odd", {"orders": '"Sales ""q"" Orders"', "users": '"select"', "side": '"Si:de"', "side_code": '"Code %s"',
    "users_pkey": "select_pkey",})
ELSEWHERE = Names("in another schema", {"orders": "audit.orders"})


@dataclass(frozen=True)
class Example:
    """A case of bad.sql, one finding of it, and what ran before the statement that it is about."""

    rule: str
    case: Case
    finding: Finding
    names: Names

    @property
    def id(self) -> str:
        return f"{self.names.label}: {self.rule}: {self.finding.statement[:60]}"

    @property
    def before(self) -> list[str]:
        found: list[str] = []
        if not self.finding.statement:
            return found  # it is about the revision as a whole
        for statement in read_statements(self.case.sql):
            if statement.text == self.finding.statement:
                break
            found += [statement.full_text] if statement.kind != "transaction_stmt" else []
        return found


@cache
def examples(names: Names) -> list[Example]:
    """Of the cases whose schema is known: only there do the statements and their safe forms have something to act on."""
    return [
        Example(folder.name, case, finding, names)
        for folder in folders()
        for plain in cases(folder / "bad.sql")
        if names is PLAIN or names.case(plain) is not plain
        for case in [names.case(plain)]
        if not case.of("schema") and not case.of("not run")
        for finding in judge(case)
        if finding.rule == folder.name and "op." in finding.safe_form
    ]


@pytest.fixture(scope="module")
def server_of() -> Iterator[Any]:
    """Starts the major that is wanted, or the nearest newer one."""
    started: dict[int, ScratchServer] = {}
    with ExitStack() as stack:

        def start(major: int) -> ScratchServer:
            try:
                binaries = find_server_binaries(major)
            except BlockedError as error:
                pytest.skip(str(error))
            if binaries.major not in started:
                server = started[binaries.major] = stack.enter_context(scratch_server(binaries))
                asyncio.run(_make_template(server))
            return started[binaries.major]

        yield start


def _connect(server: ScratchServer, database: str) -> Any:
    return asyncpg.connect(host=str(server.socket_directory), user=SUPERUSER, database=database, timeout=10)


async def _make_template(server: ScratchServer) -> None:
    admin = await _connect(server, "postgres")
    for role in ROLES:
        await admin.execute(f"CREATE ROLE {role}")
    await admin.close()
    for names in (PLAIN, ODD, ELSEWHERE):
        admin = await _connect(server, "postgres")
        await admin.execute(f'CREATE DATABASE "{names.label}"')
        await admin.close()
        base = await _connect(server, names.label)
        await base.execute(names.of(SCHEMA))
        await base.execute(names.of(ROWS))
        await base.close()


async def _run(server: ScratchServer, example: Example, code: str) -> list[tuple[str, list[tuple[str, bool]]]]:
    """Run each step in a transaction of its own; returns the SQL of each, and whether it stood alone."""
    admin = await _connect(server, "postgres")
    await admin.execute("DROP DATABASE IF EXISTS example WITH (FORCE)")
    await admin.execute(server.create_database("example", example.names.label))
    await admin.close()
    plain = await _connect(server, "example")
    if example.case.setup:
        await plain.execute(example.case.setup)
    for sql in example.before:
        await plain.execute(sql)
    await plain.close()

    engine = create_async_engine(
        "postgresql+asyncpg://", async_creator=lambda: _connect(server, "example"), poolclass=NullPool
    )
    ran: list[tuple[str, bool]] = []

    @sa.event.listens_for(engine.sync_engine, "before_cursor_execute")
    def _see(conn: Any, cursor: Any, statement: str, *rest: Any) -> None:
        ran.append((statement, conn.get_execution_options().get("isolation_level") == "AUTOCOMMIT"))

    steps = []
    for step in _steps(code):
        ran.clear()
        async with engine.connect() as connection:
            await connection.execute(sa.text("SET statement_timeout = '20s'"))
            await connection.commit()
            ran.clear()
            await connection.run_sync(_run_step, step)
        steps.append((step, [item for item in ran if not item[0].lstrip().startswith("SELECT pg_catalog.")]))
    await engine.dispose()
    return steps


def _run_step(connection: Any, step: str) -> None:
    context = MigrationContext.configure(connection, opts={"transaction_per_migration": True})
    with context.begin_transaction(_per_migration=True):
        op = Operations(context)
        exec(compile(step, "safe form", "exec"), {"op": op, "sa": sa, "postgresql": postgresql})  # noqa: S102


def _steps(code: str) -> list[str]:
    return re.split(r"\n\n(?=# )", code)


def _filled(example: Example) -> str:
    code = example.finding.safe_form
    own = dict(value.split("=", 1) for value in example.case.all_of("fill"))
    for name, value in {**PLACEHOLDERS, **own}.items():
        code = code.replace(name, example.names.python(value) if "your" in name else value)
    assert "your" not in code, "a placeholder that the test does not fill"
    return code


EVERY = [example for names in (PLAIN, ODD, ELSEWHERE) for example in examples(names)]


@pytest.mark.parametrize("example", EVERY, ids=lambda example: example.id)
def test_a_safe_form_runs_and_is_not_the_danger_again(example: Example, server_of: Any) -> None:
    server = server_of(int(example.case.of("server") or 15))
    steps = asyncio.run(_run(server, example, _filled(example)))
    found = judge(rendered_safely(example.case, example.before, [ran for _, ran in steps]))
    again = [finding for finding in found if finding.rule == example.rule]
    if example.case.of("remains"):
        assert again, "the danger does not remain: take `-- remains:` away"
        assert max(finding.level for finding in again) <= example.finding.level
    else:
        assert not again, again[0].statement


def test_every_rule_with_alembic_code_is_tried() -> None:
    told = {folder.name for folder in folders() if "op." in (folder / "finding.txt").read_text()}
    not_run = {folder.name for folder in folders() if any(case.of("not run") for case in cases(folder / "bad.sql"))}
    assert {example.rule for example in examples(PLAIN)} == told - not_run
    assert len(not_run) <= 3
