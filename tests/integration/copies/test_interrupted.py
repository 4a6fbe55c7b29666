"""Killed, cut, stopped: the record is true, and the next push sends only what is missing."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import pytest

from deploy.adapters.backups.folder import BackupFolder
from tests.integration.backups.waiting import wait_for
from tests.integration.copies.making import MEGABYTE, NAME, make_here
from tests.integration.copies.places import BucketPlace, DirectoryPlace, Place, SftpPlace
from tests.integration.copies.proxy import CountingLine
from tests.integration.copies.servers import S3Server, SshServer

ROOT = Path(__file__).resolve().parents[3]
SIZE = 40 * MEGABYTE
SLOW = {"DEPLOY_BACKUP_COPY_BYTES_PER_SECOND": str(5 * MEGABYTE)}


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A project with one backup of 40 MiB."""
    (tmp_path / "project").mkdir()
    (tmp_path / "project" / ".env").write_text(
        "GITHUB_REPOSITORY=a/b\nDATABASE_URL=postgresql://shop:secret@127.0.0.1:1/shop\n"
    )
    make_here(tmp_path / "project" / ".deploy" / "backups", {"database.dump": SIZE})
    return tmp_path / "project"


def start(project: Path, words: tuple[str, ...], environment: Mapping[str, str]) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, str(ROOT / "scripts" / "deploy.py"), "--project-directory", str(project), "backup", *words],
        env={**os.environ, **environment}, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
    )


def backup_command(project: Path, *words: str, environment: Mapping[str, str]) -> tuple[int, str]:
    process = start(project, words, environment)
    output = process.communicate(timeout=240)[0]
    return process.returncode, output


def record_of(project: Path) -> dict[str, object]:
    document: dict[str, object] = json.loads((folder_of(project) / NAME / "record.json").read_text())
    return document


def folder_of(project: Path) -> Path:
    return project / ".deploy" / "backups"


