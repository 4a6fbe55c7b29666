"""How fast this machine's PostgreSQL scans, links, builds, rewrites and changes rows: measured once, about two seconds.

The scratch server does not wait for the disk (fsync is off), and its table fits the cache: production may be slower.
"""

from __future__ import annotations

import time

import asyncpg

from deploy.model.rates import Rates

ROWS = 200_000
SETUP = """
CREATE TABLE surefoot_rate (id bigint, parent bigint, label text, amount int);
INSERT INTO surefoot_rate SELECT g, g, 'label ' || g, g FROM generate_series(1, {rows}) g;
ALTER TABLE surefoot_rate ADD PRIMARY KEY (id);
CREATE INDEX surefoot_rate_label ON surefoot_rate (label);
ANALYZE surefoot_rate;
"""
STEPS = (
    ("scan", "ALTER TABLE surefoot_rate ALTER COLUMN amount SET NOT NULL"),
    ("link", "ALTER TABLE surefoot_rate ADD FOREIGN KEY (parent) REFERENCES surefoot_rate (id)"),
    ("build", "CREATE INDEX surefoot_rate_amount ON surefoot_rate (amount)"),
    ("rewrite", "ALTER TABLE surefoot_rate ALTER COLUMN amount TYPE bigint"),
    ("change", "UPDATE surefoot_rate SET label = label || '!'"),
)


async def measure_rates(connection: asyncpg.Connection, server: str) -> Rates:
    """Time each kind of work on one table; the table is dropped again."""
    await connection.execute(SETUP.format(rows=ROWS))
    try:
        total_bytes = await connection.fetchval("SELECT pg_total_relation_size('surefoot_rate')")
        heap_bytes = await connection.fetchval("SELECT pg_table_size('surefoot_rate')")
        seconds = {}
        for name, sql in STEPS:
            began = time.perf_counter()
            await connection.execute(sql)
            seconds[name] = max(time.perf_counter() - began, 0.001)
    finally:
        await connection.execute("DROP TABLE surefoot_rate")
    return Rates(
        scan_rows=ROWS / seconds["scan"], scan_bytes=heap_bytes / seconds["scan"], link_rows=ROWS / seconds["link"],
        build_rows=ROWS / seconds["build"], rewrite_rows=ROWS / seconds["rewrite"],
        rewrite_bytes=total_bytes / seconds["rewrite"], change_rows=ROWS / seconds["change"],
        source=f"measured on this machine, {server}",
    )
