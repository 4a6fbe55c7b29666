"""What sync_db.py says that it changed, and did not, is true."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from deploy.development.commands import sync_db as module
from deploy.development.commands.sync_db import SyncWords, sync_db
from deploy.model.development import DevelopmentLook, Generated, Rename, RoundTrip
from deploy.model.errors import BlockedError
from deploy.model.risk import RiskLevel
from tests.fakes.fake_migrations import linear_graph

PLACE = "127.0.0.1:5432/shop"
TABLE = Rename("table", None, "orders", "orders", "sales")


class FakeTalk:
    """Names the database, says that each rename is one, and applies nothing."""

    def __init__(self) -> None:
        self.lines: list[str] = []

    def say(self, line: str) -> None:
        self.lines.append(line)

    def warn(self, line: str) -> None:
        self.lines.append(line)

    def show_check(self, report: Any) -> None:
        pass

    def confirm(self, question: str, *, default: bool) -> bool:
        return question.startswith("was this renamed")

    def ask(self, question: str, default: str) -> str:
        return default


class FakeStaging:
    """A new revision, perhaps with a table that may have been renamed, which is not proven."""

    source = None

    def __init__(self, renames: tuple[Rename, ...]) -> None:
        self._renames = renames

    def generate(self, message: str, renames: Sequence[Rename]) -> Generated:
        return Generated(("a table",), self._renames, "r2", "r2.py", "op.create_table('sales')", "message")

    def prove(self, from_ids: Sequence[str]) -> RoundTrip:
        return RoundTrip("PostgreSQL 15", not_proven="it was not tried")


class FakeDevelopment:
    """At r1; counts how often it was recreated."""

    def __init__(self, renames: tuple[Rename, ...]) -> None:
        self._renames = renames
        self.times_recreated = 0

    def look(self, *, has_comparison: bool) -> DevelopmentLook:
        return DevelopmentLook(PLACE, "shop", "15.1", "", ("r1",), linear_graph("r1"))

    def snapshot(self) -> None:
        pass

    def stage(self, snapshot: Any) -> FakeStaging:
        return FakeStaging(self._renames)

    def recreate(self, say: Callable[[str], None]) -> None:
        self.times_recreated += 1

    def close(self) -> None:
        pass


REFUSALS = {
    "a table was renamed": (SyncWords(), (TABLE,), "table-renamed"),
    "nobody decides": (SyncWords(is_auto=True), (), "sync-needs-a-person"),
    "a person says no": (SyncWords(), (), "not-approved"),
}


@pytest.mark.parametrize("case", REFUSALS)
@pytest.mark.parametrize("recreates", [False, True])
def test_a_refusal_says_what_was_changed_before_it(
    case: str, recreates: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    words, renames, reference = REFUSALS[case]
    words = SyncWords(
        is_auto=words.is_auto, recreates=recreates, database_name="shop" if recreates else "", has_backup=False
    )
    door = FakeDevelopment(renames)
    check = SimpleNamespace(risk=SimpleNamespace(level=RiskLevel.LOW))
    monkeypatch.setattr(module, "local_source", lambda *_, **__: None)
    monkeypatch.setattr(module, "development_database", lambda *_: door)
    monkeypatch.setattr(module, "refuse_production", lambda *_: None)
    monkeypatch.setattr(module, "_check", lambda *_: check)

    with pytest.raises(BlockedError) as caught:
        sync_db(tmp_path, words, FakeTalk())

    assert caught.value.reference == reference
    assert ("nothing was changed" in caught.value.what) is (door.times_recreated == 0)
    assert (f"{PLACE} was recreated" in caught.value.what) is (door.times_recreated == 1)