@contextmanager
def counted(place: str, request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[tuple[Place, CountingLine]]:
    """A place behind a line that counts."""
    server: S3Server | SshServer = request.getfixturevalue({"bucket": "s3_server", "sftp": "ssh_server"}[place])
    with CountingLine(server.port) as line:
        if isinstance(server, S3Server):
            yield BucketPlace(server, f"counted/{tmp_path.name}", line.port), line
        else:
            server.trust(line.port)
            (tmp_path / "there").mkdir()
            yield SftpPlace(tmp_path / "there", server, line.port), line


@pytest.mark.parametrize("kind", ["bucket", "sftp"])
def test_a_killed_push_is_gone_on_with_and_sends_nothing_twice(
    kind: str, request: pytest.FixtureRequest, project: Path, tmp_path: Path
) -> None:
    with counted(kind, request, tmp_path) as (place, line):
        process = start(project, ("push", NAME, "--to", place.url), place.environment | SLOW)
        wait_for(lambda: line.sent_bytes > SIZE // 2, "half of it was sent", 90)
        process.send_signal(signal.SIGKILL)
        process.communicate()
        record = record_of(project)
        assert record["copies"] == []
        assert list(record["copy_problems"]) == [place.url]
        assert BackupFolder(folder_of(project)).get(NAME).is_local_only
        assert f"{NAME}/manifest.json" not in place.files()
        first = line.sent_bytes
        code, output = backup_command(project, "push", NAME, "--to", place.url, environment=place.environment)
        assert code == 0, output
        second = line.sent_bytes - first
        # Beyond the file itself: handshakes, and at most the part that was under way when it was killed.
        assert second < SIZE - SIZE // 2 + 10 * MEGABYTE, (first, second)
        record = record_of(project)
        assert [copy["target"] for copy in record["copies"]] == [place.url]
        assert record["copy_problems"] == {}
        assert place.files()[f"{NAME}/database.dump"] == (folder_of(project) / NAME / "database.dump").read_bytes()


def test_a_killed_push_into_a_directory_goes_on_behind_what_is_there(
    project: Path, directory_place: DirectoryPlace
) -> None:
    part = directory_place.root / NAME / ".database.dump.part"
    process = start(project, ("push", NAME, "--to", directory_place.url), SLOW)
    wait_for(lambda: part.exists() and part.stat().st_size > SIZE // 2, "half of it is there", 90)
    process.send_signal(signal.SIGKILL)
    process.communicate()
    kept = part.stat()
    code, output = backup_command(project, "push", NAME, "--to", directory_place.url, environment={})
    assert code == 0, output
    final = directory_place.root / NAME / "database.dump"
    assert final.stat().st_ino == kept.st_ino, "the same file went on"
    assert f"{kept.st_size:,} bytes were already there" in output
    assert final.read_bytes() == (folder_of(project) / NAME / "database.dump").read_bytes()


def test_a_part_whose_end_is_wrong_is_sent_again_from_there(project: Path, sftp_place: SftpPlace) -> None:
    content = (folder_of(project) / NAME / "database.dump").read_bytes()
    half = SIZE // 2
    (sftp_place.root / NAME).mkdir()
    (sftp_place.root / NAME / ".database.dump.part").write_bytes(content[:half] + bytes(MEGABYTE))
    code, output = backup_command(
        project, "push", NAME, "--to", sftp_place.url, environment=sftp_place.environment
    )
    assert code == 0, output
    assert f"{half:,} bytes were already there" in output
    assert sftp_place.files()[f"{NAME}/database.dump"] == content


@pytest.mark.parametrize("kind", ["bucket", "sftp"])
def test_a_line_that_is_cut_again_and_again_is_tried_again(
    kind: str, request: pytest.FixtureRequest, project: Path, tmp_path: Path
) -> None:
    with counted(kind, request, tmp_path) as (place, line):
        cuts = [25 * MEGABYTE, 12 * MEGABYTE]

        def cut(total: int) -> None:
            if cuts and total > cuts[-1]:
                cuts.pop()
                line.cut()

        line.on_bytes = cut
        code, output = backup_command(project, "push", NAME, "--to", place.url, environment=place.environment)
        assert code == 0, output
        assert not cuts
        assert "another attempt" in output
        # An uncut push is the size and a little; a push that began anew each time would be 77 MiB.
        assert line.sent_bytes < SIZE + 20 * MEGABYTE
        assert place.files()[f"{NAME}/database.dump"] == (folder_of(project) / NAME / "database.dump").read_bytes()


def test_a_server_that_stops_and_comes_back_gets_its_copy(tmp_path: Path, project: Path) -> None:
    (tmp_path / "ssh").mkdir()
    (tmp_path / "there").mkdir()
    server = SshServer(tmp_path / "ssh")
    server.start()
    try:
        place = SftpPlace(tmp_path / "there", server)
        part = place.root / NAME / ".database.dump.part"
        process = start(project, ("push", "--latest", "--to", place.url), place.environment | SLOW)
        wait_for(lambda: part.exists() and part.stat().st_size > MEGABYTE, "it is under way", 90)
        server.kill()
        assert not (place.root / NAME / "manifest.json").exists()
        server.start()
        output = process.communicate(timeout=240)[0]
        assert process.returncode == 0, output
        assert place.files()[f"{NAME}/database.dump"] == (folder_of(project) / NAME / "database.dump").read_bytes()
    finally:
        server.kill()


def test_an_s3_server_that_stops_and_comes_back_gets_its_copy(tmp_path: Path, project: Path) -> None:
    server = S3Server(tmp_path / "s3")
    (tmp_path / "s3").mkdir()
    server.start()
    try:
        place = BucketPlace(server, "stopped")
        process = start(project, ("push", "--latest", "--to", place.url), place.environment | SLOW)
        wait_for(lambda: len(place.parts()) >= 2, "two parts are there", 90)
        server.kill()
        server.start()
        output = process.communicate(timeout=240)[0]
        assert process.returncode == 0, output
        assert place.files()[f"{NAME}/database.dump"] == (folder_of(project) / NAME / "database.dump").read_bytes()
    finally:
        server.kill()


def test_a_server_that_is_gone_leaves_the_backup_local_only(
    tmp_path: Path, project: Path, sftp_place: SftpPlace, directory_place: DirectoryPlace
) -> None:
    with CountingLine(1) as line:
        nowhere = SftpPlace(tmp_path, sftp_place.server, line.port)
    environment = {**sftp_place.environment, "DEPLOY_BACKUP_COPY_TO": f"{nowhere.url} {directory_place.url}"}
    code, output = backup_command(project, "push", "--latest", "--json", environment=environment)
    assert code == 1
    document = json.loads(output[output.index("{\n"):])
    assert document["problems"][nowhere.url]["reference"] == "copy-not-reached"
    assert [copy["target"] for copy in document["backup"]["copies"]] == [directory_place.url], "the other one is made"
    assert list(document["backup"]["copy_problems"]) == [nowhere.url]
    assert "secret" not in output
