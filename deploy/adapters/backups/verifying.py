"""The proof of a backup: restored into a scratch server of its own major, and read there."""

from __future__ import annotations

import shutil
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import docker

from deploy.adapters.backups.databases import create_database_sql, execute, quoted, read_content
from deploy.adapters.backups.programs import CHECKING, IsStopRequested, raise_if
from deploy.adapters.backups.proof import (
    LOG_LINE_PREFIX,
    does_not_restore,
    is_refused_content,
    is_unreadable,
    not_tried,
    server_told,
)
from deploy.adapters.backups.reading import plain_archive, require_whole
from deploy.adapters.backups.restoring import Restorer
from deploy.adapters.postgres.address import DatabaseAddress
from deploy.adapters.postgres.connection import LoopThread
from deploy.adapters.postgres.dump_client import DumpClient
from deploy.adapters.scratch.binaries import all_server_binaries
from deploy.adapters.scratch.clusters import SUPERUSER
from deploy.adapters.scratch.container_server import container_server, find_server_image
from deploy.adapters.scratch.server import LOG_NAME, ScratchServer, scratch_server
from deploy.model.backups import DatabaseProperties, Manifest, RestoredAside
from deploy.model.errors import BlockedError, StepFailed

DATABASE_NAME = "verified"
# Nothing has to survive, and nobody asks why a statement was slow.
SETTINGS = {
    "log_min_messages": "warning", "max_parallel_maintenance_workers": "2", "maintenance_work_mem": "64MB",
    "wal_level": "minimal", "max_wal_senders": "0", "log_statement": "none", "log_line_prefix": LOG_LINE_PREFIX,
}
ROOM_FACTOR = 1.3


class Verifier:
    """Restores backups where nothing can be harmed.

    Args:
        client: the engine, for a server from an image; None where there is none.
        identity_file: the key of encrypted ones.
        images: what a server may be started from, beside our own image: production's rows go into nothing else.
    """

    def __init__(
        self, client: docker.DockerClient | None, identity_file: Path | None, images: Sequence[str] = ()
    ) -> None:
        self._client = client
        self._identity_file = identity_file
        self._images = tuple(images)

    def restore(
        self, directory: Path, manifest: Manifest, say: Callable[[str], None], is_stop_requested: IsStopRequested
    ) -> RestoredAside:
        """Check the files, restore them, count and hash what came back.

        Raises:
            BlockedError: damaged, no key, no server of this major, no room; or this machine could not do it.
            StepFailed: it does not restore, and that is the backup's fault.
            InterruptedByOperator: a stop was asked for.
        """
        require_whole(directory, manifest, lambda: raise_if(is_stop_requested, CHECKING))
        require_room(manifest)
        with (
            server_told(manifest.name, tempfile.gettempdir()),
            plain_archive(directory, manifest, self._identity_file) as archive, self._server(manifest) as server,
        ):
            say(f"restoring into {server.label}")
            loop = LoopThread()
            try:
                address, warnings = self._database(loop, server, manifest)
                seconds = _fill(server, Restorer(client_of(server), address, say, is_stop_requested), archive, manifest)
                say(f"restored in {seconds:.1f} s; comparing")
                hashed = [t.name for t in manifest.content.tables if t.content_hash is not None]
                content = loop.run(read_content(address, hashed))
            finally:
                loop.close()
            return RestoredAside(content, server.label, seconds, warnings)

    def _database(
        self, loop: LoopThread, server: ScratchServer, manifest: Manifest
    ) -> tuple[DatabaseAddress, tuple[str, ...]]:
        """Roles and an empty database; where the server lacks the locale, in C: that changes order, not content."""
        maintenance = DatabaseAddress(server.address, server.port, server.user, "postgres")
        roles = [name for name in manifest.role_names if name != SUPERUSER]
        loop.run(execute(maintenance, *(f"CREATE ROLE {quoted(name)}" for name in roles)))
        warnings: tuple[str, ...] = ()
        try:
            sql = create_database_sql(DATABASE_NAME, manifest.properties, server.major, has_owner=False)
            loop.run(execute(maintenance, sql))
        except BlockedError:
            plain = DatabaseProperties("", manifest.properties.encoding, "c", "C", "C", None, -1, ())
            loop.run(execute(maintenance, create_database_sql(DATABASE_NAME, plain, server.major, has_owner=False)))
            warnings = (f"the server has no locale {manifest.properties.collate}: C was used instead",)
        return DatabaseAddress(server.address, server.port, server.user, DATABASE_NAME), warnings

    @contextmanager
    def _server(self, manifest: Manifest) -> Iterator[ScratchServer]:
        """Production's own image first: it has its extensions and its compression; then binaries.

        Raises:
            BlockedError: neither.
        """
        major = manifest.server_major
        image = find_server_image(self._client, major, self._images) if self._client is not None else None
        if image is not None and self._client is not None:
            with container_server(self._client, image, settings=SETTINGS, is_private=True) as server:
                yield server
            return
        binaries = next((b for b in all_server_binaries() if b.major == major and _has_restore(b.directory)), None)
        if binaries is None:
            raise BlockedError(
                f"no PostgreSQL {major} server is available to restore into",
                hint=f"apt-get install postgresql-{major}; or docker pull postgres:{major}, and name it: "
                f"DEPLOY_SCRATCH_IMAGE=postgres:{major} (the tool uses only an image that you name)",
                reference="no-scratch-server",
            )
        with scratch_server(binaries, settings=SETTINGS, is_private=True) as server:
            yield server


