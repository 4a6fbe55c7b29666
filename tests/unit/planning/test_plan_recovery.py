"""From tags, labels and slots back to releases: numbers are not used again, and only what served is a way back."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

from deploy.model.containers import Container, Health, Slot, SlotState
from deploy.model.database import DatabaseState
from deploy.model.recovery import Remains
from deploy.model.releases import Image, ReleaseState
from deploy.planning.plan_recovery import plan_recovery

AT = datetime(2026, 1, 2, tzinfo=UTC)
DATABASE = DatabaseState("shop", "15.18", 15, False, ("r7",), (), 1, 1, 97, (), ())
ONE, TWO, THREE = (Image(f"sha256:{n}", f"shop:release-{n}", None, 1) for n in (1, 2, 3))


def _container(image: Image, release: str, address: str, health: Health = Health.HEALTHY) -> Container:
    return Container(
        f"id{address}", f"shop-app-{address}", "app", image.image_id, "running", health, None, False, 0, (address,),
        {"surefoot.release": release},
    )


def _slot(address: str, state: SlotState = SlotState.READY) -> Slot:
    return Slot("s1", address, state, True, True, 0)


REMAINS = Remains(
    tags={"release-1": ONE, "release-2": TWO, "release-3": THREE, "backup": ONE, "latest": THREE},
    containers=(_container(THREE, "release-3", "a"),), images={THREE.image_id: THREE}, slots=(_slot("a"),),
    database=DATABASE, known=(),
)


def test_what_served_is_good_and_of_any_other_nobody_can_tell() -> None:
    found = plan_recovery(REMAINS, AT)
    assert {r.number: r.state for r in found.releases} == {
        3: ReleaseState.GOOD, 2: ReleaseState.CANDIDATE, 1: ReleaseState.GOOD,
    }
    assert found.current == 3
    assert any("release-2" in line and "not known" in line for line in found.says)


def test_a_container_that_lost_its_tag_is_found_by_its_label() -> None:
    found = plan_recovery(replace(REMAINS, tags={}, images={}), AT)
    assert [(r.number, r.image.image_id, r.state) for r in found.releases] == [
        (3, THREE.image_id, ReleaseState.GOOD)
    ]


def test_of_two_that_run_side_by_side_the_one_that_gets_requests_is_current_and_that_is_said() -> None:
    both = (_container(TWO, "release-2", "a"), _container(THREE, "release-3", "b", Health.UNHEALTHY))
    found = plan_recovery(replace(REMAINS, containers=both), AT)
    assert found.current == 2
    assert any("side by side" in line for line in found.doubts)


def test_where_nothing_serves_nothing_is_called_current() -> None:
    found = plan_recovery(replace(REMAINS, containers=(), slots=()), AT)
    assert found.current is None
    assert {r.number for r in found.releases} == {1, 2, 3}
    assert "no release is seen to serve" in found.doubts


def test_what_the_ledger_knows_stays_as_it_is() -> None:
    known = plan_recovery(REMAINS, AT).releases[2:]
    found = plan_recovery(replace(REMAINS, known=known), AT)
    assert [r.number for r in found.releases] == [3, 2]
