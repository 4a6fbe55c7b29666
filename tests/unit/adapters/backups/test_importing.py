"""A dump that is not taken: every refusal says what can be done about it, and only what is true."""

from __future__ import annotations

import errno
import os
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from deploy.adapters.backups.foreign_dump import ForeignDump
from deploy.adapters.backups.importing import CHANGED_ROWS, PARTITION_ROOT, Importer, require_equal, require_major
from deploy.adapters.backups.script_reader import ScriptReader
from deploy.adapters.postgres.address import DatabaseAddress
from deploy.adapters.postgres.dump_client import DumpClient
from deploy.model.backups import DatabaseContent, TableContent
from deploy.model.errors import BlockedError, DeployError

NOT_KEPT = "nothing of it was kept"


def dump_at(path: Path, kind: str = "plain") -> ForeignDump:
    path.write_text("SELECT 1;\n")
    return ForeignDump(path, kind, datetime(2026, 1, 2, tzinfo=UTC))


def content_of(*tables: TableContent) -> DatabaseContent:
    return DatabaseContent((), tables, (), (), 0, (), (), ())


def reader_of(**rows: int) -> ScriptReader:
    reader = ScriptReader("shop.sql", has_owner=True)
    reader.rows = {f"public.{name}": number for name, number in rows.items()}
    return reader


@pytest.mark.parametrize(("program", "kind", "reference"), [
    ("pg_restore", "custom", "dump-not-readable"), ("psql", "plain", "dump-not-accepted"),
])
def test_a_dump_that_is_not_taken_has_a_next_action(tmp_path: Path, program: str, kind: str, reference: str) -> None:
    for name in ("psql", "pg_restore"):
        script = f"echo '{name}: error: no' >&2; exit 1" if name == program else "cat >/dev/null"
        (tmp_path / name).write_text(f"#!/bin/sh\n{script}\n")
        (tmp_path / name).chmod(0o755)
    client = DumpClient("test", "15.0", 15, (), str(tmp_path), "127.0.0.1", 1)
    importer = Importer(client, DatabaseAddress("127.0.0.1", 1, "ann", "shop"), print, lambda: False)

    with pytest.raises(DeployError) as caught:
        importer.fill(dump_at(tmp_path / "shop.dump", kind), "shop_importing", has_owner=True)

    assert caught.value.reference == reference
    action = caught.value.hint.replace(NOT_KEPT, "")
    assert "the dump again" in action or "the same command again" in action


def test_a_dump_of_a_newer_server_is_not_sent_to_another_server_by_to_url() -> None:
    reader = reader_of()
    reader.server_major = 17

    with pytest.raises(BlockedError) as caught:
        require_major(reader, 15)

    assert caught.value.reference == "restore-older-server"
    assert "restore it into a server of its own major" not in caught.value.hint
    assert "also with --to-url" in caught.value.hint


def test_rows_of_partitions_under_the_name_of_their_root_are_not_blamed_on_triggers(tmp_path: Path) -> None:
    content = content_of(TableContent("public.events_2026", 5, None))

    with pytest.raises(BlockedError) as caught:
        require_equal(reader_of(events=5), content, dump_at(tmp_path / "shop.sql"))

    assert PARTITION_ROOT in caught.value.hint
    assert CHANGED_ROWS not in caught.value.hint


def test_rows_that_a_table_lost_are_not_blamed_on_partitions(tmp_path: Path) -> None:
    content = content_of(TableContent("public.orders", 3, None), TableContent("public.events_2026", 5, None))

    with pytest.raises(BlockedError) as caught:
        require_equal(reader_of(orders=5), content, dump_at(tmp_path / "shop.sql"))
    assert CHANGED_ROWS in caught.value.hint
    assert PARTITION_ROOT not in caught.value.hint

    with pytest.raises(BlockedError) as caught:
        require_equal(reader_of(orders=5, events=5), content, dump_at(tmp_path / "shop.sql"))
    assert CHANGED_ROWS in caught.value.hint
    assert PARTITION_ROOT in caught.value.hint


@pytest.mark.parametrize(("number", "reference"), [
    (errno.EACCES, "dump-not-readable"), (errno.ENOENT, "no-such-backup"),
])
def test_a_dump_that_may_not_be_read_is_not_called_a_wrong_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: int, reference: str
) -> None:
    path = tmp_path / "shop.sql"

    def refuse(*_: Any, **__: Any) -> Any:
        raise OSError(number, os.strerror(number), str(path))

    monkeypatch.setattr(Path, "stat", refuse)
    with pytest.raises(BlockedError) as caught:
        ForeignDump.find(path)

    assert caught.value.reference == reference
    assert str(path) in caught.value.what
    assert caught.value.hint
