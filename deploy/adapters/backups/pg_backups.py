"""doors.Backups: made whole or not at all."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

import docker

from deploy.adapters.backups.counting import Counting
from deploy.adapters.backups.dump import Dumper, DumpOrder, compression_of
from deploy.adapters.backups.external import ExternalCommand
from deploy.adapters.backups.folder import BackupFolder, name_of
from deploy.adapters.backups.foreign_database import ForeignDatabase
from deploy.adapters.backups.foreign_dump import ForeignDump
from deploy.adapters.backups.importing import Importer, not_proven, require_equal, require_major
from deploy.adapters.backups.streams import parse_recipients
from deploy.adapters.backups.verifying import Verifier
from deploy.adapters.postgres.address import DatabaseAddress
from deploy.adapters.postgres.dump_client import DumpClient, find_dump_client, reached_again
from deploy.model.backups import Backup, BackupFile, BackupRecord, ExternalBackup, Manifest, Occasion, RestoredAside
from deploy.model.database import DatabaseState
from deploy.model.errors import BlockedError, StepFailed
from deploy.model.releases import VersionTable


def _dump(
    dumper: Dumper, order: DumpOrder, part: Path, recipients: Sequence[object], counting: Counting
) -> tuple[BackupFile, ...]:
    try:
        return dumper.dump(order, part, recipients)
    except StepFailed:
        counting.raise_if_failed()
        raise


def _not_written(folder: BackupFolder, error: OSError) -> StepFailed:
    return StepFailed(
        f"the backup could not be written to {folder.directory}: {error.strerror}",
        hint="check the disk (df -h); nothing of this backup was kept", reference="backup-not-written",
    )


@dataclass(frozen=True)
class BackupOptions:
    """How backups are made.

    Attributes:
        compression: pg_dump's --compress; empty: what this client does fastest.
        jobs: workers; 1 writes one archive.
        recipients: age public keys; none: not encrypted.
        hash_below_bytes: databases above this are counted, not hashed.
        identity_file: the private key, where encrypted ones are to be read.
        external: the operator's own backup service; None where there is none.
        scratch_image: what a scratch server is started from; empty: production's own image, else ours.
    """

    compression: str = ""
    jobs: int = 1
    recipients: tuple[str, ...] = ()
    hash_below_bytes: int = 4 * 10**9
    identity_file: Path | None = None
    external: ExternalCommand | None = None
    scratch_image: str = ""


class PgBackups:
    """Backups of one database in one directory.

    Args:
        server_containers: asked when a client is needed: running containers that may be the server,
            each with id, name and port (the server's port inside).
        engine: asked when a scratch server is needed; None where there is no engine.
        version_table: as of PostgresDatabase.
    """

    def __init__(
        self, directory: Path, address: DatabaseAddress,
        server_containers: Callable[[], Sequence[Mapping[str, str]]], options: BackupOptions,
        engine: Callable[[], docker.DockerClient | None] = lambda: None,
        version_table: Callable[[], VersionTable | None] = lambda: None,
    ) -> None:
        self._version_table = version_table
        self.folder = BackupFolder(directory)
        self._address = address
        self._server_containers = server_containers
        self._options = options
        self._engine = engine
        self._clients: dict[int, DumpClient] = {}

    def sweep_partial_files(self) -> tuple[str, ...]:
        """Remove what killed runs left."""
        return self.folder.sweep()

    def client(self, server_major: int) -> str:
        """Which one would be used."""
        return self.find_client(server_major).label

    def all(self) -> tuple[Backup, ...]:
        """Newest first."""
        return self.folder.all()

    def damaged(self) -> tuple[str, ...]:
        """What lies there and is no backup, and why."""
        return self.folder.damaged()

    def get(self, name: str) -> Backup:
        """One backup."""
        return self.folder.get(name)

    def record(self, name: str, record: BackupRecord) -> None:
        """Note what was done with it. Raises StepFailed."""
        self.folder.record(name, record)

    def delete(self, name: str) -> None:
        """Remove it."""
        self.folder.delete(name)

    def restore_aside(
        self, name: str, *, say: Callable[[str], None], is_stop_requested: Callable[[], bool]
    ) -> RestoredAside:
        """Restore it into a scratch server, and read it there."""
        with self.folder.using(name) as directory:
            manifest = self.folder.get(name).manifest
            engine = self._engine()
            named = (self._options.scratch_image,) if self._options.scratch_image else ()
            production = [container["image"] for container in self._server_containers()] if engine else []
            verifier = Verifier(engine, self._options.identity_file, (*named, *production))
            return verifier.restore(directory, manifest, say, is_stop_requested)

    def ask_external(self, *, is_stop_requested: Callable[[], bool]) -> ExternalBackup:
        """What the operator's own service proves."""
        if self._options.external is None:
            raise StepFailed(
                "no external backup service is configured", hint="set DEPLOY_BACKUP_EXTERNAL to its command",
                reference="external-backup-failed",
            )
        return self._options.external.ask(is_stop_requested)

    def find_client(self, server_major: int) -> DumpClient:
        """A pg_dump of the server's own major.

        Raises:
            BlockedError: there is none.
        """
        if server_major not in self._clients:
            client = find_dump_client(self._address, server_major, self._server_containers())
            if client is None:
                raise BlockedError(
                    f"there is no pg_dump of PostgreSQL {server_major} here, and one of another major version cannot "
                    "be trusted",
                    hint=f"apt-get install postgresql-client-{server_major}, or set DEPLOY_DATABASE_CONTAINER",
                    reference="no-pg-dump-of-this-major",
                )
            self._clients[server_major] = client
        return reached_again(self._clients[server_major], self._address)

    def create(
        self, database: DatabaseState, occasion: Occasion, *, say: Callable[[str], None],
        is_stop_requested: Callable[[], bool],
    ) -> Backup:
        """One backup, decoded whole and read back."""
        client = self.find_client(database.server_major)
        recipients = parse_recipients(self._options.recipients)
        started_at = datetime.now(UTC)
        with self.folder.new(database.database_name, started_at) as part:
            try:
                manifest = self._write(part, client, database, occasion, recipients, started_at, say, is_stop_requested)
                return self.folder.finish(part, manifest)
            except OSError as error:
                raise _not_written(self.folder, error) from None

    def import_dump(
        self, path: Path, occasion: Occasion, *, has_owner: bool, say: Callable[[str], None],
        is_stop_requested: Callable[[], bool],
    ) -> Backup:
        """A dump of another origin becomes a backup: filled beside, counted, backed up, dropped."""
        dump = ForeignDump.find(path)
        with ForeignDatabase(self._address) as database:
            state = database.state()
            importer = Importer(self.find_client(state.server_major), self._address, say, is_stop_requested)
            say(f"filling {dump.path.name} ({dump.kind}) into {database.address.database_name}")
            reader = importer.fill(dump, database.address.database_name, has_owner=has_owner)
            require_major(reader, state.server_major)
            content = database.content()
            require_equal(reader, content, dump)
            warnings = not_proven(reader, content, dump, has_owner=has_owner)
            return self._keep(database, dump, occasion, warnings, say, is_stop_requested)

    def _keep(
        self, database: ForeignDatabase, dump: ForeignDump, occasion: Occasion, warnings: tuple[str, ...],
        say: Callable[[str], None], is_stop_requested: Callable[[], bool],
    ) -> Backup:
        """Back the filled database up, under production's name and with the dump's own time."""
        beside = PgBackups(
            self.folder.directory, database.address, self._server_containers, self._options, self._engine
        )
        state = database.state()
        recipients = parse_recipients(self._options.recipients)
        with self.folder.new(self._address.database_name, dump.at) as part:
            try:
                made = beside._write(
                    part, self.find_client(state.server_major), state, occasion, recipients, dump.at, say,
                    is_stop_requested,
                )
                # Counters of another database would say something false of what was written since.
                manifest = replace(
                    made, database_name=self._address.database_name, server_id=None, ended_at=dump.at,
                    properties=database.live_properties or made.properties, warnings=(*warnings, *made.warnings),
                )
                backup = self.folder.finish(part, manifest)
            except OSError as error:
                raise _not_written(self.folder, error) from None
        # Its age is the dump's: retention must not take it for one of ours that is past its time.
        self.record(backup.name, replace(backup.record, is_kept=True))
        return self.get(backup.name)

    def _write(
        self, part: Path, client: DumpClient, database: DatabaseState, occasion: Occasion,
        recipients: Sequence[object], started_at: datetime, say: Callable[[str], None],
        is_stop_requested: Callable[[], bool],
    ) -> Manifest:
        dumper = Dumper(client, self._address, say, is_stop_requested)
        compression = self._options.compression or compression_of(client)
        jobs = self._jobs(client)
        last = next((b for b in self.all() if b.manifest.database_name == database.database_name), None)
        with Counting(
            self._address, self._options.hash_below_bytes, is_stop_requested, self._version_table()
        ) as counting:
            order = DumpOrder(
                database.database_name, counting.snapshot_id, compression, jobs,
                last.manifest.files[0].size_bytes if last else 0,
            )
            files = _dump(dumper, order, part, recipients, counting)
            facts, tables = counting.result()
        more, warning = dumper.globals(part, recipients)
        content = facts.content(tables)
        warnings = [warning] if warning else []
        if content.left_out:
            warnings.append(
                f"rows of foreign tables are on other servers, and not in this backup: {', '.join(content.left_out)}"
            )
        return Manifest(
            name=name_of(part), database_name=database.database_name, database_bytes=facts.raw["database_bytes"],
            server_version=database.server_version, server_major=database.server_major, server_id=facts.server_id,
            client=client.label, archive_format="directory" if jobs > 1 else "custom", compression=compression,
            recipients=self._options.recipients, files=(*files, *more), content=content,
            properties=facts.properties, role_names=tuple(facts.raw["role_names"] or ()), activity=facts.activity,
            occasion=occasion, started_at=started_at, ended_at=datetime.now(UTC), warnings=tuple(warnings),
        )

    def _jobs(self, client: DumpClient) -> int:
        """Workers write into a directory, which a program in a container cannot reach, and one key cannot cover."""
        is_streamed = bool(client.container_id or self._options.recipients)
        return 1 if is_streamed else min(self._options.jobs, os.cpu_count() or 1)
