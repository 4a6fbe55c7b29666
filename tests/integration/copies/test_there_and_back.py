"""A copy is what the backup was, or it is none."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from deploy.adapters.backups.folder import BackupFolder
from deploy.model.errors import BlockedError, InterruptedByOperator, StepFailed
from tests.integration.copies.conftest import copies_of
from tests.integration.copies.making import MEGABYTE, NAME, flipped, make_here
from tests.integration.copies.places import BucketPlace, Place
from tests.integration.copies.servers import S3Server

ARCHIVE = f"{NAME}/database.dump"
MANIFEST = f"{NAME}/manifest.json"
# Asked with every block that is sent, or read to be sent.
STOPS_AFTER = {"DirectoryPlace": 4, "SftpPlace": 4, "BucketPlace": 5, "GooglePlace": 5}


def push(directory: Path, place: Place, *, is_whole: bool = False) -> list[str]:
    said: list[str] = []
    copies_of(directory, place).push(
        NAME, place.url, is_whole=is_whole, say=said.append, is_stop_requested=lambda: False
    )
    return said


def pull(directory: Path, place: Place) -> Any:
    return copies_of(directory, place).pull(NAME, place.url, say=lambda _: None, is_stop_requested=lambda: False)


def content_of(directory: Path) -> dict[str, bytes]:
    return {str(p.relative_to(directory)): p.read_bytes() for p in sorted(directory.rglob("*")) if p.is_file()}


def test_a_copy_holds_the_same_bytes_and_comes_back_the_same(place: Place, here: Path, tmp_path: Path) -> None:
    push(here, place)
    assert place.files() == content_of(here)
    assert pull(tmp_path / "elsewhere", place).manifest == BackupFolder(here).get(NAME).manifest
    assert content_of(tmp_path / "elsewhere") == content_of(here)


def test_a_directory_archive_with_an_empty_file_goes_there_and_back(place: Place, tmp_path: Path) -> None:
    sizes = {"database.dump/toc.dat": 5000, "database.dump/12.dat.zst": 6 * MEGABYTE, "database.dump/13.dat.zst": 0}
    make_here(tmp_path / "backups", sizes)
    push(tmp_path / "backups", place)
    assert place.files() == content_of(tmp_path / "backups")
    pull(tmp_path / "elsewhere", place)
    assert content_of(tmp_path / "elsewhere") == content_of(tmp_path / "backups")


def test_a_copy_that_is_there_is_left_and_listed(place: Place, here: Path) -> None:
    assert copies_of(here, place).list(place.url) == ((), ())
    push(here, place)
    assert push(here, place) == []
    (listed,), damaged = copies_of(here, place).list(place.url)
    assert listed.manifest == BackupFolder(here).get(NAME).manifest
    assert damaged == ()


def test_without_its_manifest_it_is_no_copy_and_is_made_whole(place: Place, here: Path, tmp_path: Path) -> None:
    push(here, place)
    place.remove(MANIFEST)
    found, damaged = copies_of(here, place).list(place.url)
    assert found == ()
    assert len(damaged) == 1
    with pytest.raises(BlockedError) as caught:
        pull(tmp_path / "elsewhere", place)
    assert caught.value.reference == "no-such-copy"
    push(here, place)
    assert place.files() == content_of(here)


@pytest.mark.parametrize("damage", ["flipped", "shorter", "longer", "missing", "swapped"])
def test_a_damaged_copy_is_found_and_nothing_of_it_is_kept(
    place: Place, here: Path, tmp_path: Path, damage: str
) -> None:
    push(here, place)
    content = place.files()[ARCHIVE]
    if damage == "missing":
        place.remove(ARCHIVE)
    else:
        other = place.files()[f"{NAME}/globals.sql"]
        place.put(ARCHIVE, {
            "flipped": flipped(content), "shorter": content[:-1], "longer": content + b"x", "swapped": other,
        }[damage])
    with pytest.raises(StepFailed) as caught:
        pull(tmp_path / "elsewhere", place)
    assert caught.value.reference == "copy-damaged"
    assert content_of(tmp_path / "elsewhere") == {}
    assert list((tmp_path / "elsewhere").iterdir()) == []


def test_a_copy_under_another_name_is_not_taken(place: Place, here: Path, tmp_path: Path) -> None:
    push(here, place)
    other = "backup_shop_20261121T030405Z"
    for path, content in place.files().items():
        place.put(path.replace(NAME, other), content)
    with pytest.raises(StepFailed) as caught:
        copies_of(tmp_path / "elsewhere", place).pull(
            other, place.url, say=lambda _: None, is_stop_requested=lambda: False
        )
    assert caught.value.reference == "copy-damaged"


@pytest.mark.parametrize("name", ["../../escaped", "/escaped", "a/../../escaped", "manifest.json", ""])
def test_a_manifest_that_names_files_elsewhere_is_refused(
    directory_place: Place, here: Path, tmp_path: Path, name: str
) -> None:
    push(here, directory_place)
    raw = json.loads(directory_place.files()[MANIFEST])
    raw["files"][0]["name"] = name
    directory_place.put(MANIFEST, json.dumps(raw).encode())
    with pytest.raises(StepFailed) as caught:
        pull(tmp_path / "elsewhere", directory_place)
    assert caught.value.reference == "copy-damaged"
    assert not list(tmp_path.rglob("escaped"))


def test_reading_back_finds_a_flipped_byte_and_mends_the_copy(place: Place, here: Path) -> None:
    push(here, place)
    place.put(ARCHIVE, flipped(place.files()[ARCHIVE]))
    said = push(here, place, is_whole=True)
    assert place.files() == content_of(here)
    assert any("damaged" in line for line in said)


def test_a_damaged_backup_is_never_made_a_copy(place: Place, here: Path) -> None:
    archive = here / ARCHIVE
    archive.write_bytes(flipped(archive.read_bytes()))
    with pytest.raises(StepFailed) as caught:
        push(here, place)
    assert caught.value.reference == "copy-not-sent"
    assert MANIFEST not in place.files()
    assert ARCHIVE not in place.files()


def test_another_backup_of_the_same_name_is_not_overwritten(place: Place, here: Path, tmp_path: Path) -> None:
    push(here, place)
    before = place.files()
    make_here(tmp_path / "others", {"database.dump": 3000})
    with pytest.raises(StepFailed) as caught:
        push(tmp_path / "others", place)
    assert caught.value.reference == "copy-damaged"
    assert place.files() == before


def test_a_backup_that_is_here_is_not_fetched_over(place: Place, here: Path) -> None:
    push(here, place)
    with pytest.raises(BlockedError) as caught:
        pull(here, place)
    assert caught.value.reference == "backup-is-here"


def test_over_tls_where_bodies_are_not_signed_it_is_the_same(
    here: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "s3").mkdir()
    server = S3Server(tmp_path / "s3", has_tls=True)
    server.start()
    try:
        place = BucketPlace(server, "tls")
        for name, value in place.environment.items():
            monkeypatch.setenv(name, value)
        with pytest.raises(StepFailed) as caught:  # a certificate that nobody vouches for
            push(here, place)
        assert caught.value.reference == "copy-refused"
        monkeypatch.setenv("AWS_CA_BUNDLE", str(server.certificate))
        push(here, place)
        assert place.files() == content_of(here)
        pull(tmp_path / "elsewhere", place)
        assert content_of(tmp_path / "elsewhere") == content_of(here)
    finally:
        server.kill()


def test_what_a_broken_push_left_is_named_and_can_be_removed(place: Place, here: Path) -> None:
    asked = 0

    def is_stop_requested() -> bool:
        nonlocal asked
        asked += 1
        return asked > STOPS_AFTER[type(place).__name__]

    with pytest.raises(InterruptedByOperator):
        copies_of(here, place).push(
            NAME, place.url, is_whole=False, say=lambda _: None, is_stop_requested=is_stop_requested
        )
    assert copies_of(here, place).unfinished(place.url) == (NAME,)
    copies_of(here, place).delete(NAME, place.url)
    assert copies_of(here, place).unfinished(place.url) == ()
    assert place.files() == {}
    if isinstance(place, BucketPlace):
        assert place.parts() == []


def test_a_finished_copy_is_not_named_unfinished(place: Place, here: Path) -> None:
    push(here, place)
    assert copies_of(here, place).unfinished(place.url) == ()


def test_a_deleted_copy_is_gone_with_all_that_broken_attempts_left(place: Place, here: Path) -> None:
    push(here, place)
    copies_of(here, place).delete(NAME, place.url)
    assert place.files() == {}
    assert copies_of(here, place).list(place.url) == ((), ())
    copies_of(here, place).delete(NAME, place.url)
