"""A damaged, swapped or unreadable backup is refused before anything is started, and nothing is left of the try."""

from __future__ import annotations

import os
import random
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pyrage
import pytest

from deploy.adapters.backups import verifying
from deploy.adapters.backups.manifest_file import MANIFEST_NAME, write_manifest
from deploy.model.backups import Backup
from deploy.model.errors import EXIT_BLOCKED, BlockedError
from tests.integration.backups.site import Site

pytestmark = pytest.mark.postgres
FLIPS = 60
ROWS = (
    "CREATE TABLE t (id int PRIMARY KEY, text text)",
    "INSERT INTO t SELECT n, md5(n::text) FROM generate_series(1, 20000) n",
)


@pytest.fixture
def no_server(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever starts a throw-away server fails the test."""

    def started(*_: object, **__: object) -> None:
        pytest.fail("a server was started")

    monkeypatch.setattr(verifying, "scratch_server", started)
    monkeypatch.setattr(verifying, "container_server", started)


@pytest.fixture
def backup(site: Site) -> Backup:
    site.run(*ROWS)
    return site.create()


def refused(site: Site, backup: Backup) -> BlockedError:
    """What a try to use it says; nothing may be left of the try."""
    before = site.left_behind()
    with pytest.raises(BlockedError) as caught:
        site.restore_aside(backup)
    assert site.left_behind() == before
    assert caught.value.exit_code == EXIT_BLOCKED
    return caught.value


@contextmanager
def flipped(path: Path, position: int, bit: int) -> Iterator[None]:
    """One bit of the file is another one."""

    def flip() -> None:
        with path.open("r+b") as file:
            file.seek(position)
            byte = file.read(1)[0]
            file.seek(position)
            file.write(bytes([byte ^ (1 << bit)]))

    flip()
    try:
        yield
    finally:
        flip()


def test_a_flipped_bit_anywhere_is_found(site, backup, no_server):
    chance = random.Random(4711)  # noqa: S311 - the same positions each time
    directory = site.directory / backup.name
    files = [directory / file.name for file in backup.manifest.files] + [directory / MANIFEST_NAME]
    ends = [(path, position) for path in files for position in (0, path.stat().st_size - 2)]
    somewhere = [(path, chance.randrange(path.stat().st_size)) for path in chance.choices(files, k=FLIPS - len(ends))]
    for path, position in ends + somewhere:
        with flipped(path, position, chance.randrange(8)):
            assert refused(site, backup).reference == "backup-damaged", (path.name, position)
    assert site.backups.get(backup.name) == backup  # each flip was taken back


@pytest.mark.parametrize("kept", [0, 1, 4, 100, 0.25, 0.5, 0.9, 0.999, -1])
def test_a_truncated_archive_is_found(site, backup, no_server, kept):
    path = site.directory / backup.name / "database.dump"
    size = path.stat().st_size
    os.truncate(path, int(size * kept) if isinstance(kept, float) else (kept if kept >= 0 else size + kept))

    assert refused(site, backup).reference == "backup-damaged"


def test_an_archive_that_grew_is_found(site, backup, no_server):
    with (site.directory / backup.name / "database.dump").open("ab") as file:
        file.write(b"\0")

    assert refused(site, backup).reference == "backup-damaged"


def test_a_missing_archive_is_found(site, backup, no_server):
    (site.directory / backup.name / "database.dump").unlink()

    assert refused(site, backup).reference == "backup-damaged"


def test_an_archive_of_another_backup_is_found(site, backup, no_server):
    site.run("UPDATE t SET text = reverse(text)")
    other = site.create()
    ours, theirs = (site.directory / b.name / "database.dump" for b in (backup, other))
    shutil.copy(theirs, ours)

    assert refused(site, backup).reference == "backup-damaged"
    assert site.problems_of_files(other) == ()


def test_a_whole_directory_of_another_backup_is_found(site, backup, no_server):
    other = site.create()
    shutil.rmtree(site.directory / backup.name)
    shutil.copytree(site.directory / other.name, site.directory / backup.name)

    assert refused(site, backup).reference == "backup-damaged"
    assert [b.name for b in site.backups.all()] == [other.name]


def test_without_a_manifest_there_is_no_backup(site, backup, no_server):
    (site.directory / backup.name / MANIFEST_NAME).unlink()

    assert site.backups.all() == ()
    assert len(site.backups.damaged()) == 1
    assert refused(site, backup).reference == "backup-damaged"


@pytest.mark.parametrize(
    "content", [b"", b"{", b"[]", b"null", b'{"schema": "surefoot/backup/2"}', b'{"schema": "surefoot/backup/1"}', b"\xff\xfe"]
)
def test_a_manifest_that_is_not_ours_makes_no_backup(site, backup, no_server, content):
    (site.directory / backup.name / MANIFEST_NAME).write_bytes(content)

    assert site.backups.all() == ()
    assert len(site.backups.damaged()) == 1
    assert refused(site, backup).reference == "backup-damaged"


def test_a_manifest_cannot_name_files_elsewhere(site, backup, no_server):
    stolen = replace(backup.manifest.files[0], name="../../secret")
    write_manifest(site.directory / backup.name, replace(backup.manifest, files=(stolen,)))

    assert refused(site, backup).reference == "backup-damaged"


def test_a_manifest_that_counts_otherwise_is_found_by_the_restore(site, backup):
    [table] = backup.manifest.content.tables
    for wrong in (replace(table, rows=table.rows + 1), replace(table, content_hash="1")):
        content = replace(backup.manifest.content, tables=(wrong,))
        write_manifest(site.directory / backup.name, replace(backup.manifest, content=content))

        assert len(site.problems(site.backups.get(backup.name))) == 1


class TestEncrypted:
    """To a recipient's public key."""

    @pytest.fixture
    def identity(self, tmp_path: Path) -> Path:
        return write_identity(tmp_path / "key", pyrage.x25519.Identity.generate())

    @pytest.fixture
    def encrypted(self, site: Site, identity: Path) -> Backup:
        recipient = pyrage.x25519.Identity.from_str(identity.read_text().strip()).to_public()
        site.options = replace(site.options, recipients=(str(recipient),), identity_file=identity)
        site.run(*ROWS)
        return site.create()

    def test_the_right_key_opens_it_and_leaves_no_plain_copy(self, site, encrypted):
        before = site.left_behind()

        assert site.problems(encrypted) == ()
        assert site.left_behind() == before

    def test_no_file_of_it_can_be_read_without_a_key(self, site, encrypted):
        for path in (site.directory / encrypted.name).iterdir():
            if path.name == MANIFEST_NAME:
                continue
            assert path.read_bytes().startswith(b"age-encryption.org/v1")

    def test_another_key_is_refused(self, site, encrypted, tmp_path, no_server):
        other = write_identity(tmp_path / "other", pyrage.x25519.Identity.generate())
        site.options = replace(site.options, identity_file=other)

        error = refused(site, encrypted)

        assert error.reference == "backup-key-wrong"
        assert other.read_text().strip() not in f"{error.what} {error.hint}"

    @pytest.mark.parametrize("content", [None, b"", b"AGE-SECRET-KEY-1NOTONE", b"\xff\x00"])
    def test_no_usable_key_is_refused(self, site, encrypted, tmp_path, no_server, content):
        path = tmp_path / "broken"
        if content is not None:
            path.write_bytes(content)
        site.options = replace(site.options, identity_file=path)

        assert refused(site, encrypted).reference == "backup-key-missing"

    def test_no_key_at_all_is_refused(self, site, encrypted, no_server):
        site.options = replace(site.options, identity_file=None)

        assert refused(site, encrypted).reference == "backup-key-missing"

    def test_a_flipped_bit_is_found_before_it_is_decrypted(self, site, encrypted, no_server):
        path = site.directory / encrypted.name / "database.dump.age"
        with flipped(path, path.stat().st_size // 2, 3):
            assert refused(site, encrypted).reference == "backup-damaged"


def write_identity(path: Path, identity: pyrage.x25519.Identity) -> Path:
    path.write_text(f"{identity}\n")
    path.chmod(0o600)
    return path
