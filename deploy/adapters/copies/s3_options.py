"""How buckets are reached; apart from the store, whose library is large."""

from __future__ import annotations

from dataclasses import dataclass

PART_BYTES = 8 << 20


@dataclass(frozen=True)
class BucketOptions:
    """How we reach it. Credentials come from the environment or from AWS's own files.

    Attributes:
        endpoint: empty: Google's for gs://; else Amazon's, or what AWS's variables and files name.
        profile: of AWS's files; empty: the default one.
        part_bytes: of multipart uploads; smaller files go in one piece.
    """

    endpoint: str = ""
    profile: str = ""
    part_bytes: int = PART_BYTES
