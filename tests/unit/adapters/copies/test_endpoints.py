"""Which server a bucket is asked at."""

from __future__ import annotations

import pytest

from deploy.adapters.copies.s3 import GOOGLE_ENDPOINT, _make_client
from deploy.adapters.copies.s3_options import BucketOptions
from deploy.adapters.copies.targets import parse_target

OWN = "https://store.example.com"
OF_AMAZON = "https://s3.amazonaws.com"


@pytest.fixture(autouse=True)
def no_other_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("AWS_ENDPOINT_URL", "AWS_ENDPOINT_URL_S3", "AWS_PROFILE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_CONFIG_FILE", "/nonexistent")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")


@pytest.mark.parametrize(
    ("url", "endpoint", "expected"),
    [
        ("gs://bucket/prefix", "", GOOGLE_ENDPOINT), ("gs://bucket/prefix", OWN, OWN), ("s3://bucket", OWN, OWN),
        ("s3://bucket", "", OF_AMAZON),
    ],
)
def test_a_bucket_is_asked_at_its_makers_unless_another_endpoint_is_given(
    url: str, endpoint: str, expected: str
) -> None:
    client = _make_client(parse_target(url), BucketOptions(endpoint))
    assert client.meta.endpoint_url == expected


def test_amazons_own_variable_never_moves_googles_buckets(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL_S3", OWN)
    assert _make_client(parse_target("gs://bucket"), BucketOptions()).meta.endpoint_url == GOOGLE_ENDPOINT
    assert _make_client(parse_target("s3://bucket"), BucketOptions()).meta.endpoint_url == OWN
