"""What a store refuses is said with the way out, is not tried again and again, and leaves nothing half done."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from deploy.adapters.copies.locking import push_lock
from deploy.model.errors import DeployError, LockedError, StepFailed
from tests.integration.copies.conftest import copies_of
from tests.integration.copies.making import MEGABYTE, NAME, make_here
from tests.integration.copies.places import BucketPlace, DirectoryPlace, SftpPlace
from tests.integration.copies.servers import SECRET_KEY, SshServer
from tests.integration.copies.test_there_and_back import push


def refusal(directory: Path, place: DirectoryPlace | BucketPlace, reference: str) -> str:
    """The error of a push, which said nothing of another attempt."""
    said: list[str] = []
    with pytest.raises(DeployError) as caught:
        copies_of(directory, place).push(
            NAME, place.url, is_whole=False, say=said.append, is_stop_requested=lambda: False
        )
    assert caught.value.reference == reference, caught.value.what
    assert not [line for line in said if "another attempt" in line]
    return caught.value.what


def test_wrong_s3_credentials_are_denied_and_not_shown(
    bucket_place: BucketPlace, here: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    bucket_place.environment["AWS_SECRET_ACCESS_KEY"] = "a-wrong-secret-of-somebody"
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "a-wrong-secret-of-somebody")
    what = refusal(here, bucket_place, "copy-denied")
    assert "a-wrong-secret" not in what
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", SECRET_KEY)
    assert bucket_place.files() == {}


def test_missing_s3_credentials_are_told(
    bucket_place: BucketPlace, here: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    settings = bucket_place.settings()
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.delenv(name)
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "none"))
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "none"))
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.setattr(bucket_place, "settings", lambda: settings)
    assert "AWS_ACCESS_KEY_ID" in refusal(here, bucket_place, "copy-denied")


def test_a_bucket_that_is_not_there_is_not_made(bucket_place: BucketPlace, here: Path) -> None:
    bucket_place.url = "s3://no-such-bucket/prefix"
    refusal(here, bucket_place, "copy-refused")
    assert "no-such-bucket" not in [b["Name"] for b in bucket_place.server.client().list_buckets()["Buckets"]]


def test_an_unknown_host_key_is_refused_and_never_learned(sftp_place: SftpPlace, here: Path, tmp_path: Path) -> None:
    known_hosts = tmp_path / "known_hosts"
    known_hosts.write_text("")
    sftp_place.server = _other_files(sftp_place.server, known_hosts=known_hosts)
    assert "known_hosts" in refusal(here, sftp_place, "copy-refused")
    assert known_hosts.read_text() == ""
    assert sftp_place.files() == {}


def test_another_hosts_key_is_refused(sftp_place: SftpPlace, here: Path, tmp_path: Path) -> None:
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(tmp_path / "other")], check=True)
    key = " ".join((tmp_path / "other.pub").read_text().split()[:2])
    known_hosts = tmp_path / "known_hosts"
    known_hosts.write_text(f"[127.0.0.1]:{sftp_place.port} {key}\n")
    sftp_place.server = _other_files(sftp_place.server, known_hosts=known_hosts)
    refusal(here, sftp_place, "copy-refused")
    assert sftp_place.files() == {}


def test_a_key_that_the_server_does_not_know_is_denied(sftp_place: SftpPlace, here: Path, tmp_path: Path) -> None:
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(tmp_path / "other")], check=True)
    sftp_place.server = _other_files(sftp_place.server, key_file=tmp_path / "other")
    refusal(here, sftp_place, "copy-denied")


def test_a_key_with_a_passphrase_is_refused_and_nothing_is_asked(
    sftp_place: SftpPlace, here: Path, tmp_path: Path
) -> None:
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "a long one", "-f", str(tmp_path / "locked")], check=True)
    sftp_place.server = _other_files(sftp_place.server, key_file=tmp_path / "locked")
    refusal(here, sftp_place, "copy-refused")


@pytest.mark.parametrize("kind", ["directory", "sftp"])
def test_a_directory_that_is_not_there_is_not_made(kind: str, request: pytest.FixtureRequest, here: Path) -> None:
    place: DirectoryPlace = request.getfixturevalue(f"{kind}_place")
    place.root = place.root / "not-mounted"
    refusal(here, place, "copy-refused")
    assert not place.root.exists()


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[DirectoryPlace]:
    """A file system of 4 MiB."""
    if os.geteuid() != 0:
        pytest.skip("only root mounts a file system")
    (tmp_path / "small").mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=4m", "tmpfs", str(tmp_path / "small")], check=True)
    try:
        yield DirectoryPlace(tmp_path / "small")
    finally:
        subprocess.run(["umount", str(tmp_path / "small")], check=True)


@pytest.mark.parametrize("is_remote", [False, True])
def test_a_full_disk_there_is_told_and_not_kept_full(
    small_disk: DirectoryPlace, here: Path, ssh_server: SshServer, is_remote: bool
) -> None:
    place = SftpPlace(small_disk.root, ssh_server) if is_remote else small_disk
    refusal(here, place, "copy-refused")
    assert sum(map(len, place.files().values())) < MEGABYTE
    assert f"{NAME}/manifest.json" not in place.files()


def test_a_full_disk_here_keeps_nothing_of_a_pull(
    small_disk: DirectoryPlace, directory_place: DirectoryPlace, here: Path
) -> None:
    push(here, directory_place)
    with pytest.raises(StepFailed) as caught:
        copies_of(small_disk.root, directory_place).pull(
            NAME, directory_place.url, say=lambda _: None, is_stop_requested=lambda: False
        )
    assert caught.value.reference == "backup-not-written"
    assert list(small_disk.root.iterdir()) == []


def test_a_copy_that_may_not_be_deleted_is_denied_and_whole(tmp_path: Path, here: Path) -> None:
    (tmp_path / "ssh").mkdir()
    (tmp_path / "there").mkdir()
    server = SshServer(tmp_path / "ssh", has_delete=False)
    server.start()
    try:
        place = SftpPlace(tmp_path / "there", server)
        push(here, place)
        before = place.files()
        with pytest.raises(StepFailed) as caught:
            copies_of(here, place).delete(NAME, place.url)
        assert caught.value.reference == "copy-denied"
        assert place.files() == before
    finally:
        server.kill()


def test_two_pushes_of_one_backup_do_not_meet(directory_place: DirectoryPlace, here: Path) -> None:
    with push_lock(here / NAME / "manifest.json"), pytest.raises(LockedError):
        push(here, directory_place)
    push(here, directory_place)


def test_a_push_stops_when_the_operator_says_so_and_goes_on_later(
    directory_place: DirectoryPlace, tmp_path: Path
) -> None:
    make_here(tmp_path / "backups", {"database.dump": 8 * MEGABYTE})
    asked = 0

    def is_stop_requested() -> bool:
        nonlocal asked
        asked += 1
        return asked > 10

    with pytest.raises(DeployError) as caught:
        copies_of(tmp_path / "backups", directory_place).push(
            NAME, directory_place.url, is_whole=False, say=lambda _: None, is_stop_requested=is_stop_requested
        )
    assert caught.value.reference == "interrupted"
    assert f"{NAME}/manifest.json" not in directory_place.files()
    said = push(tmp_path / "backups", directory_place)
    assert any("were already there" in line for line in said)


def test_a_stop_during_an_upload_is_a_stop_and_no_lost_connection(
    bucket_place: BucketPlace, here: Path
) -> None:
    asked = 0

    def is_stop_requested() -> bool:
        nonlocal asked
        asked += 1
        return asked > 3

    with pytest.raises(DeployError) as caught:
        copies_of(here, bucket_place).push(
            NAME, bucket_place.url, is_whole=False, say=lambda _: None, is_stop_requested=is_stop_requested
        )
    assert caught.value.reference == "interrupted"
    assert bucket_place.files() == {}


def _other_files(server: SshServer, **changes: Path) -> SshServer:
    """The same server, with other files of ours."""

    class Other(SshServer):
        known_hosts = changes.get("known_hosts", server.known_hosts)
        key_file = changes.get("key_file", server.key_file)

    return Other(server.directory, server.port)


