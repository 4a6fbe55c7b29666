"""Copies in a bucket of Google's, over its S3-compatible interface."""

from __future__ import annotations

from deploy.adapters.copies.store import Store, StoreKind, Target
from deploy.adapters.copies.stores.s3 import BucketOptions, BucketStore, read_bucket
from deploy.settings.backup_schema import BackupSettings

ENDPOINT = "https://storage.googleapis.com"


def _open(target: Target, settings: BackupSettings) -> Store:
    return BucketStore(target, BucketOptions(ENDPOINT, settings.backup_gs_profile))


KIND = StoreKind("gs://bucket/prefix", read_bucket, _open)
