"""The ledger on a real SQLite file."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from deploy.adapters.ledger.sqlite_ledger import FILE_NAME, SqliteLedger
from deploy.adapters.ledger.upgrading import LEDGER_VERSION
from deploy.model.deployments import Actor, DeploymentState, Mode, Plan, StepState
from deploy.model.errors import BlockedError, StepFailed
from deploy.model.releases import Image, Release, ReleaseState, Revision, RevisionGraph
from deploy.steps.registry import read_plan
from tests.fakes.planned_steps import migrate_database

ACTOR = Actor("ann", "host-1", "run-7")
PLAN = Plan(
    Mode.AUTO_MIGRATE, (migrate_database("sha256:new"),), {"to": 1},
)
AT = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)


def _release(number: int) -> Release:
    image = Image(f"sha256:{number}", "shop:latest", None, 42)
    return Release(number, image, ("b2",), ReleaseState.CANDIDATE, "", AT)


def test_everything_survives_a_reopening(tmp_path: Path) -> None:
    first = SqliteLedger(tmp_path, read_plan)
    name = first.begin_deployment(PLAN, ACTOR, _release(1))
    first.record_step(name, 0, "migrate-database", StepState.BEGUN)
    first.record_step(name, 0, "migrate-database", StepState.DONE, "one applied", 2.5)
    second = SqliteLedger(tmp_path, read_plan)  # the first one was killed: never closed
    found = second.unfinished()
    assert found is not None
    assert (found.deployment_id, found.plan, found.actor) == (name, PLAN, ACTOR)
    assert found.plan.plan_id == PLAN.plan_id
    assert [(s.state, s.detail, s.duration_seconds) for s in found.steps] == [(StepState.DONE, "one applied", 2.5)]
    assert second.releases()[0].deployment_id == name


def test_closing_twice_keeps_the_first(tmp_path: Path) -> None:
    ledger = SqliteLedger(tmp_path, read_plan)
    name = ledger.begin_deployment(PLAN, ACTOR, None)
    ledger.end_deployment(name, DeploymentState.UNDONE, 1, "undone")
    ledger.end_deployment(name, DeploymentState.DONE, 0, "done")
    found = ledger.deployment(name)
    assert found is not None
    assert (found.state, found.exit_code, found.outcome) == (DeploymentState.UNDONE, 1, "undone")
    assert ledger.unfinished() is None


def test_a_second_unfinished_deployment_is_refused(tmp_path: Path) -> None:
    ledger = SqliteLedger(tmp_path, read_plan)
    ledger.begin_deployment(PLAN, ACTOR, _release(1))
    with pytest.raises(StepFailed):
        ledger.begin_deployment(PLAN, ACTOR, _release(2))
    assert len(ledger.deployments(10)) == 1
    assert [r.number for r in ledger.releases()] == [1]


def test_releases_and_the_current_one(tmp_path: Path) -> None:
    ledger = SqliteLedger(tmp_path, read_plan)
    assert (ledger.next_release_number(), ledger.current_release()) == (1, None)
    for number in (1, 2):
        ledger.end_deployment(ledger.begin_deployment(PLAN, ACTOR, _release(number)), DeploymentState.DONE, 0, "")
    ledger.set_release_state(2, ReleaseState.GOOD)
    ledger.set_current_release(2)
    current = ledger.current_release()
    assert current is not None
    assert (current.number, current.state, ledger.next_release_number()) == (2, ReleaseState.GOOD, 3)
    assert [r.number for r in ledger.releases()] == [2, 1]
    assert [d.deployment_id for d in ledger.deployments(1)] == ["d0002"]


def test_a_graph_is_remembered(tmp_path: Path) -> None:
    graph = RevisionGraph((Revision("b2", ("a1",), "second", "v/b2.py", ("x",)),), ("b2",))
    ledger = SqliteLedger(tmp_path, read_plan)
    assert ledger.cached_graph("sha256:1") is None
    ledger.cache_graph("sha256:1", graph)
    assert SqliteLedger(tmp_path, read_plan).cached_graph("sha256:1") == graph


def test_modes_and_durability(tmp_path: Path) -> None:
    ledger = SqliteLedger(tmp_path / "state", read_plan)
    ledger.begin_deployment(PLAN, ACTOR, None)
    assert (tmp_path / "state").stat().st_mode & 0o777 == 0o700
    assert {p.stat().st_mode & 0o777 for p in (tmp_path / "state").iterdir()} == {0o600}
    assert ledger._connection.execute("PRAGMA synchronous").fetchone()[0] == 2
    assert ledger._connection.execute("PRAGMA journal_mode").fetchone()[0] == "wal"


def test_a_failed_write_is_a_step_failure(tmp_path: Path) -> None:
    ledger = SqliteLedger(tmp_path, read_plan)
    ledger._connection.execute("PRAGMA query_only=ON")
    with pytest.raises(StepFailed) as caught:
        ledger.begin_deployment(PLAN, ACTOR, None)
    assert caught.value.reference == "ledger-write-failed"


def test_a_file_that_is_no_database_is_named(tmp_path: Path) -> None:
    (tmp_path / FILE_NAME).write_bytes(b"not a database at all" * 100)
    with pytest.raises(BlockedError, match=FILE_NAME):
        SqliteLedger(tmp_path, read_plan)


@pytest.mark.parametrize("error", [
    PermissionError(13, "Permission denied"), sqlite3.OperationalError("attempt to write a readonly database"),
])
def test_a_ledger_of_somebody_else_is_not_called_broken(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise error

    monkeypatch.setattr(sqlite3, "connect", refuse)
    with pytest.raises(BlockedError) as caught:
        SqliteLedger(tmp_path, read_plan)
    assert "owns it" in caught.value.hint
    assert "move the file away" not in caught.value.hint


def test_a_newer_ledger_is_refused(tmp_path: Path) -> None:
    SqliteLedger(tmp_path, read_plan).close()
    with sqlite3.connect(tmp_path / FILE_NAME) as connection:
        connection.execute(f"PRAGMA user_version = {LEDGER_VERSION + 1}")
    before = (tmp_path / FILE_NAME).read_bytes()
    with pytest.raises(BlockedError, match="newer") as caught:
        SqliteLedger(tmp_path, read_plan)
    assert caught.value.reference == "ledger-newer"
    assert (tmp_path / FILE_NAME).read_bytes() == before


def _replace_by_rename(ledger: Path, other: Path) -> None:
    other.rename(ledger)


def _delete(ledger: Path, other: Path) -> None:
    ledger.unlink()


@pytest.mark.parametrize("change", [_delete, _replace_by_rename])
def test_a_ledger_that_is_deleted_or_replaced_is_noticed_at_the_next_write(
    tmp_path: Path, change: Callable[[Path, Path], None]
) -> None:
    ledger = SqliteLedger(tmp_path, read_plan)
    name = ledger.begin_deployment(PLAN, ACTOR, _release(1))
    (tmp_path / "other").mkdir()
    other = SqliteLedger(tmp_path / "other", read_plan)
    other.begin_deployment(PLAN, ACTOR, _release(1))
    other.close()
    change(tmp_path / FILE_NAME, tmp_path / "other" / FILE_NAME)
    with pytest.raises(StepFailed) as caught:
        ledger.record_step(name, 0, "migrate-database", StepState.BEGUN)
    assert caught.value.reference == "ledger-lost"
    assert "recover" in caught.value.hint


def test_the_id_of_a_ledger_survives_a_reopening_and_is_no_other_ledgers(tmp_path: Path) -> None:
    first = SqliteLedger(tmp_path / "a", read_plan)
    assert SqliteLedger(tmp_path / "a", read_plan).ledger_id == first.ledger_id != SqliteLedger(tmp_path / "b", read_plan).ledger_id
