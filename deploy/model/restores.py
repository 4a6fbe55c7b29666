"""Restores: what the server was seen to be, and the names that databases bear on the way."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from deploy.model.backups import Activity
from deploy.model.errors import BlockedError

NAME_BYTES = 63  # PostgreSQL cuts longer names
RESTORED_MARK = "surefoot: restored"
COMPARED_MARK = "surefoot: restored and compared"
# Lower case and no sign: nobody has to quote it.
_TIME = "%Y%m%d_%H%M%S"
_KEPT = re.compile(r"_before_restore_\d{8}_\d{6}")


@dataclass(frozen=True)
class ServerDatabase:
    """One database of the server.

    Attributes:
        is_open: whether it accepts connections.
        mark: its comment: how far a restore into it got.
    """

    name: str
    is_open: bool
    size_bytes: int
    mark: str = ""


@dataclass(frozen=True)
class RestoreGround:
    """The server that is restored into, as the deploying role sees it.

    Attributes:
        database: the one that is to be replaced; None where it does not exist.
        server_id: pg_control_system().system_identifier; None where it may not be asked.
        activity: the database's counters; None where it does not exist.
        swap_obstacle: why this role cannot make and rename databases; empty where it can.
        prepared_transactions: they would keep the database from being renamed.
        disk_path: the directory of this machine that the server writes to; None where it is elsewhere.
        kept: old databases of earlier restores, oldest first.
    """

    database: ServerDatabase | None
    user_name: str
    server_major: int
    server_id: str | None
    activity: Activity | None
    swap_obstacle: str
    role_names: tuple[str, ...]
    prepared_transactions: int
    disk_path: str | None
    kept: tuple[ServerDatabase, ...]


@dataclass(frozen=True)
class RowsSince:
    """Rows of one table that are newer than a backup, by a column that the settings name.

    Attributes:
        rows: None where they could not be counted; `why` says so.
    """

    column: str
    rows: int | None
    why: str = ""


def moment_in_names(at: datetime) -> str:
    """How the names below write it."""
    return f"{at:{_TIME}}"


def restoring_name(database_name: str, at: datetime) -> str:
    """The new database while it is being filled."""
    return _with_suffix(database_name, f"_restoring_{moment_in_names(at)}")


def importing_name(database_name: str) -> str:
    """The database that a dump of another origin is filled into."""
    return _with_suffix(database_name, "_importing")


def kept_name(database_name: str, at: datetime) -> str:
    """The old database after the swap."""
    return _with_suffix(database_name, f"_before_restore_{moment_in_names(at)}")


def is_kept_name(name: str, database_name: str) -> bool:
    """Whether `kept_name` made it for this database."""
    beginning = _cut(database_name, NAME_BYTES - len("_before_restore_20260102_030405"))
    return name.startswith(beginning) and _KEPT.fullmatch(name[len(beginning) :]) is not None


def _with_suffix(name: str, suffix: str) -> str:
    return _cut(name, NAME_BYTES - len(suffix)) + suffix


def _cut(name: str, size_bytes: int) -> str:
    return name.encode()[:size_bytes].decode(errors="ignore")


@dataclass(frozen=True)
class RestoreRequest:
    """The operator's words.

    Attributes:
        has_owner: false: `--no-owner`: everything belongs to the deploying role, without the backup's rights.
        is_in_place: `--in-place`, also where databases could be swapped.
        release_number: `--release N`: start this one instead of the one that the backup was taken beside.
        keeps_down: `--keep-down`: start nothing, and leave the maintenance page on.
        despite_failed_proof: `--despite-failed-proof`: also a backup that did not restore when it was tried last.
    """

    backup_name: str
    has_owner: bool = True
    is_in_place: bool = False
    release_number: int | None = None
    keeps_down: bool = False
    despite_failed_proof: bool = False


@dataclass(frozen=True)
class TableCopy:
    """One table of a backup, and the name that it gets beside the live one. Names are not quoted.

    Attributes:
        name: as the manifest writes it, quoted where PostgreSQL would.
    """

    name: str
    schema: str
    table: str
    new_table: str


def plan_copies(wanted: Sequence[str], there: Sequence[str], at: datetime) -> tuple[TableCopy, ...]:
    """Which tables of a manifest are meant; without a schema, `public`.

    Args:
        there: the manifest's names.

    Raises:
        BlockedError: one is not in the backup.
    """
    copies = []
    for word in wanted:
        name = word if word in there else f"public.{word}"
        if name not in there:
            raise BlockedError(
                f"the backup has no table {word}",
                hint=f"it has: {', '.join(there)} (of a partitioned table, name the partitions)",
                reference="no-such-table",
            )
        schema, table = _split_name(name)
        copies.append(TableCopy(name, schema, table, _with_suffix(table, f"_restored_{at:{_TIME}}")))
    return tuple(copies)


def _split_name(name: str) -> tuple[str, str]:
    """`"odd schema".orders` as two plain names."""
    parts = re.findall(r'"(?:[^"]|"")*"|[^."]+', name)
    schema, table = (p[1:-1].replace('""', '"') if p.startswith('"') else p for p in parts)
    return schema, table
