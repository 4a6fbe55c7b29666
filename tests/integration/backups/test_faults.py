"""What goes wrong around a backup: each fails in words, and leaves nothing that looks like one."""

from __future__ import annotations

import asyncio
import os
import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from pathlib import Path

import asyncpg
import pytest

from deploy.adapters.backups import dump, folder, streams
from deploy.adapters.backups.counting import Counting
from deploy.adapters.backups.pg_backups import BackupOptions
from deploy.adapters.backups.programs import Program
from deploy.adapters.backups.read_behind import FileSum, ReadBehind
from deploy.adapters.postgres.address import DatabaseAddress
from deploy.adapters.scratch.server import scratch_server
from deploy.model.errors import EXIT_BLOCKED, BlockedError, DeployError, InterruptedByOperator, StepFailed
from tests.integration.backups.conftest import QUIET
from tests.integration.backups.disks import small_disk
from tests.integration.backups.site import BY_ANN, Site, never, silent
from tests.integration.backups.waiting import wait_for
from tests.integration.check.conftest import binaries_of

pytestmark = pytest.mark.postgres
SECRET = "correct-horse-battery"
NOISE = (
    "CREATE TABLE t (id int PRIMARY KEY, noise text)",
    "INSERT INTO t SELECT n, md5(n::text) || md5((-n)::text) || md5(n || '!') FROM generate_series(1, 100000) n",
)


@pytest.fixture
def filled(site: Site) -> Site:
    site.run(*NOISE)
    return site


@pytest.fixture
def own_site(tmp_path: Path) -> Iterator[Site]:
    """On a server that nobody else needs, with enough rows that pg_dump is held up by our pipe."""
    with scratch_server(binaries_of(15), settings=QUIET) as server:
        made = Site(DatabaseAddress(server.address, server.port, server.user, "postgres"), 15, tmp_path / "backups")
        made.run(*NOISE)
        yield made


@dataclass
class Written:
    """Calls `then` once, when so many bytes of the archive were written; pg_dump waits for us meanwhile."""

    then: Callable[[], object]
    after_bytes: int = 1_000_000
    is_done: bool = False


@pytest.fixture
def when_written(monkeypatch: pytest.MonkeyPatch) -> Callable[[Callable[[], object]], None]:
    def arm(then: Callable[[], object]) -> None:
        moment = Written(then)
        original = streams._Target.write_plain

        def write_plain(target: streams._Target, data: bytes) -> None:
            original(target, data)
            if target.size > moment.after_bytes and not moment.is_done:
                moment.is_done = True
                moment.then()

        monkeypatch.setattr(streams._Target, "write_plain", write_plain)

    return arm


def children(name: str) -> list[int]:
    """Running processes of ours of this name."""
    found = []
    for task in Path("/proc/self/task").iterdir():
        with suppress(OSError):
            found += [int(word) for word in (task / "children").read_text().split()]
    return [pid for pid in found if _name(pid) == name]


