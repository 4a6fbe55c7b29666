"""What backups, copies and restores are in `--json`."""

from __future__ import annotations

from datetime import datetime

from typing_extensions import TypedDict


class FileFacts(TypedDict):
    """One file of a backup."""

    name: str
    size_bytes: int
    sha256: str


class TableFacts(TypedDict):
    """A table's rows, and the hash of its content where it was taken."""

    name: str
    rows: int
    content_hash: str | None


class VerificationFacts(TypedDict):
    """The last proof: a restore into a scratch server."""

    at: datetime
    is_good: bool
    server: str
    restore_seconds: float
    problems: list[str]


class CopyFacts(TypedDict):
    """Where else it is."""

    target: str
    at: datetime
    size_bytes: int


class BackupFacts(TypedDict):
    """One backup; `copy_problems` are by target."""

    name: str
    database: str
    size_bytes: int
    database_bytes: int
    revisions: list[str]
    server_version: str
    client: str
    started_at: datetime
    duration_seconds: float
    deployment: str | None
    release: int | None
    is_encrypted: bool
    files: list[FileFacts]
    tables: list[TableFacts]
    warnings: list[str]
    verification: VerificationFacts | None
    copies: list[CopyFacts]
    copy_problems: dict[str, str]
    is_kept: bool


class BackupsDocument(TypedDict):
    """`backup list`, newest first; `damaged` are sentences."""

    backups: list[BackupFacts]
    damaged: list[str]


class RemoteBackupsDocument(BackupsDocument):
    """`backup list --remote URL`, `backup pull --list`."""

    target: str


class BackupDocument(TypedDict):
    """`backup create`, `show`, `verify`, `pull`."""

    backup: BackupFacts


class PushProblem(TypedDict):
    """Why a target has no copy."""

    what: str
    hint: str
    reference: str


class PushDocument(TypedDict):
    """`backup push`; `problems` are by target."""

    backup: BackupFacts
    targets: list[str]
    problems: dict[str, PushProblem]


class VerdictFacts(TypedDict):
    """Whether retention keeps a backup, and why."""

    name: str
    is_kept: bool
    why: str


class PruneDocument(TypedDict):
    """`backup prune`."""

    is_dry_run: bool
    backups: list[VerdictFacts]


class RemotePruneDocument(PruneDocument):
    """`backup prune --remote URL`; `denied` says by name why a copy is still there."""

    target: str
    denied: dict[str, str]
    unfinished: list[str]


class RestoreElsewhereDocument(TypedDict):
    """`restore --to-url`."""

    is_equal: bool
    problems: list[str]


class RestoredTablesDocument(TypedDict):
    """`restore --tables`."""

    tables: list[TableFacts]


class DiscardDocument(TypedDict):
    """`restore discard`: names of databases."""

    discarded: list[str]
