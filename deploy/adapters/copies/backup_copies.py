"""doors.Copies: a backup's files out, archive first and manifest last; and back, each checked by the manifest."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

from deploy.adapters.backups.folder import NAME, BackupFolder
from deploy.adapters.backups.manifest_file import MANIFEST_NAME, RECORD_NAME
from deploy.adapters.backups.streams import sum_file
from deploy.adapters.copies.fetching import fetch_file, new_part, not_written, parse_copy, remote_manifest
from deploy.adapters.copies.locking import push_lock
from deploy.adapters.copies.pace import Pacer
from deploy.adapters.copies.resuming import source_unreadable
from deploy.adapters.copies.session import ATTEMPTS, Session
from deploy.adapters.copies.store import (
    DamagedError,
    DamagedManifestError,
    MissingError,
    NotOursError,
    Outgoing,
    Pace,
    Sent,
    SourceError,
    Store,
    Target,
)
from deploy.adapters.copies.targets import parse_target
from deploy.adapters.copies.told import told
from deploy.model.backups import Backup, BackupFile, Copy
from deploy.model.doors import Clock
from deploy.model.errors import BlockedError, InterruptedByOperator
from deploy.settings.backup_schema import BackupSettings

Stopper = Callable[[], None]


@dataclass(frozen=True)
class CopyOptions:
    """How copies are made.

    Attributes:
        targets: URLs, as the settings name them.
        bytes_per_second: 0: as fast as it goes.
        settings: how each kind of store is reached.
        attempts: at each file.
    """

    targets: tuple[str, ...] = ()
    bytes_per_second: int = 0
    settings: BackupSettings = field(default_factory=BackupSettings)
    attempts: int = ATTEMPTS


class BackupCopies:
    """Copies of the backups of one directory.

    Args:
        directory: of the backups.
    """

    def __init__(self, directory: Path, options: CopyOptions, clock: Clock) -> None:
        self._folder = BackupFolder(directory)
        self._options = options
        self._clock = clock

    def targets(self) -> tuple[str, ...]:
        """As the settings name them."""
        return self._options.targets

    def push(
        self, name: str, target: str, *, is_whole: bool, say: Callable[[str], None],
        is_stop_requested: Callable[[], bool],
    ) -> Copy:
        """Send what is not there yet."""
        backup, parsed, stopper = self._folder.get(name), parse_target(target), _stopper(is_stop_requested)
        pace = self._pacer(stopper)
        with (
            self._folder.using(name) as directory, push_lock(directory / MANIFEST_NAME), told(name, parsed),
            self._session(parsed, stopper, say) as session,
        ):
            if not self._is_sent(session, backup, pace, say, is_whole=is_whole):
                self._send_all(session, backup, pace, say)
            if is_whole:
                self._read_back(session, backup, pace, say)
        return Copy(parsed.shown, datetime.now(UTC), backup.manifest.size_bytes)

    def list(self, target: str) -> tuple[tuple[Backup, ...], tuple[str, ...]]:
        """The copies there, newest first; and what lies there and is none."""
        parsed = parse_target(target)
        with told("", parsed), self._session(parsed) as session:
            return session.do(_list)

    def pull(
        self, name: str, target: str, *, say: Callable[[str], None], is_stop_requested: Callable[[], bool]
    ) -> Backup:
        """Into a part beside the backups; a backup by one rename, after every checksum was right."""
        parsed, stopper = parse_target(target), _stopper(is_stop_requested)
        if self._folder.path(name).exists():
            raise BlockedError(
                f"{name} is already here", hint=f"./scripts/deploy.sh backup show {name}", reference="backup-is-here"
            )
        pace = self._pacer(stopper)
        with told(name, parsed), self._session(parsed, stopper, say) as session:
            manifest = session.do(lambda store: remote_manifest(store, name))
            with new_part(self._folder.directory, name) as part:
                for file in manifest.files:
                    say(f"{file.name}, {file.size_bytes:,} bytes, from {parsed.shown}")
                    session.do(partial(fetch_file, name=name, file=file, part=part, pace=pace))
                try:
                    return self._folder.finish(part, manifest)
                except OSError as error:
                    raise not_written(self._folder.directory, error) from None

    def unfinished(self, target: str) -> tuple[str, ...]:
        """Names without a manifest."""
        parsed = parse_target(target)
        with told("", parsed), self._session(parsed) as session:
            return session.do(_unfinished)

    def delete(self, name: str, target: str) -> None:
        """The copy there, its manifest first; missing is fine."""
        parsed = parse_target(target)
        self._folder.path(name)  # nothing else is ever deleted there
        with told(name, parsed), self._session(parsed) as session:
            session.do(lambda store: store.delete(name, MANIFEST_NAME))

    @staticmethod
    def _is_sent(
        session: Session, backup: Backup, pace: Pace, say: Callable[[str], None], *, is_whole: bool
    ) -> bool:
        """With `is_whole` a damaged manifest counts as none, where the files beside it are this backup's.

        Raises:
            DamagedError: what is there is not replaced.
        """
        try:
            return session.do(lambda store: _is_there(store, backup))
        except DamagedManifestError as error:
            if not is_whole:
                raise
            say(f"{error}: the files beside it are read, to find out whether it is this backup")
            for file in backup.manifest.files:
                try:
                    session.do(partial(_require_ours, name=backup.name, file=file, pace=pace))
                except DamagedError as other:
                    raise NotOursError(f"{error}; and {other}: it may be another backup of the same name") from None
            return False

    def _send_all(self, session: Session, backup: Backup, pace: Pace, say: Callable[[str], None]) -> None:
        directory = self._folder.path(backup.name)
        for file in backup.manifest.files:
            outgoing = self._outgoing(backup, file)
            say(f"{file.name}, {file.size_bytes:,} bytes, to {session.target.shown}")
            sent = session.do(partial(_send, outgoing=outgoing, pace=pace))
            if sent.found_bytes:
                say(f"{sent.found_bytes:,} bytes were already there, {sent.sent_bytes:,} were sent")
        for name in (RECORD_NAME, MANIFEST_NAME):  # the manifest last: without it there is no copy
            if (directory / name).exists():
                path, content = f"{backup.name}/{name}", (directory / name).read_bytes()
                session.do(partial(_write, path=path, content=content))

    def _read_back(self, session: Session, backup: Backup, pace: Pace, say: Callable[[str], None]) -> None:
        """Read all of it; what is damaged there is sent again, and read again."""
        for file in backup.manifest.files:
            say(f"reading back {file.name}, {file.size_bytes:,} bytes")
            check = partial(fetch_file, name=backup.name, file=file, part=None, pace=pace)
            try:
                session.do(check)
            except DamagedError as error:
                self._mend(session, backup, file, error, pace, say)
                session.do(check)

    def _mend(
        self, session: Session, backup: Backup, file: BackupFile, damage: DamagedError, pace: Pace,
        say: Callable[[str], None],
    ) -> None:
        """Send it again, and the manifest behind it.

        Raises:
            SourceError: the file here is damaged too, or cannot be read; what is there is then left.
        """
        outgoing = self._outgoing(backup, file)
        try:
            is_whole = sum_file(outgoing.source, lambda: pace(0)).sha256 == outgoing.sha256
        except OSError as error:
            here = source_unreadable(outgoing.source, error)
            raise SourceError(f"{damage}; {here}: it was not sent again", is_damage=here.is_damage) from None
        if not is_whole:
            raise SourceError(f"{damage}; {outgoing.source} is damaged as well: it was not sent again", is_damage=True)
        say(f"{damage}: it is sent again")
        # Without its manifest it is no copy until it is whole again.
        for path in (f"{backup.name}/{MANIFEST_NAME}", f"{backup.name}/{file.name}"):
            session.do(partial(_discard, path=path))
        self._send_all(session, backup, pace, say)

    def _outgoing(self, backup: Backup, file: BackupFile) -> Outgoing:
        source = self._folder.path(backup.name) / file.name
        return Outgoing(source, f"{backup.name}/{file.name}", file.size_bytes, file.sha256)

    def _session(
        self, target: Target, stopper: Stopper = lambda: None, say: Callable[[str], None] = lambda _line: None
    ) -> Session:
        return Session(target, self._options.settings, self._clock, stopper, say, self._options.attempts)

    def _pacer(self, stopper: Stopper) -> Pacer:
        return Pacer(self._options.bytes_per_second, self._clock.monotonic, self._clock.sleep, stopper)


def _send(store: Store, outgoing: Outgoing, pace: Pace) -> Sent:
    return store.send(outgoing, pace)


def _write(store: Store, path: str, content: bytes) -> None:
    store.write(path, content)


def _require_ours(store: Store, name: str, file: BackupFile, pace: Pace) -> None:
    """What is there under this name must be this file; missing is fine. Raises DamagedError."""
    if store.size(f"{name}/{file.name}") is not None:
        fetch_file(store, name, file, None, pace)


def _discard(store: Store, path: str) -> None:
    store.discard(path)


def _is_there(store: Store, backup: Backup) -> bool:
    """Whether this backup's manifest is there, and its files have their sizes.

    Raises:
        DamagedManifestError: its manifest cannot be read.
        DamagedError: another backup of this name is there.
    """
    try:
        manifest = remote_manifest(store, backup.name)
    except MissingError:
        return False
    if manifest != backup.manifest:
        raise NotOursError("another backup of the same name is there")
    return all(store.size(f"{backup.name}/{file.name}") == file.size_bytes for file in manifest.files)


def _unfinished(store: Store) -> tuple[str, ...]:
    names = [name for name in store.names() if NAME.fullmatch(name)]
    return tuple(name for name in names if store.size(f"{name}/{MANIFEST_NAME}") is None)


def _list(store: Store) -> tuple[tuple[Backup, ...], tuple[str, ...]]:
    found, damaged = [], []
    for name in store.names():
        if not NAME.fullmatch(name):
            continue
        try:
            found.append(parse_copy(store, name))
        except MissingError:
            damaged.append(f"{name} has no manifest: the copy was not finished")
        except DamagedError as error:
            damaged.append(f"{name}: {error}")
    return tuple(sorted(found, key=lambda b: (b.manifest.started_at, b.name), reverse=True)), tuple(damaged)


def _stopper(is_stop_requested: Callable[[], bool]) -> Stopper:
    def stop() -> None:
        if is_stop_requested():
            raise InterruptedByOperator("stopped during the copy; the next push continues it", reference="interrupted")

    return stop
