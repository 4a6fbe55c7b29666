"""A dump of another origin (a plain script, or an archive of pg_dump) becomes a backup like every other.

It is filled into a database of its own beside production's, in one transaction; every row that stands in the file is
counted on the way and again in the database; then that database is backed up, and dropped.
"""

from __future__ import annotations

import gzip
import subprocess
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, contextmanager
from typing import IO

from deploy.adapters.backups.foreign_dump import ForeignDump
from deploy.adapters.backups.programs import IsStopRequested, Program, database_word, raise_if, running
from deploy.adapters.backups.script_reader import ScriptReader
from deploy.adapters.backups.streams import sum_file
from deploy.adapters.postgres.address import DatabaseAddress
from deploy.adapters.postgres.dump_client import DumpClient, client_environment
from deploy.model.backups import DatabaseContent
from deploy.model.errors import BlockedError, DeployError

FED_AT_ONCE = 1 << 20
CHANGED_ROWS = (
    "a trigger or a rule in the dump changed rows: make a dump with pg_dump --format=custom, which fills tables before "
    "it makes triggers"
)
# The server took the rows, and no table of this name keeps any: a partitioned table handed them on.
PARTITION_ROOT = (
    "where a table has partitions, pg_dump --load-via-partition-root wrote its rows under the table's own name, "
    "and they cannot be compared: make another dump without that option"
)


class Importer:
    """psql of one client against one server.

    Args:
        address: of the server; its database is not touched.
    """

    def __init__(
        self, client: DumpClient, address: DatabaseAddress, say: Callable[[str], None],
        is_stop_requested: IsStopRequested,
    ) -> None:
        self._client = client
        self._address = address
        self._say = say
        self._is_stop_requested = is_stop_requested
        self._environment = client_environment(address)
        self._dump_again = (
            f"fetch the dump again, or make it again with pg_dump {client.major}; nothing of it was kept"
        )

    def fill(self, dump: ForeignDump, database_name: str, *, has_owner: bool) -> ScriptReader:
        """Everything of the dump into an empty database, all or nothing; what was read on the way.

        Raises:
            BlockedError: the dump is cut off, or holds what does not belong into one database.
            StepFailed: psql or pg_restore failed.
            InterruptedByOperator: a stop was asked for.
        """
        self._require_client(dump)
        reader = ScriptReader(dump.path.name, has_owner=has_owner)
        words = [
            "--no-psqlrc", "--quiet", "--set", "ON_ERROR_STOP=1", "--single-transaction", "--no-password",
            "--host", self._client.host, "--port", str(self._client.port), "--username", self._address.user,
            "--dbname", database_word(database_name), "--file", "-",
        ]
        with ExitStack() as stack:
            lines, source = stack.enter_context(self._lines(dump, has_owner=has_owner))
            argv = self._client.argv("psql", *words)
            psql = stack.enter_context(
                running(argv, self._environment, secrets=[self._address.password], name="psql", stdin=subprocess.PIPE)
            )
            self._feed(psql, reader.read(lines))
            if source is not None and source.wait(self._is_stop_requested) != 0:
                raise source.failed(self._dump_again, "dump-not-readable")
            # Only now: an end of input commits what arrived.
            if psql.process.stdin:
                psql.process.stdin.close()
            if psql.wait(self._is_stop_requested) != 0:
                raise self._failed(psql)
        return reader

    def _feed(self, psql: Program, lines: Iterable[bytes]) -> None:
        pipe = psql.process.stdin
        if pipe is None:
            raise ValueError("psql was started without a pipe")
        told, waiting, size = 0, [], 0
        try:
            for line in lines:
                waiting.append(line)
                size += len(line)
                if size >= FED_AT_ONCE:
                    raise_if(self._is_stop_requested, "the import of the dump")
                    pipe.write(b"".join(waiting))
                    told, waiting, size = told + size, [], 0
                    self._say(f"{told / 1e6:,.0f} MB read")
            pipe.write(b"".join(waiting))
            pipe.flush()
        except BrokenPipeError:
            psql.wait(self._is_stop_requested)
            raise self._failed(psql) from None

    def _failed(self, psql: Program) -> DeployError:
        hint = (
            "repair what the message names (--no-owner leaves out roles that this server does not have), then run the "
            "same command again; nothing of the dump was kept"
        )
        return psql.failed(hint, "dump-not-accepted")

    def _require_client(self, dump: ForeignDump) -> None:
        if dump.kind == "directory" and self._client.container_id:
            raise BlockedError(
                f"{dump.path} is a directory, which the programs in the database's container do not see",
                hint=f"apt-get install postgresql-client-{self._client.major}", reference="directory-needs-client",
            )
        if not self._client.has("psql"):
            raise BlockedError(
                f"{self._client.label} has no psql", reference="no-psql",
                hint=f"apt-get install postgresql-client-{self._client.major}",
            )

    @contextmanager
    def _lines(self, dump: ForeignDump, *, has_owner: bool) -> Iterator[tuple[Iterable[bytes], Program | None]]:
        """The dump as a script; and the program that writes it, where it is an archive."""
        if dump.kind in {"plain", "gzip"}:
            with dump.path.open("rb") as file:
                script = gzip.GzipFile(fileobj=file) if dump.kind == "gzip" else file
                yield _readable(script, dump), None
            return
        words = ["--file=-", *([] if has_owner else ["--no-owner", "--no-privileges"])]
        with ExitStack() as stack:
            stdin: IO[bytes] | int = subprocess.DEVNULL
            if dump.kind == "directory":
                words.append(str(dump.path))
            else:
                words.append(f"--format={dump.kind}")
                stdin = stack.enter_context(dump.path.open("rb"))
            program = stack.enter_context(
                running(self._client.argv("pg_restore", *words), self._environment, stdin=stdin, has_output=True,
                        name="pg_restore")
            )
            yield _lines_of(program.chunks(self._is_stop_requested)), program


