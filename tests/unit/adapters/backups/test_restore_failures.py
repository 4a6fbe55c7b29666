"""What is said of the database that serves is known to be true."""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest

from deploy.adapters.backups.programs import running
from deploy.adapters.backups.restore_failures import ALL_OR_NOTHING, NOT_TOUCHED, ROLLED_BACK, restore_failed
from deploy.adapters.backups.restoring import Restorer
from deploy.adapters.postgres.address import DatabaseAddress
from deploy.adapters.postgres.dump_client import DumpClient
from deploy.model.errors import StepFailed

REFUSED = "pg_restore: error: could not execute query: ERROR:  permission denied"
GONE = "pg_restore: error: could not execute query: server closed the connection unexpectedly"
FULL = "pg_restore: error: could not execute query: ERROR:  could not extend file: No space left on device"
SILENT = ""


def hint_of(said: str, *, is_live: bool) -> str:
    argv = ["sh", "-c", 'echo "$0" >&2; exit 1', said]
    with running(argv, os.environ, name="pg_restore") as program:
        while program.process.poll() is None:
            time.sleep(0.001)
        return restore_failed(program, is_live=is_live).hint


@pytest.mark.parametrize("said", [REFUSED, GONE, FULL, SILENT])
def test_a_restore_beside_leaves_the_database_that_serves_alone(said: str) -> None:
    assert NOT_TOUCHED in hint_of(said, is_live=False)


@pytest.mark.parametrize(("said", "left"), [
    (REFUSED, ROLLED_BACK), (FULL, ROLLED_BACK), (GONE, ALL_OR_NOTHING), (SILENT, ALL_OR_NOTHING),
])
def test_a_restore_over_the_database_that_serves_never_says_that_it_was_not_touched(said: str, left: str) -> None:
    hint = hint_of(said, is_live=True)

    assert left in hint
    assert NOT_TOUCHED not in hint


def test_a_restore_in_place_is_told_as_one(tmp_path: Path) -> None:
    program = tmp_path / "pg_restore"
    program.write_text(f"#!/bin/sh\necho '{REFUSED}' >&2; exit 1\n")
    program.chmod(0o755)
    client = DumpClient("test", "15.0", 15, (), str(tmp_path), "127.0.0.1", 1)
    restorer = Restorer(client, DatabaseAddress("127.0.0.1", 1, "ann", "shop"), print, lambda: False)

    with pytest.raises(StepFailed) as caught:
        restorer.restore_with(tmp_path / "archive", "shop", ("--single-transaction",), is_live=True)

    assert ROLLED_BACK in caught.value.hint
