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
from deploy.adapters.scratch.server import SUPERUSER, ScratchServer, scratch_server
from deploy.model.errors import BlockedError
from deploy.model.risk import Finding
from deploy.risk.statements import read_statements
from tests.rules.examples import SCHEMA, Case, cases, folders, judge, rendered_safely

pytestmark = [pytest.mark.postgres, pytest.mark.timeout(120)]

# What only the author knows; the test knows it for the tables of schema.sql.
PLACEHOLDERS = {
    "your_table": "orders", "your_condition": "id > 0", "your_application_role": "app", "new_owner": "app",
    "'your value'": "'EUR'", '"your value"': '"fresh"', '"your_column"': '"name"',
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


@dataclass(frozen=True)
class Example:
    """A case of bad.sql, one finding of it, and what ran before the statement that it is about."""

    rule: str
    case: Case
    finding: Finding

    @property
    def id(self) -> str:
        return f"{self.rule}: {self.finding.statement[:60]}"

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
def examples() -> list[Example]:
    """Of the cases whose schema is known: only there do the statements and their safe forms have something to act on."""
    return [
        Example(folder.name, case, finding)
        for folder in folders()
        for case in cases(folder / "bad.sql")
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
    await admin.execute("CREATE DATABASE base")
    await admin.close()
    base = await _connect(server, "base")
    await base.execute(SCHEMA)
    await base.execute(ROWS)
    await base.close()


async def _run(server: ScratchServer, example: Example, code: str) -> list[tuple[str, list[tuple[str, bool]]]]:
    """Run each step in a transaction of its own; returns the SQL of each, and whether it stood alone."""
    admin = await _connect(server, "postgres")
    await admin.execute("DROP DATABASE IF EXISTS example WITH (FORCE)")
    await admin.execute("CREATE DATABASE example TEMPLATE base")
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
        code = code.replace(name, value)
    assert "your" not in code, "a placeholder that the test does not fill"
    return code


@pytest.mark.parametrize("example", examples(), ids=lambda example: example.id)
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
    assert {example.rule for example in examples()} == told - not_run
    assert len(not_run) <= 3
