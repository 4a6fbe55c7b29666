"""doors.Edge with doors.Compose, on the fake and on HAProxy with the repository's own configuration."""

from __future__ import annotations

import pytest

from deploy.model.containers import SlotState
from deploy.model.errors import StepFailed


def _serving(ground, container):
    def look():
        slot = ground.slot_of(container)
        return slot if slot and slot.is_up and slot.is_check_passed else None

    return ground.wait(look)


def test_before_it_runs_the_edge_is_not_reachable_and_says_so(ground):
    assert ground.edge.is_reachable() is False
    with pytest.raises(StepFailed) as caught:
        ground.edge.slots()
    assert caught.value.reference == "edge-unreachable"


def test_four_free_slots_wait_for_containers(ground):
    ground.start_edge()
    slots = ground.edge.slots()
    assert [slot.name for slot in slots] == ["s1", "s2", "s3", "s4"]
    assert {(slot.address, slot.state, slot.is_up, slot.session_count) for slot in slots} == {
        (None, SlotState.READY, False, 0)
    }


def test_each_state_is_read_back_as_it_was_set(ground):
    ground.start_edge()
    for state in (SlotState.MAINTENANCE, SlotState.DRAIN, SlotState.READY):
        ground.edge.set_state("s2", state)
        assert {s.name: s.state for s in ground.edge.slots()}["s2"] is state


def test_a_slot_that_does_not_exist_is_refused(ground):
    ground.start_edge()
    with pytest.raises(StepFailed) as caught:
        ground.edge.set_state("s9", SlotState.READY)
    assert caught.value.reference == "edge-refused"


def test_a_healthy_container_gets_a_slot_and_its_check_passes(ground):
    ground.start_edge()
    ground.up(ground.good)
    (container,) = ground.healthy()
    assert _serving(ground, container).state is SlotState.READY


def test_a_container_that_comes_while_slots_are_closed_gets_no_traffic(ground):
    ground.start_edge()
    for slot in ground.edge.slots():
        ground.edge.set_state(slot.name, SlotState.MAINTENANCE)
    ground.up(ground.good)
    (container,) = ground.healthy()
    slot = ground.wait(lambda: ground.slot_of(container))
    assert slot.state is SlotState.MAINTENANCE
    assert slot.is_up is False
    assert slot.is_check_passed is False
    ground.edge.set_state(slot.name, SlotState.READY)
    _serving(ground, container)


def test_the_whole_movement_from_one_container_to_the_next(ground):
    ground.start_edge()
    ground.up(ground.good)
    (old,) = ground.healthy()
    old_slot = _serving(ground, old)
    for slot in ground.edge.slots():
        if slot.name != old_slot.name:
            ground.edge.set_state(slot.name, SlotState.MAINTENANCE)
    ground.up(ground.other, "release-2", scale=2, has_recreate=False)
    _, new = ground.healthy(2)
    new_slot = ground.wait(lambda: ground.slot_of(new))
    assert new_slot.name != old_slot.name
    ground.edge.set_state(new_slot.name, SlotState.READY)
    _serving(ground, new)
    ground.edge.set_state(old_slot.name, SlotState.DRAIN)
    assert ground.slot_of(old).state is SlotState.DRAIN
    ground.wait(lambda: ground.slot_of(old).session_count == 0)
    ground.edge.set_state(old_slot.name, SlotState.MAINTENANCE)
    ground.containers.stop(old.container_id, 3)
    ground.containers.remove(old.container_id)
    ground.wait(lambda: {s.name: s.address for s in ground.edge.slots()}[old_slot.name] is None)
    assert _serving(ground, new).state is SlotState.READY


def test_an_edge_that_goes_away_is_noticed(ground):
    ground.start_edge()
    (edge,) = ground.containers.list("edge")
    ground.containers.stop(edge.container_id, 1)
    assert ground.wait(lambda: not ground.edge.is_reachable())


def test_a_slot_that_is_used_again_does_not_trust_the_check_of_the_one_before(ground):
    """HAProxy calls a slot UP and L7OK at once when it leaves `maint`, on the word of its last check."""
    ground.start_edge()
    ground.up(ground.good)
    (old,) = ground.healthy()
    used = _serving(ground, old)
    for slot in ground.edge.slots():
        ground.edge.set_state(slot.name, SlotState.MAINTENANCE)
    ground.containers.remove(old.container_id)
    ground.wait(lambda: all(slot.address is None for slot in ground.edge.slots()))
    ground.up(ground.sick, "release-2")
    (sick,) = ground.containers.list("app")
    slot = ground.wait(lambda: ground.slot_of(sick))
    assert slot.name == used.name
    ground.edge.set_state(slot.name, SlotState.READY)

    def is_known_to_be_bad():
        now = ground.slot_of(sick)
        assert not now.is_check_passed
        return not now.is_up

    ground.wait(is_known_to_be_bad)


def test_the_maintenance_page_is_on_until_it_is_switched_off(ground):
    ground.start_edge()
    assert ground.edge.is_in_maintenance() is False
    for _ in range(2):
        ground.edge.set_maintenance(is_on=True)
        assert ground.edge.is_in_maintenance() is True
    ground.edge.set_maintenance(is_on=False)
    assert ground.edge.is_in_maintenance() is False


def test_without_an_edge_there_is_no_maintenance_page(ground):
    for ask in (ground.edge.is_in_maintenance, lambda: ground.edge.set_maintenance(is_on=True)):
        with pytest.raises(StepFailed) as caught:
            ask()
        assert caught.value.reference == "edge-unreachable"


def test_it_names_its_backends_and_a_view_of_one_that_it_has_not_is_refused(ground):
    ground.start_edge()
    assert "app" in ground.edge.backends()
    assert ground.edge.process_id() > 0
    assert ground.edge.of("app").slots() == ground.edge.slots()