def _fill(server: ScratchServer, restorer: Restorer, archive: Path, manifest: Manifest) -> float:
    """Restore, and tell what is the backup's fault from what is not; returns the seconds.

    Raises:
        StepFailed: the backup does not restore.
        BlockedError: it could not be tried.
    """
    log_path = server.directory / LOG_NAME
    begin = log_path.stat().st_size
    began = time.monotonic()
    try:
        restorer.restore(archive, DATABASE_NAME, tables=manifest.content.tables)
    except StepFailed as error:
        if is_refused_content(log_path, begin) or is_unreadable(restorer.decode(archive)):
            raise does_not_restore(manifest.name, error) from None
        raise not_tried(manifest.name, error.what, tempfile.gettempdir()) from None
    return time.monotonic() - began


def _has_restore(directory: Path) -> bool:
    return (directory / "pg_restore").exists()


def client_of(server: ScratchServer) -> DumpClient:
    """The server's own pg_restore, beside it."""
    if server.container_id:
        prefix = ("docker", "exec", "-i", "-e", "PGOPTIONS", server.container_id)
        # The image's programs may lie outside PATH, as they do on Debian.
        path = 'PATH="$PATH:$(ls -d /usr/lib/postgresql/*/bin 2>/dev/null | tail -n 1)"'
        shell = (*prefix, "sh", "-c", f'{path}; "$0" "$@"')
        return DumpClient(server.label, "", server.major, shell, "", server.address, server.port, server.container_id)
    binaries = next(b for b in all_server_binaries() if b.label == server.label)
    return DumpClient(server.label, "", server.major, (), str(binaries.directory), server.address, server.port)


def require_room(manifest: Manifest) -> None:
    """The scratch database needs about what the original takes.

    Raises:
        BlockedError: the temporary directory has less.
    """
    needed = int(manifest.database_bytes * ROOM_FACTOR)
    place = tempfile.gettempdir()
    free = shutil.disk_usage(place).free
    if free < needed:
        raise BlockedError(
            f"{place} has {free / 1e9:,.1f} GB free, and a restore of {manifest.name} needs {needed / 1e9:,.1f} GB",
            hint="free some room, or name a larger directory with TMPDIR", reference="no-room-to-restore",
        )
