"""doors.Restores, on the fake and on a real PostgreSQL."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from deploy.adapters.backups.production import PgRestores
from deploy.checks.restored_content import content_problems
from deploy.model.backups import Backup
from deploy.model.doors import Restores
from deploy.model.errors import BlockedError, StepFailed
from deploy.model.restores import COMPARED_MARK, kept_name, plan_copies, restoring_name
from tests.fakes.fake_database import make_backup
from tests.fakes.fake_world import FakeWorld

pytestmark = pytest.mark.postgres

AT = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)


@dataclass
class Server:
    """One server with a live database and a backup of it, from before something was lost."""

    restores: Restores
    backup: Backup

    @property
    def live(self) -> str:
        return self.restores.database_name

    @property
    def new(self) -> str:
        return restoring_name(self.live, AT)

    @property
    def old(self) -> str:
        return kept_name(self.live, AT)

    def fill(self) -> None:
        self.restores.create_database(self.new, self.backup.name, has_owner=True)
        self.restores.fill_database(
            self.new, self.backup.name, has_owner=True, say=lambda _: None, is_stop_requested=lambda: False
        )

    def names(self) -> set[str]:
        return {d.name for d in self.restores.databases()} & {self.live, self.new, self.old}

    def is_open(self, name: str) -> bool:
        return next(d.is_open for d in self.restores.databases() if d.name == name)

    def is_as_backed_up(self, name: str) -> bool:
        expected = self.backup.manifest.content
        hashed = [t.name for t in expected.tables if t.content_hash]
        return content_problems(expected, self.restores.content(name, hashed)) == ()


@pytest.fixture(params=["fake", "real"])
def server(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Server]:
    if request.param == "fake":
        world = FakeWorld("r1")
        backup = make_backup()
        world.backups.kept[backup.name] = backup
        yield Server(world.restores, backup)
        return
    from deploy.adapters.scratch.server import scratch_server
    from tests.integration.backups.site import Site
    from tests.integration.check.conftest import binaries_of

    with scratch_server(binaries_of(15)) as scratch, Site.on(scratch, tmp_path / "backups", "shop") as site:
        site.run("CREATE TABLE orders (n int)", "INSERT INTO orders SELECT generate_series(1, 9)")
        backup = site.create()
        site.run("DELETE FROM orders WHERE n > 5")
        restores = PgRestores(site.directory, site.address, tuple, lambda: None, None)
        yield Server(restores, backup)
        restores.close()


def test_a_filled_database_is_as_it_was_backed_up_and_the_live_one_is_not(server: Server) -> None:
    server.fill()
    assert server.is_as_backed_up(server.new)
    assert not server.is_as_backed_up(server.live)


def test_a_name_that_is_taken_is_emptied_first(server: Server) -> None:
    server.fill()
    server.restores.mark_database(server.new, COMPARED_MARK)
    server.restores.create_database(server.new, server.backup.name, has_owner=True)
    assert not server.is_as_backed_up(server.new)
    assert next(d.mark for d in server.restores.databases() if d.name == server.new) == ""


def test_swapped_the_live_one_is_open_and_the_old_one_is_kept_closed(server: Server) -> None:
    server.fill()
    server.restores.rename_databases(((server.live, server.old), (server.new, server.live)), server.live)
    assert server.names() == {server.live, server.old}
    assert server.is_as_backed_up(server.live)
    assert (server.is_open(server.live), server.is_open(server.old)) == (True, False)
    assert [kept.name for kept in server.restores.ground().kept] == [server.old]
    server.restores.rename_databases(((server.live, server.new), (server.old, server.live)), server.live)
    assert not server.is_as_backed_up(server.live)
    assert (server.is_open(server.live), server.is_open(server.new)) == (True, False)


def test_a_name_that_exists_renames_nothing(server: Server) -> None:
    server.fill()
    with pytest.raises(StepFailed):
        server.restores.rename_databases(((server.live, server.old), (server.new, server.old)), server.live)
    assert server.names() == {server.live, server.new}
    server.restores.open_database(server.live)
    assert not server.is_as_backed_up(server.live)


def test_a_closed_database_is_seen_closed_and_opens_again(server: Server) -> None:
    server.restores.close_database(server.live)
    server.restores.close_database(server.live)
    database = server.restores.ground().database
    assert database is not None
    assert not database.is_open
    server.restores.open_database(server.live)
    assert server.is_open(server.live)


def test_a_database_that_is_not_there_can_be_dropped_and_not_opened(server: Server) -> None:
    server.restores.drop_database(server.new)
    with pytest.raises(StepFailed):
        server.restores.open_database(server.new)
    server.restores.mark_database(server.new, "anything")  # PostgreSQL only warns
    assert server.names() == {server.live}


def test_properties_take_the_mark_away(server: Server) -> None:
    server.fill()
    server.restores.mark_database(server.new, COMPARED_MARK)
    assert next(d.mark for d in server.restores.databases() if d.name == server.new) == COMPARED_MARK
    server.restores.apply_properties(server.new, server.backup.name, has_owner=True)
    assert next(d.mark for d in server.restores.databases() if d.name == server.new) == ""


def test_in_place_the_live_database_is_as_it_was_backed_up(server: Server) -> None:
    server.restores.fill_in_place(
        server.backup.name, has_owner=True, say=lambda _: None, is_stop_requested=lambda: False
    )
    assert server.is_as_backed_up(server.live)


def test_tables_come_back_with_their_content(server: Server) -> None:
    copies = plan_copies(("orders",), tuple(t.name for t in server.backup.manifest.content.tables), AT)
    [found] = server.restores.bring_tables(
        server.backup.name, copies, say=lambda _: None, is_stop_requested=lambda: False
    )
    [expected] = server.backup.manifest.content.tables
    assert found == replace(expected, name="public.orders_restored_20260102_030405")


def test_rows_are_counted_and_what_is_not_there_is_left_out(server: Server) -> None:
    assert server.restores.count_rows(("public.orders", "public.nothing")) == {"public.orders": 5}


def test_a_backup_that_is_not_there_is_refused(server: Server) -> None:
    with pytest.raises(BlockedError) as caught:
        server.restores.require_readable("backup_nothing_20260102T030405Z", lambda: False)
    assert caught.value.reference == "no-such-backup"
