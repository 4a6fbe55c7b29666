"""`backup verify` calls a backup bad by proof alone; trouble of this machine leaves the record as it was."""

from __future__ import annotations

import hashlib
import os
import signal
import subprocess
import tempfile
import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pyrage
import pytest

from deploy.adapters.backups.manifest_file import RECORD_NAME, write_manifest
from deploy.adapters.backups.restoring import Restorer
from deploy.commands.verifying import verify
from deploy.model.backups import Backup
from deploy.model.errors import EXIT_BLOCKED, DeployError
from tests.fakes.fake_world import FakeReporter
from tests.integration.backups.disks import leave_room, reachable_directory, small_disk
from tests.integration.backups.site import Site
from tests.integration.backups.waiting import wait_for

pytestmark = pytest.mark.postgres
MEGABYTES = 1_000_000
OF_A_FULL_DISK = ("No space left", "no room", "could not extend file", "could not write")
ROWS = (
    "CREATE TABLE t (id int PRIMARY KEY, text text)",
    "INSERT INTO t SELECT n, md5(n::text) FROM generate_series(1, 300000) n",
)


@pytest.fixture
def backup(site: Site) -> Backup:
    """Proven once; what happens later must not take that away without a proof."""
    site.run(*ROWS)
    made = site.create()
    assert verify(site.backups, made.name, FakeReporter()).is_verified
    return made


def record_of(site: Site, backup: Backup) -> bytes:
    return (site.directory / backup.name / RECORD_NAME).read_bytes()


class Trouble:
    """The record before, and that it is the same afterwards."""

    def __init__(self, site: Site, backup: Backup) -> None:
        self.site, self.backup = site, backup
        self.before, self.left = record_of(site, backup), site.left_behind()

    def of_verify(self) -> DeployError:
        with pytest.raises(DeployError) as caught:
            verify(self.site.backups, self.backup.name, FakeReporter())
        assert record_of(self.site, self.backup) == self.before
        assert self.site.left_behind() == self.left
        assert "nothing was recorded" in caught.value.hint
        assert "\n" not in caught.value.what
        return caught.value


