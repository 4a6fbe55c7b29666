"""Backups: what a manifest proves, and what has been done with a backup since."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

DUMP_NAME = "database.dump"
GLOBALS_NAME = "globals.sql"


@dataclass(frozen=True)
class BackupFile:
    """One file of a backup.

    Attributes:
        name: `database.dump`; `.age` behind it where it is encrypted; `database.dump/3456.dat.zst` in a directory.
        sha256: hex, of the bytes on the disk, taken while they were written.
        content_sha256: hex, before encryption; the same where nothing is encrypted.
    """

    name: str
    size_bytes: int
    sha256: str
    content_sha256: str


@dataclass(frozen=True)
class TableContent:
    """One table, as the dump's own snapshot saw it.

    Attributes:
        name: `schema.table`, quoted where PostgreSQL would.
        rows: exact.
        content_hash: sum of the rows' 64-bit hashes, in any order; None where hashing was left out.
        size_bytes: of the table with what is stored aside, without indexes; 0 where a manifest does not tell.
            It belongs to the place, not to the content.
    """

    name: str
    rows: int
    content_hash: str | None
    size_bytes: int = field(default=0, compare=False)


@dataclass(frozen=True)
class SequenceValue:
    """A sequence just before the dump; sequences are not part of a snapshot.

    Attributes:
        direction: 1 or -1 as it counts; 0 where it may start over.
    """

    name: str
    last_value: int
    is_called: bool
    direction: int = 1


@dataclass(frozen=True)
class DatabaseContent:
    """What a restore must bring back.

    Attributes:
        extensions: `name version`.
        invalid_indexes / unvalidated_constraints: already so in the original.
        left_out: foreign tables: their rows are elsewhere.
    """

    revision_ids: tuple[str, ...]
    tables: tuple[TableContent, ...]
    sequences: tuple[SequenceValue, ...]
    extensions: tuple[str, ...]
    large_objects: int
    invalid_indexes: tuple[str, ...]
    unvalidated_constraints: tuple[str, ...]
    left_out: tuple[str, ...]


@dataclass(frozen=True)
class DatabaseProperties:
    """What pg_dump leaves out of the database's content, for the swap at a restore.

    Attributes:
        locale_provider: pg_database.datlocprovider: `c`, `i` or `b`.
        statements: ALTER DATABASE … SET, ALTER ROLE … IN DATABASE … SET, GRANT, COMMENT; `{database}` stands for the
            quoted name.
    """

    owner: str
    encoding: str
    locale_provider: str
    collate: str
    ctype: str
    locale: str | None
    connection_limit: int
    statements: tuple[str, ...]


@dataclass(frozen=True)
class Activity:
    """Counters that only grow: what was written since is the difference (pg_stat_database)."""

    rows_written: int
    transactions: int
    counted_since: str | None


@dataclass(frozen=True)
class Occasion:
    """Why and by whom a backup was made, and what ran then."""

    user_name: str
    host_name: str
    deployment_id: str | None = None
    image_id: str | None = None
    release_number: int | None = None


@dataclass(frozen=True)
class Manifest:
    """Everything about a finished backup. Written last: without it there is no backup.

    Attributes:
        name: the backup's directory, `backup_<database>_<UTC time>`.
        server_id: pg_control_system().system_identifier: the same server, or another; None where it may not be asked.
        archive_format: `custom` or `directory`.
        compression: as pg_dump was told: `zstd:1`, `1`.
        recipients: age public keys; empty where it is not encrypted.
        role_names: that own or may use something in it.
    """

    name: str
    database_name: str
    database_bytes: int
    server_version: str
    server_major: int
    server_id: str | None
    client: str
    archive_format: str
    compression: str
    recipients: tuple[str, ...]
    files: tuple[BackupFile, ...]
    content: DatabaseContent
    properties: DatabaseProperties
    role_names: tuple[str, ...]
    activity: Activity
    occasion: Occasion
    started_at: datetime
    ended_at: datetime
    warnings: tuple[str, ...] = ()

    @property
    def size_bytes(self) -> int:
        """Of all files."""
        return sum(file.size_bytes for file in self.files)

    @property
    def duration_seconds(self) -> float:
        """From the first look to the manifest."""
        return (self.ended_at - self.started_at).total_seconds()

    @property
    def is_encrypted(self) -> bool:
        """Whether a key is needed to read it."""
        return bool(self.recipients)


@dataclass(frozen=True)
class Copy:
    """One finished and checked copy elsewhere.

    Attributes:
        target: as the setting names it, without secrets: `s3://bucket/prefix`.
    """

    target: str
    at: datetime
    size_bytes: int


@dataclass(frozen=True)
class Verification:
    """One restore into a scratch server, compared with the manifest.

    Attributes:
        problems: empty: everything was equal.
        restore_seconds: from an empty database to the last index.
        server: `PostgreSQL 15.18 (host)`.
    """

    at: datetime
    server: str
    restore_seconds: float
    problems: tuple[str, ...] = ()

    @property
    def is_good(self) -> bool:
        """Whether it restored to what it was."""
        return not self.problems


@dataclass(frozen=True)
class RestoredAside:
    """What came back in a scratch server.

    Attributes:
        server: `PostgreSQL 15.18 (host)`.
        restore_seconds: of the restore alone.
        warnings: what this server could not be like.
    """

    content: DatabaseContent
    server: str
    restore_seconds: float
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True)
class ExternalBackup:
    """What the operator's own backup service says of its newest backup.

    Attributes:
        name: as the service calls it.
        finished_at: aware.
    """

    name: str
    finished_at: datetime


@dataclass(frozen=True)
class BackupRecord:
    """What was done with a backup since; beside the manifest, which never changes.

    Attributes:
        copy_problems: targets whose last copy failed, with the cause.
        is_kept: never pruned, by the operator's word.
    """

    verification: Verification | None = None
    copies: tuple[Copy, ...] = ()
    copy_problems: dict[str, str] = field(default_factory=dict)
    is_kept: bool = False


@dataclass(frozen=True)
class Backup:
    """One backup of the backup directory."""

    manifest: Manifest
    record: BackupRecord = BackupRecord()

    @property
    def name(self) -> str:
        """Its directory's name."""
        return self.manifest.name

    @property
    def is_verified(self) -> bool:
        """Whether it was restored once, and was equal."""
        return self.record.verification is not None and self.record.verification.is_good

    @property
    def is_local_only(self) -> bool:
        """Whether a copy was wanted and is missing."""
        return bool(self.record.copy_problems) or not self.record.copies


@dataclass(frozen=True)
class Verdict:
    """What retention says of one backup, and why."""

    backup: Backup
    is_kept: bool
    why: str
