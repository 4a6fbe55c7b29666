"""Copies in a bucket: S3 and what speaks it. Unfinished multipart uploads are gone on with."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any
from urllib.parse import SplitResult, unquote

import boto3
from botocore.config import Config
from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    ConnectionError,  # noqa: A004 - botocore's own
    HTTPClientError,
    NoCredentialsError,
    PartialCredentialsError,
)

from deploy.adapters.copies.file_part import FilePart
from deploy.adapters.copies.resuming import open_source, source_damaged
from deploy.adapters.copies.store import (
    CHUNK_BYTES,
    DamagedError,
    DeniedError,
    LostError,
    MissingError,
    Outgoing,
    Pace,
    RefusedError,
    Sent,
    Store,
    StoreKind,
    Target,
)
from deploy.settings.backup_schema import BackupSettings

MOST_PARTS = 9000  # the protocol's limit is 10,000
CONNECT_SECONDS = 15
ANSWER_SECONDS = 90
PART_BYTES = 8 << 20  # of multipart uploads; smaller files go in one piece
SHA256 = "sha256"
DENIED = {"AccessDenied", "Forbidden", "403", "InvalidAccessKeyId", "SignatureDoesNotMatch", "ExpiredToken",
          "InvalidToken", "AuthorizationHeaderMalformed", "AllAccessDisabled", "AccountProblem"}
MISSING = {"NoSuchKey", "404", "NotFound"}
# Answers that another attempt may change: busy, slow, broken on the way.
LOST = {"InternalError", "ServiceUnavailable", "SlowDown", "RequestTimeout", "BadDigest", "Throttling", "500", "502",
        "503", "504", "OperationAborted", "RequestTimeTooSkewed", "IncompleteBody", "TooManyRequests", "NoSuchUpload"}


@dataclass(frozen=True)
class BucketOptions:
    """How we reach it. Credentials come from the environment or from AWS's own files.

    Attributes:
        endpoint: empty: Amazon's, or what AWS's variables and files name.
        profile: of AWS's files; empty: the default one.
    """

    endpoint: str = ""
    profile: str = ""


class BucketStore:
    """A prefix of a bucket that exists.

    Raises:
        RefusedError: credentials are missing.
    """

    def __init__(self, target: Target, options: BucketOptions) -> None:
        self._bucket = target.place
        self._prefix = f"{target.path}/" if target.path else ""
        self._part_bytes = PART_BYTES
        with _translated():
            self._client = _make_client(options)

    def names(self) -> tuple[str, ...]:
        """First words behind the prefix; from the objects, for some stores name prefixes that are empty again."""
        with _translated():
            keys = self._keys(self._prefix) + [upload["Key"] for upload in self._uploads(self._prefix)]
        return tuple(sorted({key[len(self._prefix) :].split("/")[0] for key in keys}))

    def read(self, path: str) -> Iterator[bytes]:
        """An object's bytes."""
        with _translated():
            body = self._client.get_object(Bucket=self._bucket, Key=self._key(path))["Body"]
            yield from body.iter_chunks(CHUNK_BYTES)

    def size(self, path: str) -> int | None:
        """In bytes."""
        head = self._head(self._key(path))
        return None if head is None else int(head["ContentLength"])

    def send(self, outgoing: Outgoing, pace: Pace) -> Sent:
        """An object appears whole or not at all; every part's MD5 is checked at both ends."""
        key = self._key(outgoing.path)
        head = self._head(key)
        if head and _is_ours(head, outgoing):
            return Sent(0, outgoing.size_bytes)
        with _translated():
            if outgoing.size_bytes <= self._part_bytes:
                sent = self._send_whole(key, outgoing, pace)
            else:
                sent = self._send_parts(key, outgoing, pace)
        head = self._head(key)
        if head is None or not _is_ours(head, outgoing):
            raise DamagedError("the object that arrived has another size or checksum")
        return sent

    def write(self, path: str, content: bytes) -> None:
        """A small object."""
        with _translated():
            self._client.put_object(
                Bucket=self._bucket, Key=self._key(path), Body=content,
                ContentMD5=_md5_header(hashlib.md5(content, usedforsecurity=False).digest()),
                Metadata={SHA256: hashlib.sha256(content).hexdigest()},
            )

    def discard(self, path: str) -> None:
        """One object."""
        with _translated():
            self._client.delete_object(Bucket=self._bucket, Key=self._key(path))

    def delete(self, name: str, first: str) -> None:
        """The first object, the rest, the unfinished uploads."""
        prefix = self._key(name) + "/"
        with _translated():
            self._client.delete_object(Bucket=self._bucket, Key=prefix + first)
            for key in self._keys(prefix):  # one by one: Google has no call for many
                self._client.delete_object(Bucket=self._bucket, Key=key)
            for upload in self._uploads(prefix):
                self._client.abort_multipart_upload(
                    Bucket=self._bucket, Key=upload["Key"], UploadId=upload["UploadId"]
                )

    def close(self) -> None:
        """End the connections."""
        self._client.close()

    def _key(self, path: str) -> str:
        return self._prefix + path

    def _keys(self, prefix: str) -> list[str]:
        pages = self._client.get_paginator("list_objects_v2").paginate(Bucket=self._bucket, Prefix=prefix)
        return [row["Key"] for page in pages for row in page.get("Contents", ())]

    def _head(self, key: str) -> Mapping[str, Any] | None:
        try:
            with _translated():
                head: Mapping[str, Any] = self._client.head_object(Bucket=self._bucket, Key=key)
                return head
        except MissingError:
            return None

    def _send_whole(self, key: str, outgoing: Outgoing, pace: Pace) -> Sent:
        digest = hashlib.sha256()
        with open_source(outgoing.source) as source:
            part = FilePart(source, 0, outgoing.size_bytes + 1, pace, digest)
            _check_source(outgoing, part.size_bytes, digest)
            answer = self._client.put_object(
                Bucket=self._bucket, Key=key, Body=part, ContentLength=part.size_bytes,
                ContentMD5=_md5_header(part.md5), Metadata={SHA256: outgoing.sha256},
            )
        _check_tag(answer, part.md5)
        return Sent(part.size_bytes)

    def _send_parts(self, key: str, outgoing: Outgoing, pace: Pace) -> Sent:
        upload_id, there = self._unfinished(key)
        if upload_id is None:
            upload_id = self._client.create_multipart_upload(
                Bucket=self._bucket, Key=key, Metadata={SHA256: outgoing.sha256}
            )["UploadId"]
        which = {"Bucket": self._bucket, "Key": key, "UploadId": upload_id}
        part_bytes = max(self._part_bytes, -(-outgoing.size_bytes // MOST_PARTS))
        digest, size, sent_bytes = hashlib.sha256(), 0, 0
        tags: list[dict[str, Any]] = []
        with open_source(outgoing.source) as source:
            while (part := FilePart(source, size, part_bytes, pace, digest)).size_bytes:
                size += part.size_bytes
                number, tag = len(tags) + 1, part.md5.hex()
                if there.get(number) != (part.size_bytes, tag):
                    tag = self._send_part(which, number, part)
                    sent_bytes += part.size_bytes
                tags.append({"PartNumber": number, "ETag": tag})
        try:
            _check_source(outgoing, size, digest)
        except DamagedError:
            self._client.abort_multipart_upload(**which)
            raise
        self._client.complete_multipart_upload(**which, MultipartUpload={"Parts": tags})
        return Sent(sent_bytes, size - sent_bytes)

    def _send_part(self, which: Mapping[str, str], number: int, part: FilePart) -> str:
        answer = self._client.upload_part(
            **which, PartNumber=number, Body=part, ContentLength=part.size_bytes, ContentMD5=_md5_header(part.md5)
        )
        _check_tag(answer, part.md5)
        return str(answer["ETag"])

    def _unfinished(self, key: str) -> tuple[str | None, dict[int, tuple[int, str]]]:
        """The newest unfinished upload of this object, and its parts: number → size and tag."""
        try:
            with _translated():
                own = [upload for upload in self._uploads(key) if upload["Key"] == key]
                if not own:
                    return None, {}
                upload_id = max(own, key=lambda upload: upload["Initiated"])["UploadId"]
                pages = self._client.get_paginator("list_parts").paginate(
                    Bucket=self._bucket, Key=key, UploadId=upload_id
                )
                parts = [part for page in pages for part in page.get("Parts", ())]
                return upload_id, {p["PartNumber"]: (p["Size"], p["ETag"].strip('"')) for p in parts}
        except (RefusedError, MissingError):
            return None, {}  # credentials that may only write, or a store that cannot tell: it begins anew

    def _uploads(self, prefix: str) -> list[Mapping[str, Any]]:
        try:
            with _translated():
                pages = self._client.get_paginator("list_multipart_uploads").paginate(
                    Bucket=self._bucket, Prefix=prefix
                )
                return [upload for page in pages for upload in page.get("Uploads", ())]
        except (RefusedError, MissingError):
            return []  # credentials that may not, or a store that cannot tell


def _make_client(options: BucketOptions) -> Any:
    session = boto3.Session(profile_name=options.profile or None)
    return session.client(
        "s3", endpoint_url=options.endpoint or None,
        # Stores that are not Amazon's need no region, but a request cannot be signed without one.
        region_name=session.region_name or "us-east-1",
        config=Config(
            connect_timeout=CONNECT_SECONDS, read_timeout=ANSWER_SECONDS,
            # We try again ourselves, from the last part that arrived.
            retries={"total_max_attempts": 1, "mode": "standard"},
            # The newer trailers are refused by stores that are not Amazon's; every part bears its MD5 instead.
            request_checksum_calculation="when_required", response_checksum_validation="when_required",
        ),
    )


def _md5_header(digest: bytes) -> str:
    return base64.b64encode(digest).decode()


def _check_tag(answer: Mapping[str, Any], md5: bytes) -> None:
    """An ETag that looks like an MD5 must be it; with some kinds of encryption at rest it is something else.

    Raises:
        DamagedError: the store says that it received something else.
    """
    tag = str(answer["ETag"]).strip('"')
    is_opaque = bool(answer.get("SSEKMSKeyId") or answer.get("SSECustomerAlgorithm")) or len(tag) != 32  # noqa: PLR2004
    if not is_opaque and tag != md5.hex():
        raise DamagedError("the store says that it received something else")


def _check_source(outgoing: Outgoing, size: int, digest: hashlib._Hash) -> None:
    if (size, digest.hexdigest()) != (outgoing.size_bytes, outgoing.sha256):
        raise source_damaged(outgoing)


def _is_ours(head: Mapping[str, Any], outgoing: Outgoing) -> bool:
    return (head["ContentLength"], head["Metadata"].get(SHA256)) == (outgoing.size_bytes, outgoing.sha256)


@contextmanager
def _translated() -> Iterator[None]:
    """A library's error as a store's. Its texts name requests, never keys."""
    try:
        yield
    except ClientError as error:
        code = str(error.response.get("Error", {}).get("Code", ""))
        says = f"{code}: {error.response.get('Error', {}).get('Message', '')}".strip(": ")
        if code in DENIED:
            raise DeniedError(says) from None
        if code in MISSING:
            raise MissingError(says) from None
        raise (LostError if code in LOST else RefusedError)(says) from None
    except (NoCredentialsError, PartialCredentialsError) as error:
        raise DeniedError(f"{error}: set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or AWS_PROFILE") from None
    except (HTTPClientError, ConnectionError) as error:
        if "CERTIFICATE_VERIFY_FAILED" in str(error):
            raise RefusedError(f"{error}: set AWS_CA_BUNDLE if the store has its own certificate authority") from None
        raise LostError(str(error)) from None
    except BotoCoreError as error:
        raise RefusedError(str(error)) from None


def read_bucket(text: str, url: SplitResult) -> Target:
    """The target of a bucket's URL. Raises ValueError."""
    if not url.netloc or "@" in url.netloc or ":" in url.netloc:
        raise ValueError("only the bucket's name may stand after ://")
    return Target(url.scheme, text, url.netloc, unquote(url.path).strip("/"))


def _open(target: Target, settings: BackupSettings) -> Store:
    return BucketStore(target, BucketOptions(settings.backup_s3_endpoint))


KIND = StoreKind("s3://bucket/prefix", read_bucket, _open)