@pytest.fixture
def temporary(monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A temporary directory on a disk of its own."""
    with reachable_directory() as place, small_disk(place / "disk", "1g"):
        monkeypatch.setattr(tempfile, "tempdir", str(place / "disk"))
        yield place / "disk"


@pytest.mark.parametrize("room_bytes", [4096, 20 * MEGABYTES, 42 * MEGABYTES, 60 * MEGABYTES])
def test_a_temporary_directory_without_room_is_no_proof(site, backup, temporary, monkeypatch, room_bytes):
    """Full before the server is made, while it is made, while it starts, and while it is filled."""
    monkeypatch.setattr("deploy.adapters.backups.verifying.ROOM_FACTOR", 0)  # as if it filled up afterwards
    trouble = Trouble(site, backup)
    leave_room(temporary, room_bytes)

    error = trouble.of_verify()

    assert error.exit_code == EXIT_BLOCKED
    assert error.reference == "backup-not-tried"
    assert any(words in error.what for words in OF_A_FULL_DISK), error.what
    assert str(temporary) in error.hint
    leave_room(temporary, 500 * MEGABYTES)
    assert verify(site.backups, backup.name, FakeReporter()).is_verified


def servers_in(place: Path) -> list[int]:
    """Postmasters whose data lies there."""
    found = []
    for path in place.glob("surefoot-scratch-*/data/postmaster.pid"):
        found += [int(path.read_text().splitlines()[0])]
    return found


def test_a_throw_away_server_that_is_killed_before_it_is_filled_is_no_proof(site, backup, temporary, monkeypatch):
    original = Restorer.restore
    killed: list[int] = []

    def restore(restorer: Restorer, *positional: object, **named: object) -> None:
        for pid in servers_in(temporary):
            os.kill(pid, signal.SIGKILL)
            killed.append(pid)
        original(restorer, *positional, **named)

    monkeypatch.setattr(Restorer, "restore", restore)
    assert Trouble(site, backup).of_verify().reference == "backup-not-tried"
    assert len(killed) == 1


def children(name: str) -> list[int]:
    done = subprocess.run(["pgrep", "-x", "-P", str(os.getpid()), name], capture_output=True, text=True, check=False)
    return [int(word) for word in done.stdout.split()]


@pytest.mark.parametrize("who", ["server", "session", "pg_restore"])
def test_what_is_killed_in_the_middle_is_no_proof(site, backup, temporary, who):
    def kill() -> None:
        wait_for(lambda: bool(children("pg_restore")), "pg_restore is at work")
        [postmaster] = servers_in(temporary)
        if who == "server":
            os.kill(postmaster, signal.SIGKILL)
        elif who == "session":
            wait_for(lambda: bool(sessions_of(postmaster)), "the server has a session")
            for pid in sessions_of(postmaster):
                os.kill(pid, signal.SIGKILL)
        else:
            for pid in children("pg_restore"):
                os.kill(pid, signal.SIGKILL)

    killer = threading.Thread(target=kill)
    killer.start()
    error = Trouble(site, backup).of_verify()
    killer.join()

    assert error.reference == "backup-not-tried"


def sessions_of(postmaster: int) -> list[int]:
    """Server processes that fill the database."""
    done = subprocess.run(
        ["pgrep", "-f", "-P", str(postmaster), "postgres: surefoot verified"], capture_output=True, text=True,
        check=False,
    )
    return [int(word) for word in done.stdout.split()]


def test_a_backup_directory_without_room_for_the_plain_archive_is_no_proof(site, tmp_path):
    key = tmp_path / "key"
    identity = pyrage.x25519.Identity.generate()
    key.write_text(f"{identity}\n")
    with small_disk(tmp_path / "disk", "100m"):
        site.directory = tmp_path / "disk" / "backups"
        site.options = replace(site.options, recipients=(str(identity.to_public()),), identity_file=key)
        site.run(*ROWS)
        backup = site.create()
        assert verify(site.backups, backup.name, FakeReporter()).is_verified
        trouble = Trouble(site, backup)
        leave_room(tmp_path / "disk", MEGABYTES)

        assert trouble.of_verify().reference == "backup-not-decrypted"

        leave_room(tmp_path / "disk", 100 * MEGABYTES)
        assert verify(site.backups, backup.name, FakeReporter()).is_verified


def test_rows_that_their_table_refuses_are_a_proof(site):
    """A constraint whose function finds its table by the search path: pg_dump writes it, and a restore has no path."""
    site.run(
        "CREATE TABLE allowed (id int)", "INSERT INTO allowed VALUES (1)",
        "CREATE FUNCTION is_allowed(int) RETURNS bool LANGUAGE plpgsql AS "
        "'BEGIN RETURN EXISTS (SELECT FROM allowed WHERE id = $1); END'",
        "CREATE TABLE a (id int CHECK (is_allowed(id)))", "INSERT INTO a VALUES (1)",
    )

    assert 'relation "allowed" does not exist' in bad(site, site.create())


def bad(site: Site, backup: Backup) -> str:
    """The one problem that its record names."""
    assert not verify(site.backups, backup.name, FakeReporter()).is_verified
    verification = site.backups.get(backup.name).record.verification
    assert verification is not None
    [problem] = verification.problems
    return problem


def test_an_archive_that_cannot_be_decoded_is_a_proof_whoever_wrote_its_checksum(site, backup):
    [archive, *others] = backup.manifest.files
    path = site.directory / backup.name / archive.name
    content = bytearray(path.read_bytes())
    content[len(content) // 2 : len(content) // 2 + 64] = bytes(64)
    path.write_bytes(content)
    digest = hashlib.sha256(content).hexdigest()
    files = (replace(archive, sha256=digest, content_sha256=digest), *others)
    write_manifest(path.parent, replace(backup.manifest, files=files))

    assert "does not restore" in bad(site, backup)


def test_a_damaged_file_and_a_missing_one_are_proofs(site, backup):
    path = site.directory / backup.name / backup.manifest.files[0].name
    with path.open("ab") as file:
        file.write(b"\0")
    assert "damaged" in bad(site, backup)
    path.unlink()
    assert "damaged" in bad(site, backup)


def test_content_that_differs_is_a_proof(site, backup):
    [table] = backup.manifest.content.tables
    content = replace(backup.manifest.content, tables=(replace(table, rows=table.rows + 1),))
    write_manifest(site.directory / backup.name, replace(backup.manifest, content=content))

    assert "rows" in bad(site, backup)
