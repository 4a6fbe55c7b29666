"""Single tables out of a backup: through a scratch server, under another name, into the live database at once."""

from __future__ import annotations

import subprocess
import tempfile
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import asyncpg

from deploy.adapters.backups.contents import FIXED_LOOKS, read_facts, read_table
from deploy.adapters.backups.databases import execute, quoted
from deploy.adapters.backups.programs import CHECKING, IsStopRequested, raise_if, running
from deploy.adapters.backups.proof import aside_told, machine_told
from deploy.adapters.backups.reading import plain_archive, require_whole
from deploy.adapters.backups.restore_failures import NOT_TOUCHED
from deploy.adapters.backups.restoring import Restorer
from deploy.adapters.backups.verifying import DATABASE_NAME, Verifier, client_of, require_room
from deploy.adapters.postgres.address import DatabaseAddress
from deploy.adapters.postgres.connection import LoopThread, connect, translate
from deploy.adapters.postgres.dump_client import DumpClient, client_environment
from deploy.adapters.postgres.errors import FAILED
from deploy.model.backups import Manifest, TableContent
from deploy.model.restores import TableCopy

PLAIN = ("--no-owner", "--no-privileges", "--exit-on-error")


@dataclass(frozen=True)
class TablesOrder:
    """What is wanted.

    Attributes:
        copies: which table comes back under which name.
        client: pg_restore for the live server.
        address: the live database.
    """

    copies: tuple[TableCopy, ...]
    client: DumpClient
    address: DatabaseAddress


class TablesAside(Verifier):
    """Nothing of the live database is touched until one transaction adds the new tables."""

    def bring(
        self, directory: Path, manifest: Manifest, order: TablesOrder, say: Callable[[str], None],
        is_stop_requested: IsStopRequested,
    ) -> tuple[TableContent, ...]:
        """The tables, as they are in the live database now.

        Raises:
            BlockedError: damaged, no key, no server of this major, no room.
            StepFailed: a program met an error; the live database is as it was.
        """
        require_whole(directory, manifest, lambda: raise_if(is_stop_requested, CHECKING))
        require_room(manifest)
        name, place = manifest.name, tempfile.gettempdir()
        with machine_told(name, place), ExitStack() as stack:
            dumped = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="surefoot-tables-"))) / "tables.dump"
            loop = LoopThread()
            stack.callback(loop.close)
            # What fails here is no matter of the live server, whose errors have hints of their own.
            with aside_told(name, place):
                archive = stack.enter_context(plain_archive(directory, manifest, self._identity_file))
                server = stack.enter_context(self._server(manifest))
                say(f"restoring {len(order.copies)} tables into {server.label}")
                aside, _ = self._database(loop, server, manifest)
                _fill(Restorer(client_of(server), aside, say, is_stop_requested), archive, order.copies)
                loop.run(execute(aside, *(text for copy in order.copies for text in _copy_sql(copy))))
                _dump(client_of(server), aside, order.copies, dumped, is_stop_requested)
            live = Restorer(order.client, order.address, say, is_stop_requested)
            live.restore_with(dumped, order.address.database_name, ("--single-transaction", *PLAIN), is_live=True)
            return loop.run(_read(order.address, order.copies))


def _fill(restorer: Restorer, archive: Path, copies: Sequence[TableCopy]) -> None:
    """All definitions, and the rows of these tables."""
    restorer.restore_with(archive, DATABASE_NAME, ("--exit-on-error", "--section=pre-data"))
    for copy in copies:
        words = ("--exit-on-error", "--data-only", f"--schema={copy.schema}", f"--table={copy.table}")
        restorer.restore_with(archive, DATABASE_NAME, words)


def _copy_sql(copy: TableCopy) -> list[str]:
    """Columns, types and NOT NULL; no default, sequence, trigger or foreign key that would reach into live tables."""
    source, target = f"{quoted(copy.schema)}.{quoted(copy.table)}", f"{quoted(copy.schema)}.{quoted(copy.new_table)}"
    return [
        f"CREATE TABLE {target} (LIKE {source})",
        f"INSERT INTO {target} SELECT * FROM ONLY {source}",  # noqa: S608 - quoted
    ]


def _dump(
    client: DumpClient, address: DatabaseAddress, copies: Sequence[TableCopy], target: Path,
    is_stop_requested: IsStopRequested,
) -> None:
    tables = [f"--table={quoted(c.schema)}.{quoted(c.new_table)}" for c in copies]
    host = ["--host", client.host] if client.host else []
    argv = client.argv(
        "pg_dump", "--format=custom", "--compress=0", "--no-password", *host, "--port", str(client.port),
        "--username", address.user, "--dbname", address.database_name, *tables,
    )
    with (
        target.open("wb") as file,
        running(argv, client_environment(address), name="pg_dump", stdin=subprocess.DEVNULL, has_output=True) as dump,
    ):
        for chunk in dump.chunks(is_stop_requested):
            file.write(chunk)
        if dump.wait(is_stop_requested) != 0:
            raise dump.failed(NOT_TOUCHED, "restore-failed")


async def _read(address: DatabaseAddress, copies: Sequence[TableCopy]) -> tuple[TableContent, ...]:
    """Count and hash the new tables where they are now."""
    connection = await connect(address, command_seconds=None)
    try:
        await connection.execute(FIXED_LOOKS)
        shapes = {shape.name: shape for shape in (await read_facts(connection)).tables}
        names = [await _as_quoted(connection, copy) for copy in copies]
        return tuple([await read_table(connection, shapes[name], has_hash=True) for name in names])
    except FAILED as error:
        raise translate(error, address) from None
    finally:
        await connection.close()


async def _as_quoted(connection: asyncpg.Connection, copy: TableCopy) -> str:
    return str(await connection.fetchval("SELECT format('%I.%I', $1::text, $2::text)", copy.schema, copy.new_table))
