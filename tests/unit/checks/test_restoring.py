"""How far a restore is, asked of the server's databases and of the one journal that can tell."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from deploy.checks.restoring import difference, find_database, is_journalled_done, is_swapped
from deploy.model.backups import DatabaseContent, SequenceValue, TableContent
from deploy.model.deployments import StepState
from tests.fakes.fake_restores import LIVE, FakeContent
from tests.fakes.fake_world import FakeWorld

CONTENT = DatabaseContent(
    ("r1",), (TableContent("public.orders", 5, "9"), TableContent("public.lines", 2, None)),
    (SequenceValue("public.ids", 7, True, 1),), ("citext 1.6",), 0, (), (), (),
)


class Restores:
    """Of doors.Restores what a comparison asks, and what it was asked."""

    def __init__(self, found: DatabaseContent) -> None:
        self.found = found
        self.asked: list[tuple[str, list[str]]] = []

    def content(self, name: str, hashed: list[str]) -> DatabaseContent:
        self.asked.append((name, list(hashed)))
        return self.found


class Comparing:
    """A backup of CONTENT, and a database that has what the test says."""

    def __init__(self, found: DatabaseContent) -> None:
        self.restores = Restores(found)
        self.backups = self
        self.manifest = self
        self.content = CONTENT

    def get(self, name: str) -> Any:
        assert name == "b1"
        return self


def test_a_database_is_found_by_its_whole_name() -> None:
    fake = FakeWorld("r1")
    found = find_database(fake.world, LIVE)
    assert found is not None
    assert found.name == LIVE
    assert find_database(fake.world, LIVE[:-1]) is None


def test_it_is_swapped_once_the_old_one_bears_its_new_name_or_there_was_no_old_one() -> None:
    fake = FakeWorld("r1")
    assert not is_swapped(fake.world, LIVE, "shop_before")
    fake.restores.held["shop_before"] = FakeContent()
    assert is_swapped(fake.world, LIVE, "shop_before")
    assert is_swapped(fake.world, LIVE, None)
    assert not is_swapped(fake.world, "gone", None)


@pytest.mark.parametrize(("state", "is_done"), [(StepState.DONE, True), (StepState.BEGUN, False), (StepState.UNDONE, False)])
def test_only_the_journal_of_this_deployment_and_of_this_step_calls_it_done(state: StepState, is_done: bool) -> None:
    fake = FakeWorld("r1")
    fake.begin()
    deployment = fake.ledger.unfinished()
    assert deployment is not None
    fake.ledger.record_step(deployment.deployment_id, 0, "swap-databases", state)
    assert is_journalled_done(fake.world, deployment.deployment_id, "swap-databases") is is_done
    assert not is_journalled_done(fake.world, deployment.deployment_id, "restore-database")
    assert not is_journalled_done(fake.world, "another", "swap-databases")


def test_a_database_is_compared_with_the_manifest_by_the_hashes_that_it_has() -> None:
    comparing = Comparing(replace(CONTENT, revision_ids=("r2",)))
    [line] = difference(comparing, "b1", "shop_new", has_newer=False)  # type: ignore[arg-type]
    assert "r2" in line
    assert comparing.restores.asked == [("shop_new", ["public.orders"])]


def test_what_the_backup_does_not_know_is_let_be_only_where_it_may_stay() -> None:
    newer = replace(
        CONTENT, tables=(*CONTENT.tables, TableContent("public.later", 1, None)),
        sequences=(*CONTENT.sequences, SequenceValue("public.later_ids", 1, False, 1)),
        extensions=("citext 1.7", "hstore 1.8"),
    )
    assert difference(Comparing(newer), "b1", "shop", has_newer=True) == ()  # type: ignore[arg-type]
    told = difference(Comparing(newer), "b1", "shop", has_newer=False)  # type: ignore[arg-type]
    assert [any(name in line for line in told) for name in ("public.later ", "public.later_ids", "hstore")] == [True] * 3
    missing = replace(newer, tables=newer.tables[1:], sequences=newer.sequences[1:], extensions=newer.extensions[1:])
    told = difference(Comparing(missing), "b1", "shop", has_newer=True)  # type: ignore[arg-type]
    assert [any(name in line for line in told) for name in ("public.orders", "public.ids", "citext")] == [True] * 3