def _name(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/comm").read_text().strip()
    except OSError:
        return ""


def fails(site: Site, kind: type[DeployError], **changes: object) -> DeployError:
    """It must, and nothing may be left: no file, no process."""
    before = site.left_behind()
    with pytest.raises(kind) as caught:
        site.create(**changes)
    assert site.left_behind() == before
    assert children("pg_dump") == children("pg_restore") == children("pg_dumpall") == []
    return caught.value


def test_a_full_disk_leaves_nothing(filled, tmp_path):
    place = tmp_path / "small"
    with small_disk(place, "2m"):
        filled.directory = place / "backups"

        error = fails(filled, StepFailed)

        assert error.reference == "backup-not-written"
        assert "No space left" in error.what
        assert os.statvfs(place).f_bavail * os.statvfs(place).f_frsize > 1_900_000  # all given back


def test_a_disk_that_is_full_at_the_manifest_leaves_nothing(filled, tmp_path, monkeypatch):
    original = folder.write_manifest
    place = tmp_path / "small"

    def fill_the_disk(*positional: object) -> None:
        with suppress(OSError), (place / "others").open("wb", buffering=0) as file:
            while file.write(b"x" * 4096):
                pass
        original(*positional)

    monkeypatch.setattr(folder, "write_manifest", fill_the_disk)
    with small_disk(place, "20m"):
        filled.directory = place / "backups"

        error = fails(filled, StepFailed)

        assert (place / "others").stat().st_size > 1_000_000
        assert error.reference == "backup-not-written"
        assert filled.left_behind() == []


def test_a_directory_that_cannot_be_made_is_told(filled, tmp_path):
    (tmp_path / "file").write_text("")
    filled.directory = tmp_path / "file" / "backups"

    with pytest.raises(StepFailed) as caught:
        filled.create()
    assert caught.value.reference == "backup-not-written"


def test_a_server_that_stops_in_the_middle_leaves_nothing(own_site, when_written):
    data = Path(own_site.address.host).parent / "data"
    pid = int((data / "postmaster.pid").read_text().splitlines()[0])
    when_written(lambda: os.kill(pid, signal.SIGQUIT))  # what pg_ctl stop --mode immediate does

    assert fails(own_site, StepFailed).reference == "backup-failed"


def test_a_dump_whose_server_process_is_ended_leaves_nothing(filled, when_written):
    when_written(lambda: filled.ask(
        "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE application_name = 'pg_dump' "
        "AND datname = current_database()"
    ))

    assert fails(filled, StepFailed).reference == "backup-failed"


def test_a_counting_session_that_is_ended_leaves_nothing(filled, when_written):
    when_written(lambda: filled.ask(
        "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE application_name = 'surefoot' "
        "AND datname = current_database()"
    ))
    filled.run("CREATE TABLE slow (n int)", "INSERT INTO slow SELECT generate_series(1, 2000000)")

    assert fails(filled, StepFailed).reference == "backup-failed"


def test_a_killed_pg_dump_leaves_nothing(filled, when_written):
    when_written(lambda: [os.kill(pid, signal.SIGKILL) for pid in children("pg_dump")])

    error = fails(filled, StepFailed)

    assert error.reference == "backup-failed"
    assert "pg_dump failed with exit code -9" in error.what


def test_a_killed_decoder_leaves_nothing(filled, when_written):
    when_written(lambda: [os.kill(pid, signal.SIGKILL) for pid in children("pg_restore")])

    error = fails(filled, StepFailed)

    assert "pg_restore failed with exit code -9" in error.what


def test_a_byte_that_the_disk_changed_is_found_by_reading_back(filled, monkeypatch):
    original = ReadBehind.finish

    def lying(self: ReadBehind, size: int) -> FileSum:
        os.pwrite(self._descriptor, b"\0\0", size // 2)
        return original(self, size)

    monkeypatch.setattr(ReadBehind, "finish", lying)

    assert "reads back differently" in fails(filled, StepFailed).what


@contextmanager
def locked(site: Site, table: str) -> Iterator[None]:
    """Another session holds it ACCESS EXCLUSIVE."""
    is_held, is_over = threading.Event(), threading.Event()

    async def hold() -> None:
        connection = await asyncpg.connect(
            host=site.address.host, user=site.address.user, database=site.address.database_name, ssl=False
        )
        async with connection.transaction():
            await connection.execute(f"LOCK TABLE {table} IN ACCESS EXCLUSIVE MODE")
            is_held.set()
            await asyncio.to_thread(is_over.wait)
        await connection.close()

    thread = threading.Thread(target=lambda: asyncio.run(hold()))
    thread.start()
    assert is_held.wait(20)
    try:
        yield
    finally:
        is_over.set()
        thread.join()


def test_a_locked_table_is_not_waited_for_without_end(filled, monkeypatch):
    monkeypatch.setattr(dump, "LOCK_WAIT", "500ms")
    with locked(filled, "t"):
        error = fails(filled, StepFailed)

    assert error.reference == "backup-failed"
    assert "t" in error.what
    assert filled.problems_of_files(filled.create()) == ()


def test_a_stop_is_heard_while_a_locked_table_is_waited_for(filled):
    def is_waiting() -> bool:
        return bool(filled.ask(
            "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'pg_dump' AND wait_event_type = 'Lock' "
            "AND datname = current_database()"
        ))

    with locked(filled, "t"):
        fails(filled, InterruptedByOperator, is_stop_requested=is_waiting)


def test_a_stop_is_heard_while_it_dumps(filled, when_written):
    asked = threading.Event()
    when_written(asked.set)

    fails(filled, InterruptedByOperator, is_stop_requested=asked.is_set)


@pytest.mark.parametrize("name", ["pg_dump", "pg_restore", "pg_dumpall"])
def test_a_stop_is_heard_while_a_program_is_waited_for(filled, monkeypatch, name):
    asked = threading.Event()
    original = Program.wait

    def wait(program: Program, is_stop_requested: Callable[[], bool]) -> int:
        if program.name == name:
            asked.set()
            raise_if_asked(is_stop_requested)
        return original(program, is_stop_requested)

    monkeypatch.setattr(Program, "wait", wait)

    fails(filled, InterruptedByOperator, is_stop_requested=asked.is_set)


def raise_if_asked(is_stop_requested: Callable[[], bool]) -> None:
    """What `wait` does of itself while the program still runs."""
    dump.raise_if(is_stop_requested, "a program")


def test_a_stop_is_heard_while_it_counts(filled, monkeypatch):
    asked = threading.Event()
    original = Counting.result

    def result(counting: Counting) -> object:
        asked.set()
        return original(counting)

    monkeypatch.setattr(Counting, "result", result)
    filled.run("CREATE TABLE slow (n int)", "INSERT INTO slow SELECT generate_series(1, 1000000)")

    fails(filled, InterruptedByOperator, is_stop_requested=asked.is_set)

    wait_for(lambda: not filled.ask(
        "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'surefoot' AND datname = current_database()"
    ), "the count is given up on the server, too")


def test_a_server_newer_than_every_client_is_named_and_refused(filled):
    with pytest.raises(BlockedError) as caught:
        filled.backups.create(
            replace(filled.state(), server_major=99), BY_ANN, say=silent, is_stop_requested=never
        )

    assert caught.value.exit_code == EXIT_BLOCKED
    assert caught.value.reference == "no-pg-dump-of-this-major"
    assert "99" in caught.value.what
    assert filled.left_behind() == []


def test_the_password_is_in_no_command_line_no_message_and_no_file(filled, when_written):
    filled.address = replace(filled.address, password=SECRET)
    seen: list[str] = []
    said: list[str] = []
    when_written(lambda: seen.extend(command_lines()))

    backup = filled.create(say=said.append)

    assert any("pg_dump" in line for line in seen)
    assert any("pg_restore" in line for line in seen)
    assert SECRET not in "\n".join(seen + said)
    for path in (filled.directory / backup.name).iterdir():
        assert SECRET.encode() not in path.read_bytes()


def test_a_refused_password_is_not_repeated(filled):
    filled.address = replace(filled.address, password=SECRET, database_name="not_there")

    with pytest.raises(DeployError) as caught:
        filled.state()
    assert SECRET not in f"{caught.value.what} {caught.value.hint} {caught.value!r}"


def command_lines() -> list[str]:
    """Of every process of this machine."""
    found = []
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        with suppress(OSError):
            found.append(path.read_bytes().replace(b"\0", b" ").decode(errors="replace"))
    return found


@pytest.mark.parametrize("jobs", [1, 2])
def test_only_its_owner_can_read_it(filled, jobs):
    previous = os.umask(0)
    try:
        filled.options = BackupOptions(jobs=jobs)
        backup = filled.create()
    finally:
        os.umask(previous)

    place = filled.directory / backup.name
    every = [filled.directory, place, *place.rglob("*")]
    assert len(every) > 3
    for path in every:
        assert path.stat().st_mode & 0o777 == (0o700 if path.is_dir() else 0o600), path


@pytest.mark.parametrize("jobs", [1, 2])
def test_rows_of_a_concurrent_writer_are_in_neither_count_nor_dump(filled, jobs, monkeypatch):
    """Committed after the snapshot and before pg_dump reads the table."""
    original = dump.Dumper.dump

    def write_then_dump(dumper: dump.Dumper, *positional: object) -> object:
        filled.run("INSERT INTO t VALUES (-1, 'late')", "DELETE FROM t WHERE id = 1", "UPDATE t SET noise = '' WHERE id = 2")
        return original(dumper, *positional)

    monkeypatch.setattr(dump.Dumper, "dump", write_then_dump)
    filled.options = BackupOptions(jobs=jobs)

    backup = filled.create()

    assert [t.rows for t in backup.manifest.content.tables] == [100_000]
    assert filled.ask("SELECT count(*) FROM t WHERE id IN (-1, 1)") == 1
    assert filled.problems(backup) == ()
