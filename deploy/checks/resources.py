"""Whether there is room: disk for image and dump, database connections for two versions."""

from __future__ import annotations

from pathlib import Path

from deploy.model.database import DatabaseState
from deploy.model.doors import World
from deploy.model.errors import BlockedError
from deploy.settings.schema import Settings


def disk_problems(world: World, settings: Settings, needed_bytes_by_path: dict[Path, int]) -> list[BlockedError]:
    """Every file system that has less than what is needed plus the reserve.

    Args:
        needed_bytes_by_path: what will be written below each path.
    """
    problems = []
    for path, needed_bytes in needed_bytes_by_path.items():
        free_bytes = world.disk.free_bytes(path)
        wanted_bytes = needed_bytes + settings.reserve_disk_bytes
        if free_bytes < wanted_bytes:
            problems.append(
                BlockedError(
                    f"{path} has {_megabytes(free_bytes)} free, {_megabytes(wanted_bytes)} are needed "
                    f"({_megabytes(settings.reserve_disk_bytes)} of them as reserve)",
                    hint="free some space, or lower DEPLOY_RESERVE_DISK_BYTES if you know that it fits",
                    reference="disk-too-full",
                )
            )
    return problems


def dump_bytes(database: DatabaseState, newest_dump_bytes: int | None) -> int:
    """How big the next dump may be: the last one and half of it again, else a third of the database.

    Measured: a compressed custom-format dump is a fifth to a sixteenth of the database.
    """
    if newest_dump_bytes is not None:
        return newest_dump_bytes * 3 // 2
    return database.size_bytes // 3


def connection_problems(database: DatabaseState, settings: Settings) -> list[BlockedError]:
    """While both versions run, the application's pool counts twice."""
    free = database.connections_max - database.connections_used
    needed = settings.app_connections
    if free >= needed:
        return []
    return [
        BlockedError(
            f"the database has {free} of {database.connections_max} connections free, "
            f"a second version of the application needs up to {needed}",
            hint="raise max_connections, make the pool smaller, or set DEPLOY_APP_CONNECTIONS to what a version opens",
            reference="too-few-connections",
        )
    ]


def _megabytes(size_bytes: int) -> str:
    return f"{size_bytes / 1_000_000:,.0f} MB"
