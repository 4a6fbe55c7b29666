"""A ledger of an older version becomes one of today's, whole or not at all, and keeps what it holds."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from importlib.resources import files
from pathlib import Path

import pytest

from deploy.adapters.ledger import upgrading, versions
from deploy.adapters.ledger.sqlite_ledger import FILE_NAME, SqliteLedger
from deploy.adapters.ledger.upgrading import LEDGER_VERSION
from deploy.model.errors import BlockedError
from deploy.model.planned_step import UnreadableStep
from deploy.steps.registry import read_plan

OLDER = Path(__file__).parents[2] / "e2e" / "older_ledgers"


def older_ledger(directory: Path, name: str) -> None:
    """As it was written, with names for images; nothing is asked of an engine here."""
    with closing(sqlite3.connect(directory / FILE_NAME)) as connection:
        connection.executescript((OLDER / f"{name}.sql").read_text())


def look(directory: Path) -> tuple[int, set[str]]:
    with closing(sqlite3.connect(directory / FILE_NAME)) as connection:
        tables = {row[0] for row in connection.execute("SELECT name FROM sqlite_schema WHERE type = 'table'")}
        return connection.execute("PRAGMA user_version").fetchone()[0], tables


def test_there_is_a_file_for_each_version() -> None:
    names = sorted(path.name for path in files(versions).iterdir() if path.name.endswith(".sql"))
    assert names == [f"{number:04d}.sql" for number in range(1, LEDGER_VERSION + 1)]


@pytest.mark.parametrize("name", sorted(path.stem for path in OLDER.glob("*.sql")))
def test_a_ledger_of_version_1_is_brought_to_todays_with_every_step_of_its_plans_known(
    tmp_path: Path, name: str
) -> None:
    older_ledger(tmp_path, name)
    with closing(SqliteLedger(tmp_path, read_plan)) as ledger:
        deployments = ledger.deployments(9)
        assert [release.number for release in ledger.releases()] == [2, 1]
    assert [d.deployment_id for d in deployments] == ["d0002", "d0001"]
    steps = [step for deployment in deployments for step in deployment.plan.steps]
    assert not [step.problem for step in steps if isinstance(step, UnreadableStep)]
    SqliteLedger(tmp_path / "new", read_plan).close()
    assert look(tmp_path) == look(tmp_path / "new")


def test_an_upgrade_that_is_cut_changes_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    older_ledger(tmp_path, "deployed_twice")
    before = look(tmp_path)

    def cut(version: int) -> Iterator[str]:
        yield f"CREATE TABLE half_of_{version} (x)"
        raise sqlite3.OperationalError("disk I/O error")

    monkeypatch.setattr(upgrading, "_statements", cut)
    with pytest.raises(BlockedError, match="disk I/O error"):
        SqliteLedger(tmp_path, read_plan)
    assert look(tmp_path) == before
    monkeypatch.undo()
    SqliteLedger(tmp_path, read_plan).close()
    assert look(tmp_path)[0] == LEDGER_VERSION


def test_a_second_process_waits_for_the_first_ones_upgrade(tmp_path: Path) -> None:
    older_ledger(tmp_path, "deployed_twice")
    with closing(sqlite3.connect(tmp_path / FILE_NAME, isolation_level=None)) as late:
        late.execute("PRAGMA user_version")
        SqliteLedger(tmp_path, read_plan).close()
        upgrading.upgrade_ledger(late, tmp_path / FILE_NAME)
    assert look(tmp_path)[0] == LEDGER_VERSION
