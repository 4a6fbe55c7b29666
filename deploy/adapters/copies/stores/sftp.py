"""Copies on an SSH server, over SFTP. The server's key must be known: it is never taken on trust."""

from __future__ import annotations

import asyncio
import hashlib
import posixpath
import stat
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import SplitResult, unquote

import asyncssh

from deploy.adapters.copies.resuming import blocks_of, send_into
from deploy.adapters.copies.store import (
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

SSH_PORT = 22
CONNECT_SECONDS = 20
KEEPALIVE_SECONDS = 15
# An answer that does not come within this is a lost connection, however alive the other end seems.
ANSWER_SECONDS = 120
SYSTEM_KNOWN_HOSTS = Path("/etc/ssh/ssh_known_hosts")
# What servers answer when nothing more can be written; OpenSSH has but the first for everything.
NO_ROOM = (asyncssh.SFTPFailure, asyncssh.SFTPNoSpaceOnFilesystem, asyncssh.SFTPQuotaExceeded)
_T = TypeVar("_T")


@dataclass(frozen=True)
class SshOptions:
    """How we log in.

    Attributes:
        key_file: None: ssh's own keys and agent.
        known_hosts: None: ssh's own files.
    """

    key_file: Path | None = None
    known_hosts: Path | None = None


class SftpStore:
    """A directory of an SSH server that exists.

    Raises:
        LostError, RefusedError: no connection, an unknown key, no such directory.
    """

    def __init__(self, target: Target, options: SshOptions) -> None:
        self._target = target
        self._port = target.port or SSH_PORT
        self._runner = asyncio.Runner()
        self._connection: asyncssh.SSHClientConnection | None = None
        try:
            with self._translated():
                self._connection = self._await(self._connect(options))
                self._sftp: asyncssh.SFTPClient = self._await(self._connection.start_sftp_client())
                self._check_directory()
        except BaseException:
            self.close()
            raise

    def names(self) -> tuple[str, ...]:
        """Its directories."""
        with self._translated():
            entries = self._await(self._sftp.readdir(self._target.path))
        return tuple(sorted(
            str(entry.filename) for entry in entries
            if entry.filename not in {".", ".."} and stat.S_ISDIR(entry.attrs.permissions or 0)
        ))

    def read(self, path: str) -> Iterator[bytes]:
        """A file's bytes."""
        with self._translated(), self._opened(self._full(path), "rb") as part:
            yield from blocks_of(part)

    def size(self, path: str) -> int | None:
        """In bytes."""
        with self._translated():
            try:
                return self._await(self._sftp.stat(self._full(path))).size
            except asyncssh.SFTPNoSuchFile:
                return None

    def send(self, outgoing: Outgoing, pace: Pace) -> Sent:
        """Into a part beside it, read back, renamed."""
        final = self._full(outgoing.path)
        part_path = _part_of(final)
        with self._translated():
            if self.size(outgoing.path) == outgoing.size_bytes and self._sum(final, pace) == outgoing.sha256:
                return Sent(0, outgoing.size_bytes)
            self._make_directories(outgoing.path)
            mode = "r+b" if self._await(self._sftp.exists(part_path)) else "x+b"
            try:
                with self._opened(part_path, mode) as part:
                    sent = send_into(part, outgoing, pace)
            except (DamagedError, *NO_ROOM):  # a full disk is not kept full
                self._await(self._sftp.remove(part_path))
                raise
            self._rename(part_path, final)
            return sent

    def write(self, path: str, content: bytes) -> None:
        """By a part and a rename."""
        final = self._full(path)
        with self._translated():
            self._make_directories(path)
            with self._opened(_part_of(final), "w+b") as part:
                part.write_at(0, content)
                part.sync()
            self._rename(_part_of(final), final)

    def discard(self, path: str) -> None:
        """One file."""
        with self._translated(), suppress(asyncssh.SFTPNoSuchFile):
            self._await(self._sftp.remove(self._full(path)))

    def delete(self, name: str, first: str) -> None:
        """The first file, then the rest."""
        self.discard(f"{name}/{first}")
        with self._translated():
            if self._await(self._sftp.isdir(self._full(name))):
                self._await(self._sftp.rmtree(self._full(name)))

    def close(self) -> None:
        """End the connection."""
        if self._connection is not None:
            self._connection.abort()
            self._connection = None
        self._runner.close()

    def _check_directory(self) -> None:
        if not self._await(self._sftp.isdir(self._target.path)):
            raise RefusedError("the directory does not exist there; create it once with mkdir")

    def _full(self, path: str) -> str:
        return posixpath.join(self._target.path, path)

    async def _connect(self, options: SshOptions) -> asyncssh.SSHClientConnection:
        named = options.known_hosts
        files = [named] if named else [*_own_known_hosts(), SYSTEM_KNOWN_HOSTS]
        chosen: dict[str, Any] = {"client_keys": [str(options.key_file)]} if options.key_file else {}
        if self._target.user_name:
            chosen["username"] = self._target.user_name
        return await asyncssh.connect(
            self._target.place, self._port, connect_timeout=CONNECT_SECONDS,
            keepalive_interval=KEEPALIVE_SECONDS, preferred_auth="publickey",
            # An empty text trusts nobody; None would trust everybody.
            known_hosts=[str(file) for file in files if file.is_file()] or b"", **chosen,
        )

    def _await(self, work: Awaitable[_T]) -> _T:
        return self._runner.run(_in_time(work))

    def _sum(self, path: str, pace: Pace) -> str:
        digest = hashlib.sha256()
        with self._opened(path, "rb") as part:
            for block in blocks_of(part):
                pace(0)
                digest.update(block)
        return digest.hexdigest()

    def _make_directories(self, path: str) -> None:
        directory = ""
        for word in posixpath.dirname(path).split("/"):
            directory = posixpath.join(directory, word)
            if not self._await(self._sftp.isdir(self._full(directory))):
                self._await(self._sftp.mkdir(self._full(directory), asyncssh.SFTPAttrs(permissions=0o700)))

    def _rename(self, old: str, new: str) -> None:
        try:
            self._await(self._sftp.posix_rename(old, new))
        except asyncssh.SFTPOpUnsupported:  # the older rename does not replace
            if self._await(self._sftp.exists(new)):
                self._await(self._sftp.remove(new))
            self._await(self._sftp.rename(old, new))

    @contextmanager
    def _opened(self, path: str, mode: str) -> Iterator[_RemotePart]:
        attributes = asyncssh.SFTPAttrs(permissions=0o600) if mode != "rb" else asyncssh.SFTPAttrs()
        file = self._await(self._sftp.open(path, mode, attributes))
        try:
            yield _RemotePart(self._await, file)
        finally:
            with suppress(asyncssh.Error, OSError, TimeoutError):  # gone; what matters was said before
                self._await(file.close())

    @contextmanager
    def _translated(self) -> Iterator[None]:
        """A library's error as a store's."""
        try:
            yield
        except asyncssh.HostKeyNotVerifiable:
            raise RefusedError(
                "its host key is not in known_hosts; compare it with the server's own (ssh-keygen -lf), then add it: "
                f"ssh-keyscan -p {self._port} {self._target.place}"
            ) from None
        except asyncssh.PermissionDenied:
            raise DeniedError("the server accepts none of our keys") from None
        except asyncssh.KeyImportError as error:
            raise RefusedError(f"the key file cannot be used: {error}") from None
        except asyncssh.SFTPNoSuchFile as error:
            raise MissingError(error.reason) from None
        except asyncssh.SFTPPermissionDenied as error:
            raise DeniedError(error.reason) from None
        except (asyncssh.SFTPConnectionLost, asyncssh.SFTPNoConnection, asyncssh.DisconnectError) as error:
            raise LostError(error.reason) from None
        except (asyncssh.ChannelOpenError, asyncssh.SFTPError) as error:
            raise RefusedError(f"{type(error).__name__}: {error.reason}") from None
        except TimeoutError:
            raise LostError("no answer in time") from None
        except OSError as error:
            raise LostError(error.strerror or str(error)) from None


async def _in_time(work: Awaitable[_T]) -> _T:
    return await asyncio.wait_for(work, ANSWER_SECONDS)


class _RemotePart:
    def __init__(self, run: Callable[[Awaitable[Any]], Any], file: asyncssh.SFTPClientFile) -> None:
        self._run = run
        self._file = file

    def size(self) -> int:
        return int(self._run(self._file.stat()).size or 0)

    def read_at(self, offset: int, count: int) -> bytes:
        return bytes(self._run(self._file.read(count, offset)))

    def write_at(self, offset: int, data: bytes) -> None:
        self._run(self._file.write(data, offset))

    def truncate(self, size: int) -> None:
        self._run(self._file.truncate(size))

    def sync(self) -> None:
        with suppress(asyncssh.SFTPOpUnsupported):  # an extension of OpenSSH; without it the server decides
            self._run(self._file.fsync())


def _part_of(path: str) -> str:
    return posixpath.join(posixpath.dirname(path), f".{posixpath.basename(path)}.part")


def _own_known_hosts() -> list[Path]:
    """None for a user without a home."""
    try:
        return [Path("~/.ssh/known_hosts").expanduser()]
    except RuntimeError:
        return []


def _read_target(text: str, url: SplitResult) -> Target:
    path = unquote(url.path)
    if not url.hostname or path in {"", "/"}:
        raise ValueError("a host and a directory are needed")
    try:
        port = url.port
    except ValueError:
        raise ValueError("the port is not a number") from None
    directory = path.removeprefix("/~/") if path.startswith("/~/") else path
    user_name = unquote(url.username) if url.username else None
    return Target("sftp", text, url.hostname, directory.rstrip("/"), user_name, port)


def _open(target: Target, settings: BackupSettings) -> Store:
    return SftpStore(target, SshOptions(settings.backup_ssh_key_file, settings.backup_ssh_known_hosts))


KIND = StoreKind("sftp://user@host:22/path", _read_target, _open)
