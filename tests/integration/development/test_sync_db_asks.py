"""sync_db.py at a terminal: what it asks, and what an answer changes."""

from __future__ import annotations

import os
import pty
import select
import subprocess
import time
from collections.abc import Sequence

import pytest

from tests.integration.development.developing import SYNC_SECONDS, Development

pytestmark = pytest.mark.postgres
COLUMNS = (
    "SELECT string_agg(column_name, ',' ORDER BY column_name) FROM information_schema.columns WHERE table_name = 'users'"
)


def at_terminal(development: Development, answers: Sequence[tuple[str, str]], *words: str) -> tuple[int, str]:
    """Run it on a terminal; each question's beginning and the answer to it, in their order."""
    ours, theirs = pty.openpty()
    process = subprocess.Popen(
        development.words(*words), cwd=development.project.directory, env=development.environment(TERM="dumb"),
        stdin=theirs, stdout=theirs, stderr=theirs, start_new_session=True,
    )
    os.close(theirs)
    said, answered, deadline = "", 0, time.monotonic() + SYNC_SECONDS
    waiting = list(answers)
    while time.monotonic() < deadline:
        if not select.select([ours], [], [], 0.2)[0]:
            if process.poll() is not None:
                break
            continue
        try:
            said += os.read(ours, 65536).decode(errors="replace")
        except OSError:  # the other end was closed
            break
        if waiting and (place := said.find(waiting[0][0], answered)) >= 0 and said.endswith(": "):
            answered = place + len(waiting[0][0])
            os.write(ours, waiting.pop(0)[1].encode() + b"\n")
    os.close(ours)
    assert not waiting, f"never asked {waiting[0][0]!r}:\n{said}"
    return process.wait(timeout=30), said


def test_a_rename_that_is_confirmed_is_written_as_one_and_keeps_the_values(development: Development) -> None:
    development.models("name = Column(Text)")
    development.in_step()
    development.server.run("INSERT INTO users (email, name) VALUES ('a@example.com', 'Ann')")
    development.models("full_name = Column(Text)")

    code, said = at_terminal(development, [
        ("message of the new revision", "rename users.name"),
        ("was this renamed: users.name -> users.full_name?", "y"),
        ("apply this to the development database?", "y"),
        ("back the database up first?", "n"),
    ])

    assert code == 0, said
    assert development.server.run(COLUMNS) == "email,full_name,id"
    assert development.server.run("SELECT full_name FROM users") == "Ann"
    assert any("rename_users_name" in name for name in development.versions)


def test_a_no_changes_nothing(development: Development) -> None:
    development.in_step()
    development.models("name = Column(Text)")

    code, said = at_terminal(development, [
        ("message of the new revision", ""), ("apply this to the development database?", "n"),
    ])

    assert code == 3, said
    assert len(development.versions) == 1
    assert development.server.run(COLUMNS) == "email,id"


def test_recreate_asks_for_the_databases_name(development: Development) -> None:
    development.in_step()
    development.server.run("INSERT INTO users (email) VALUES ('a@example.com')")

    code, said = at_terminal(development, [("type the database's name to go on", "other")], "--force-recreate")

    assert code == 3, said
    assert development.server.run("SELECT count(*) FROM users") == 1
