"""What is found again without the ledger: each source before the other, and every doubt."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from deploy.model.containers import Container, Health, Slot, SlotState
from deploy.model.database import DatabaseState
from deploy.model.recovery import Recovery, Remains
from deploy.model.releases import Image, Release, ReleaseState
from deploy.planning.plan_recovery import plan_recovery, release_of
from tests.fakes.fake_ledger import AT

GOOD = ReleaseState.GOOD


def release(number: int, image: str = "", state: ReleaseState = GOOD, head: str = "r1", **changes: Any) -> Release:
    made = Release(number, Image(f"sha256:{image or number}", "r", None, 1), (head,), state, "d1", AT)
    return replace(made, **changes)


DATABASE = DatabaseState("shop", "15.18", 15, False, ("r7",), (), 1, 1, 97, (), ())
ONE, TWO = Image("sha256:1" + "a" * 20, "shop:release-1", None, 1), Image("sha256:2" + "b" * 20, "shop:release-2", None, 1)


def _container(image: Image, name: str, address: str = "a", **changes: Any) -> Container:
    made = Container(f"id{address}", f"shop-app-{address}", "app", image.image_id, "running", Health.HEALTHY, None, False, 0, (address,), {"surefoot.release": name})
    return replace(made, **changes)


def _recovered(*containers: Container, **changes: Any) -> Recovery:
    fields: dict[str, Any] = {
        "tags": {"release-1": ONE, "release-2": TWO}, "images": {}, "slots": (), "database": DATABASE, "known": (),
    }
    return plan_recovery(Remains(**{**fields, **changes, "containers": containers}), AT)


@pytest.mark.parametrize(("label", "number"), [("release-7", 7), ("release-", None), ("release-x", None), ("7", None), ("", None), ("manual", None)])
def test_a_release_is_read_from_a_label_or_from_nothing(label: str, number: int | None) -> None:
    assert release_of(_container(ONE, label)) == number


def _slot(address: str | None = "a", state: SlotState = SlotState.READY, *, is_up: bool = True) -> Slot:
    return Slot("s", address, state, is_up, True, 0)


def test_of_those_that_are_well_the_newest_that_gets_requests_is_current() -> None:
    one, two = _container(ONE, "release-1", "a"), _container(TWO, "release-2", "b")
    assert _recovered(one, two).current == 2
    assert _recovered(one, two, slots=(_slot("a"),)).current == 1
    assert _recovered(one, two, slots=(_slot("a"), _slot("b", SlotState.DRAIN))).current == 1
    assert _recovered(one, two, slots=(_slot("a"), _slot("b", is_up=False))).current == 1
    assert _recovered(one, replace(two, health=Health.UNHEALTHY)).current == 1
    assert _recovered(one, replace(two, status="exited")).current == 1
    assert _recovered(replace(one, health=Health.NONE)).current == 1


def test_what_a_person_started_is_the_release_of_its_image() -> None:
    assert _recovered(_container(TWO, "")).current == 2
    again = {"release-1": ONE, "release-5": ONE}
    assert _recovered(_container(ONE, "manual"), tags=again).current == 5
    assert _recovered(_container(Image("sha256:other", "", None, 1), "manual")).current is None


def test_a_label_goes_before_a_tag_and_an_image_that_is_gone_is_known_by_its_id() -> None:
    found = _recovered(_container(TWO, "release-1"), images={TWO.image_id: TWO})
    assert {r.number: r.image for r in found.releases}[1] == TWO
    gone = _recovered(_container(TWO, "release-1"))
    assert {r.number: r.image for r in gone.releases}[1] == Image(TWO.image_id, TWO.image_id, None, 0)
    assert {r.state for r in _recovered(tags={"release-1": ONE, "latest": ONE}).releases} == {GOOD}
    assert {(r.deployment_id, r.head_ids, r.state) for r in _recovered(tags={"release-1": ONE, "backup": ONE}).releases} == {("", (), GOOD)}


def test_everything_that_is_found_and_everything_that_is_doubtful_is_said() -> None:
    slots = (_slot("a"), _slot("d"), _slot("b", is_up=False), _slot(None), _slot("c", SlotState.DRAIN))
    found = _recovered(
        _container(TWO, "release-2", "a"), _container(ONE, "release-1", "b", status="exited"), _container(ONE, "", "c"),
        slots=slots, tags={"release-2": TWO, "release-1": ONE, "latest": TWO},
    )
    newest, oldest, edge, database = found.says
    assert all(part in newest for part in ("release-2", TWO.image_id[7:19], "runs as shop-app-a", ":latest, :release-2", "good"))
    assert "runs as" not in oldest
    assert ":release-1" in oldest
    assert "2 of 5" in edge
    assert (newest.endswith("; good"), oldest.endswith("; good")) == (True, False)
    assert f"image 2{'b' * 11}, " in newest
    assert all(part in database for part in ("shop", "r7"))
    assert [part in line for part, line in zip(("shop-app-c", "history"), found.doubts, strict=True)] == [True] * 2
    empty = _recovered(slots=(), database=replace(DATABASE, revision_ids=()))
    assert ["does not answer" in empty.says[-2], "no revision" in empty.says[-1]] == [True, True]
    beside = _recovered(_container(ONE, "release-1", "a"), _container(TWO, "release-2", "b"))
    assert any("release-1, release-2" in line for line in beside.doubts)
    assert len(_recovered(_container(ONE, "release-1", "a"), _container(ONE, "release-1", "b")).doubts) == 1
