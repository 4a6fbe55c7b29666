"""What a throw-away server refuses is not told as if production's had."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from deploy.adapters.backups import tables
from deploy.adapters.backups.folder import BackupFolder
from deploy.adapters.backups.tables import TablesAside, TablesOrder
from deploy.adapters.postgres.address import DatabaseAddress
from deploy.adapters.postgres.dump_client import DumpClient
from deploy.model.errors import BlockedError, DeployError, StepFailed
from deploy.model.restores import TableCopy
from tests.integration.copies.making import NAME, make_here

LIVE = DatabaseAddress("db.example", 5432, "ann", "shop")
ASIDE = DatabaseAddress("/tmp/aside", 5432, "surefoot", "verified")
CLIENT = DumpClient("test", "15.0", 15, (), "", "", 5432)
REFUSED = BlockedError("/tmp/aside:5432 refused: no", hint="./scripts/deploy.sh status", reference="database-refused")
FULL = StepFailed("the server has no room", hint="make room on its disk", reference="no-room-to-restore")
FAILED = StepFailed("pg_restore failed with exit code 1", hint="repair what it names", reference="restore-failed")
MISSING = StepFailed("pg_restore could not be started", hint="scripts/bootstrap.sh", reference="program-missing")


class Aside(TablesAside):
    """Its server is not there; `refuses` is what it says when a database is made."""

    refuses: DeployError | None = None

    @contextmanager
    def _server(self, _manifest: Any) -> Iterator[Any]:
        yield SimpleNamespace(label="server 15")

    def _database(self, *_: Any) -> Any:
        if self.refuses:
            raise self.refuses
        return ASIDE, ()


@pytest.fixture
def failing(monkeypatch: pytest.MonkeyPatch) -> dict[str, DeployError]:
    """What pg_restore meets, by the host of the server that it works on."""
    errors: dict[str, DeployError] = {}

    class Restorer:
        def __init__(self, _client: Any, address: DatabaseAddress, *_: Any) -> None:
            self.address = address

        def restore_with(self, *_: Any, **__: Any) -> None:
            if self.address.host in errors:
                raise errors[self.address.host]

    async def nothing(*_: Any) -> None:
        pass

    monkeypatch.setattr(tables, "Restorer", Restorer)
    monkeypatch.setattr(tables, "client_of", lambda _server: CLIENT)
    monkeypatch.setattr(tables, "execute", nothing)
    monkeypatch.setattr(tables, "_dump", lambda *_: None)
    return errors


def brought(tmp_path: Path, refuses: DeployError | None = None) -> DeployError:
    make_here(tmp_path, {"database.dump": 10})
    aside = Aside(None, None)
    aside.refuses = refuses
    order = TablesOrder((TableCopy("public.orders", "public", "orders", "orders_restored"),), CLIENT, LIVE)
    with pytest.raises(DeployError) as caught:
        aside.bring(tmp_path / NAME, BackupFolder(tmp_path).get(NAME).manifest, order, print, lambda: False)
    return caught.value


def test_a_refusal_of_the_throw_away_server_is_not_hinted_at_as_productions(tmp_path: Path) -> None:
    error = brought(tmp_path, REFUSED)

    assert error.reference == "backup-not-tried"
    assert error.exit_code == 3
    assert error.hint != REFUSED.hint


def test_a_full_throw_away_server_is_no_full_server(tmp_path: Path, failing: dict[str, DeployError]) -> None:
    failing[ASIDE.host] = FULL
    error = brought(tmp_path)

    assert error.reference == "backup-not-tried"
    assert "TMPDIR" in error.hint


def test_what_fails_aside_says_where(tmp_path: Path, failing: dict[str, DeployError]) -> None:
    failing[ASIDE.host] = FAILED
    error = brought(tmp_path)

    assert error.reference == "restore-failed"
    assert "scratch server" in error.what
    assert f"backup verify {NAME}" in error.hint


@pytest.mark.parametrize("error", [REFUSED, FULL, FAILED])
def test_what_the_live_server_says_keeps_its_own_hint(
    tmp_path: Path, failing: dict[str, DeployError], error: DeployError
) -> None:
    failing[LIVE.host] = error

    assert brought(tmp_path) is error


def test_a_program_that_is_missing_is_no_fault_of_a_server(
    tmp_path: Path, failing: dict[str, DeployError]
) -> None:
    failing[ASIDE.host] = MISSING

    assert brought(tmp_path) is MISSING