def _readable(lines: Iterable[bytes], dump: ForeignDump) -> Iterator[bytes]:
    try:
        yield from lines
    except (OSError, EOFError) as error:
        raise BlockedError(
            f"{dump.path.name} cannot be read to its end: {error}", hint="fetch the file again; nothing of it was kept",
            reference="dump-cut-off",
        ) from None


def _lines_of(chunks: Iterable[bytes]) -> Iterator[bytes]:
    rest = b""
    for chunk in chunks:
        *whole, rest = (rest + chunk).split(b"\n")
        yield from (line + b"\n" for line in whole)
    if rest:
        yield rest


def require_major(reader: ScriptReader, server_major: int) -> None:
    """A newer server's dump may use what this one has not.

    Raises:
        BlockedError: it is of a newer major.
    """
    if reader.server_major is not None and reader.server_major > server_major:
        raise BlockedError(
            f"the dump is of PostgreSQL {reader.server_major}, the server is {server_major}",
            hint="a dump is always restored into production's server first, also with --to-url: make the dump on a "
            f"server of PostgreSQL {server_major} or older, or upgrade this server; nothing of it was kept",
            reference="restore-older-server",
        )


def require_equal(reader: ScriptReader, content: DatabaseContent, dump: ForeignDump) -> None:
    """Every row that stands in the file must be there.

    Raises:
        BlockedError: a table has other rows, or is missing.
    """
    found = {table.name: table.rows for table in content.tables}
    differing = {}
    for name, rows in reader.rows.items():
        arrived = found.get(name, 0)
        if arrived < rows or (arrived > rows and not reader.inserts):
            differing[name] = f"{name}: {rows:,} rows in the file, {arrived:,} arrived"
    if differing:
        causes = [CHANGED_ROWS] if differing.keys() & found.keys() else []
        causes += [PARTITION_ROOT] if differing.keys() - found.keys() else []
        raise BlockedError(
            f"what arrived is not what {dump.path.name} holds: {'; '.join(list(differing.values())[:5])}",
            hint=f"{'; '.join(causes)}; nothing of it was kept", reference="import-differs",
        )


def not_proven(
    reader: ScriptReader, content: DatabaseContent, dump: ForeignDump, *, has_owner: bool
) -> tuple[str, ...]:
    """What is known of the dump, and what is not, one sentence each."""
    rows = sum(reader.rows.values())
    digest = "" if dump.path.is_dir() else f" (sha256 {sum_file(dump.path, lambda: None).sha256[:16]}…)"
    said = [
        f"made of {dump.path.name}{digest}: {rows:,} rows of {len(reader.rows)} tables are in it; as many arrived",
        "it has no manifest and no content hash: nothing can prove that it holds all of the original",
        f"when it was dumped is not known; the file is of {dump.at:%Y-%m-%d %H:%M:%S} UTC",
    ]
    if not reader.is_of_pg_dump:
        said.append("it does not begin as a dump of pg_dump: whether it is cut off is not known")
    if reader.inserts:
        said.append(f"the rows of {reader.inserts:,} INSERT statements were not counted in the file")
    if content.revision_ids:
        said.append(f"its revision, {', '.join(content.revision_ids)}, was read from its own version table")
    else:
        said.append("its revision is not known: it has no version table of Alembic, or an empty one")
    if not has_owner:
        said.append("owners and rights of the file are left out")
    return tuple(said)
