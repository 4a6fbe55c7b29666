"""Which server a bucket is asked at."""

from __future__ import annotations

from typing import Any

import pytest

from deploy.adapters.copies.stores.gs import ENDPOINT as OF_GOOGLE
from deploy.adapters.copies.targets import kind_of, parse_target
from deploy.settings.backup_schema import BackupSettings

OWN = "https://store.example.com"
OF_AMAZON = "https://s3.amazonaws.com"


@pytest.fixture(autouse=True)
def no_other_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("AWS_ENDPOINT_URL", "AWS_ENDPOINT_URL_S3", "AWS_PROFILE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_CONFIG_FILE", "/nonexistent")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")


def endpoint_of(url: str, own: str = "") -> str:
    """Where the store of this target asks, with this DEPLOY_BACKUP_S3_ENDPOINT."""
    target = parse_target(url)
    settings = BackupSettings.model_validate({"DEPLOY_BACKUP_S3_ENDPOINT": own})
    store: Any = kind_of(target.kind).open(target, settings)
    endpoint: str = store._client.meta.endpoint_url
    return endpoint


@pytest.mark.parametrize(
    ("url", "own", "expected"),
    [
        ("gs://bucket/prefix", "", OF_GOOGLE), ("gs://bucket/prefix", OWN, OF_GOOGLE), ("s3://bucket", OWN, OWN),
        ("s3://bucket", "", OF_AMAZON),
    ],
)
def test_a_bucket_is_asked_at_its_makers_unless_another_endpoint_is_given(url: str, own: str, expected: str) -> None:
    assert endpoint_of(url, own) == expected


def test_amazons_own_variable_never_moves_googles_buckets(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL_S3", OWN)
    assert endpoint_of("gs://bucket") == OF_GOOGLE
    assert endpoint_of("s3://bucket") == OWN
