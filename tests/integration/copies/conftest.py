"""Targets of every kind, on real servers that are started once."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest

from deploy.adapters.clock import SystemClock
from deploy.adapters.copies.backup_copies import BackupCopies, CopyOptions
from deploy.adapters.copies.stores import gs, s3
from tests.integration.copies.making import MEGABYTE, make_here
from tests.integration.copies.places import BucketPlace, DirectoryPlace, GooglePlace, Place, SftpPlace
from tests.integration.copies.servers import S3Server, SshServer


@pytest.fixture(scope="session")
def s3_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[S3Server]:
    server = S3Server(tmp_path_factory.mktemp("s3"))
    server.start()
    yield server
    server.kill()


@pytest.fixture(scope="session")
def ssh_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SshServer]:
    server = SshServer(tmp_path_factory.mktemp("ssh"))
    server.start()
    yield server
    server.kill()


@pytest.fixture(autouse=True)
def small_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    """The protocol's least, so that small backups go in several parts."""
    monkeypatch.setattr(s3, "PART_BYTES", 5 << 20)


@pytest.fixture
def bucket_place(s3_server: S3Server, monkeypatch: pytest.MonkeyPatch) -> BucketPlace:
    place = BucketPlace(s3_server, f"prefix/{uuid.uuid4().hex}")
    for name, value in place.environment.items():
        monkeypatch.setenv(name, value)
    return place


@pytest.fixture
def google_place(s3_server: S3Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> GooglePlace:
    place = GooglePlace(s3_server, f"prefix/{uuid.uuid4().hex}", tmp_path / "credentials")
    monkeypatch.setattr(gs, "ENDPOINT", place.endpoint)
    for name, value in place.environment.items():
        monkeypatch.setenv(name, value)
    return place


@pytest.fixture
def sftp_place(ssh_server: SshServer, tmp_path: Path) -> SftpPlace:
    (tmp_path / "there-by-ssh").mkdir()
    return SftpPlace(tmp_path / "there-by-ssh", ssh_server)


@pytest.fixture
def directory_place(tmp_path: Path) -> DirectoryPlace:
    (tmp_path / "there").mkdir()
    return DirectoryPlace(tmp_path / "there")


@pytest.fixture(params=["directory", "sftp", "bucket", "google"])
def place(request: pytest.FixtureRequest) -> Place:
    """Each in turn."""
    found: Place = request.getfixturevalue(f"{request.param}_place")
    return found


@pytest.fixture
def here(tmp_path: Path) -> Path:
    """A backup directory with one backup: 6 MiB, so that a bucket gets it in parts."""
    make_here(tmp_path / "backups", {"database.dump": 6 * MEGABYTE, "globals.sql": 1000})
    return tmp_path / "backups"


def copies_of(directory: Path, place: Place) -> BackupCopies:
    """The real door on this directory and target."""
    return BackupCopies(directory, CopyOptions((place.url,), settings=place.settings(), attempts=2), SystemClock())
