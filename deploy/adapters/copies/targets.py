"""Where copies go, as a URL names it. No URL holds a secret: it is printed, recorded and planned with."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import PurePosixPath
from urllib.parse import SplitResult, unquote, urlsplit

from deploy.model.errors import UsageError

EXAMPLES = "s3://bucket/prefix, gs://bucket/prefix, sftp://user@host:22/path, file:///mnt/backups or /mnt/backups"
SSH_PORT = 22


@dataclass(frozen=True)
class Target:
    """One place for copies.

    Attributes:
        kind: `s3`, `gs`, `sftp` or `file`.
        shown: as it was named.
        place: bucket, or host; empty for a directory.
        path: prefix without slashes around it in a bucket; a directory otherwise (relative: to the login's home).
        user_name: for sftp; None: whoever runs this.
        port: for sftp.
    """

    kind: str
    shown: str
    place: str
    path: str
    user_name: str | None = None
    port: int = SSH_PORT


def parse_target(text: str) -> Target:
    """The target of a URL or an absolute path.

    Raises:
        UsageError: it is none, or it holds a password.
    """
    if text.startswith("/"):
        return Target("file", text, "", str(PurePosixPath(text)))
    url = urlsplit(text)
    if url.password is not None:
        raise UsageError(
            f"the target {url.scheme}://{url.hostname or ''} holds a password",
            hint="use a key file or the store's own credentials: URLs are printed and recorded",
            reference="secret-in-target",
        )
    if url.query or url.fragment:
        raise _bad(text, "it may not contain ? or #")
    reader = _READERS.get(url.scheme)
    if reader is None:
        raise _bad(text, "its kind is not known")
    return reader(text, url)


def _bucket(text: str, url: SplitResult) -> Target:
    if not url.netloc or "@" in url.netloc or ":" in url.netloc:
        raise _bad(text, "only the bucket's name may stand after ://")
    return Target(url.scheme, text, url.netloc, unquote(url.path).strip("/"))


def _sftp(text: str, url: SplitResult) -> Target:
    path = unquote(url.path)
    if not url.hostname or path in {"", "/"}:
        raise _bad(text, "a host and a directory are needed")
    try:
        port = url.port or SSH_PORT
    except ValueError:
        raise _bad(text, "the port is not a number") from None
    directory = path.removeprefix("/~/") if path.startswith("/~/") else path
    user_name = unquote(url.username) if url.username else None
    return Target("sftp", text, url.hostname, directory.rstrip("/"), user_name, port)


def _file(text: str, url: SplitResult) -> Target:
    if url.netloc not in {"", "localhost"} or url.path in {"", "/"}:
        raise _bad(text, "a directory of this machine has three slashes: file:///mnt/backups")
    return Target("file", text, "", str(PurePosixPath(unquote(url.path))))


_READERS = {"s3": _bucket, "gs": _bucket, "sftp": _sftp, "file": _file}


def _bad(text: str, why: str) -> UsageError:
    return UsageError(
        f"{text} is not a target for copies: {why}", hint=f"one of {EXAMPLES}", reference="bad-copy-target"
    )
