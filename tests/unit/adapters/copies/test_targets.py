"""URLs of targets: read exactly, and never with a secret."""

from __future__ import annotations

from pathlib import Path

import pytest

from deploy.adapters.copies.store import Target
from deploy.adapters.copies.targets import parse_target
from deploy.model.errors import UsageError
from deploy.settings.load import load_settings


@pytest.mark.parametrize(("text", "target"), [
    ("s3://bucket/a/b/", Target("s3", "s3://bucket/a/b/", "bucket", "a/b")),
    ("s3://bucket", Target("s3", "s3://bucket", "bucket", "")),
    ("gs://bucket/a", Target("gs", "gs://bucket/a", "bucket", "a")),
    ("sftp://ann@host:2222/srv/b", Target("sftp", "sftp://ann@host:2222/srv/b", "host", "/srv/b", "ann", 2222)),
    ("sftp://host/~/b", Target("sftp", "sftp://host/~/b", "host", "b")),
    ("sftp://[::1]/srv/b", Target("sftp", "sftp://[::1]/srv/b", "::1", "/srv/b")),
    ("file:///mnt/my%20backups", Target("file", "file:///mnt/my%20backups", "", "/mnt/my backups")),
    ("/mnt/backups/", Target("file", "/mnt/backups/", "", "/mnt/backups")),
])
def test_each_kind_is_read(text: str, target: Target) -> None:
    assert parse_target(text) == target


@pytest.mark.parametrize("text", [
    "bucket/prefix", "http://host/a", "s3://", "s3://key@bucket/a", "s3://host:9000/bucket", "sftp://host",
    "sftp://host/", "sftp://host:port/a", "file://host/a", "file:///", "s3://bucket/a?secret=1", "relative/path", "",
])
def test_what_is_no_target_is_refused(text: str) -> None:
    with pytest.raises(UsageError) as caught:
        parse_target(text)
    assert caught.value.reference == "bad-copy-target"


@pytest.mark.parametrize("text", ["sftp://ann:pass-word@host/a", "s3://key:pass-word@bucket/a"])
def test_a_url_with_a_password_is_refused_and_not_repeated(text: str) -> None:
    with pytest.raises(UsageError) as caught:
        parse_target(text)
    assert "pass-word" not in f"{caught.value.what} {caught.value.hint}"


def test_a_setting_with_a_password_is_refused_and_not_repeated(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgresql://a@b/c")
    monkeypatch.setenv("GITHUB_REPOSITORY", "a/b")
    monkeypatch.setenv("DEPLOY_BACKUP_COPY_TO", "/mnt/a, sftp://ann:pass-word@host/a")
    with pytest.raises(UsageError) as caught:
        load_settings(tmp_path)
    assert "pass-word" not in f"{caught.value.what} {caught.value.hint}"
    monkeypatch.setenv("DEPLOY_BACKUP_COPY_TO", "/mnt/a, sftp://ann@host/a s3://b/c")
    assert load_settings(tmp_path).backup_copy_to == ("/mnt/a", "sftp://ann@host/a", "s3://b/c")
