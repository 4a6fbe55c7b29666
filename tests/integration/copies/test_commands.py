"""The commands as an operator types them, against a real S3 server."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from tests.integration.copies.making import make_here
from tests.integration.copies.places import BucketPlace
from tests.integration.copies.servers import ACCESS_KEY, SECRET_KEY
from tests.integration.copies.test_interrupted import backup_command, folder_of, project
from tests.published_json import require_published

__all__ = ["project"]


def answered(project: Path, place: BucketPlace, *words: str) -> dict[str, Any]:
    code, output = backup_command(project, *words, "--json", environment=place.environment)
    assert code == 0, output
    assert SECRET_KEY not in output
    assert ACCESS_KEY not in output
    document: dict[str, Any] = json.loads(output[output.index("{\n"):])
    require_published(["backup", *words], document)
    return document


def make_old(project: Path, days: int) -> str:
    at = datetime.now(UTC) - timedelta(days=days)
    name = f"backup_shop_{at:%Y%m%dT%H%M%SZ}"
    make_here(folder_of(project), {"database.dump": 100}, name, at)
    return name


def test_copies_are_listed_and_pruned_where_they_are(project: Path, bucket_place: BucketPlace) -> None:
    old, young = make_old(project, 30), make_old(project, 1)
    for name in (old, young):
        answered(project, bucket_place, "push", name, "--to", bucket_place.url, "--verify")
    listed = answered(project, bucket_place, "list", "--remote", bucket_place.url)["backups"]
    assert [backup["name"] for backup in listed] == [young, old]
    dry = answered(project, bucket_place, "prune", "--remote", bucket_place.url, "--dry-run")
    assert {backup["name"]: backup["is_kept"] for backup in dry["backups"]} == {young: True, old: False}
    assert old in {path.split("/")[0] for path in bucket_place.files()}
    answered(project, bucket_place, "prune", "--remote", bucket_place.url)
    assert {path.split("/")[0] for path in bucket_place.files()} == {young}
    assert (folder_of(project) / old).is_dir(), "here it stays until it is pruned here"
    shown = answered(project, bucket_place, "show", old)["backup"]
    assert shown["copies"] == []


def test_push_needs_exactly_one_backup_and_a_target(project: Path, bucket_place: BucketPlace) -> None:
    for words in (("push",), ("push", "x", "--latest"), ("push", "--latest"), ("pull", "--from", "/x"),
                  ("push", "--latest", "--to", "garbage")):
        code, output = backup_command(project, *words, environment={})
        assert code == 2, (words, output)
    code, _ = backup_command(project, "push", "backup_shop_20000101T000000Z", "--to", "/tmp", environment={})
    assert code == 3


def test_nothing_secret_is_in_the_record_or_at_the_target(project: Path, bucket_place: BucketPlace) -> None:
    answered(project, bucket_place, "push", "--latest", "--to", bucket_place.url)
    record = b"".join(path.read_bytes() for path in folder_of(project).rglob("*.json"))
    sent = b"".join(content for path, content in bucket_place.files().items() if path.endswith(".json"))
    for secret in (ACCESS_KEY, SECRET_KEY, "secret@"):
        assert secret.encode() not in record + sent
