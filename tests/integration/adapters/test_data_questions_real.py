"""SQL data checks on a real server: answers, refusals, and nothing is ever written."""

from __future__ import annotations

from pathlib import Path

import pytest

from deploy.adapters.postgres.address import DatabaseAddress
from deploy.adapters.postgres.data_questions import ask_files
from deploy.adapters.scratch.binaries import all_server_binaries
from deploy.adapters.scratch.clusters import SUPERUSER
from deploy.adapters.scratch.server import scratch_server


def test_each_file_has_its_own_answer_and_may_only_read(tmp_path: Path) -> None:
    texts = {
        "a.sql": "SELECT 1 + 6, NULL UNION ALL SELECT 8, 'x'", "b.sql": "SELECT * FROM nowhere",
        "c.sql": "CREATE TABLE written (id int)", "d.sql": "SELECT to_regclass('written')", "e.sql": "SELECT 1 WHERE false",
    }
    for name, text in texts.items():
        (tmp_path / name).write_text(text)
    binaries = all_server_binaries()
    if not binaries:
        pytest.skip("no PostgreSQL server on this machine")
    with scratch_server(binaries[0]) as server:
        address = DatabaseAddress(server.address, server.port, SUPERUSER, "postgres", options={"sslmode": "disable"})
        a, b, c, d, e = ask_files(address, [tmp_path / name for name in texts], 60)
        [again] = ask_files(address, [tmp_path / "a.sql"], 60)
    assert (a["rows"], a["value"], a["digest"]) == (2, "7", again["digest"])
    assert "UndefinedTableError" in b["error"]
    assert "ReadOnlySQLTransactionError" in c["error"]
    assert d["value"] is None
    assert (e["rows"], e["value"]) == (0, None)
