"""What HAProxy 2.6.12 printed, read as slots."""

from __future__ import annotations

import pytest

from deploy.adapters.edge import parse_slots
from deploy.model.containers import SlotState

STATE_HEADER = (
    "# be_id be_name srv_id srv_name srv_addr srv_op_state srv_admin_state srv_uweight srv_iweight"
    " srv_time_since_last_change srv_check_status srv_check_result srv_check_health srv_check_state srv_agent_state"
    " bk_f_forced_id srv_f_forced_id srv_fqdn srv_port srvrecord srv_use_ssl srv_check_port srv_check_addr"
    " srv_agent_addr srv_agent_port"
)
STAT_HEADER = "# pxname,svname,scur,status,check_status,check_rise,check_fall,check_health,"


def one_slot(*, address="172.18.0.3", admin=0, status="UP", check="L7OK", health=5, sessions=0, operation=2):
    state = (
        f"1\n{STATE_HEADER}\n"
        f"3 app 1 s1 {address} {operation} {admin} 1 1 2 15 3 {health} 6 0 0 0 app 8000 - 0 0 - - 0\n\n"
    )
    stat = f"{STAT_HEADER}\napp,s1,{sessions},{status},{check},1,5,{health},\n\n"
    (slot,) = parse_slots(state, stat)
    return slot


@pytest.mark.parametrize(
    ("admin", "state"),
    [
        (0, SlotState.READY),
        (1, SlotState.MAINTENANCE),
        (8, SlotState.DRAIN),
        (9, SlotState.MAINTENANCE),
        (32, SlotState.READY),  # no address was resolved; nobody asked for maintenance
        (33, SlotState.MAINTENANCE),
        (40, SlotState.DRAIN),
    ],
)
def test_the_admin_state_is_a_bit_mask(admin, state):
    assert one_slot(admin=admin).state is state


@pytest.mark.parametrize("address", ["-", "0.0.0.0", "::"])  # noqa: S104 - what HAProxy prints
def test_a_free_slot_has_no_address(address):
    assert one_slot(address=address, admin=32, status="MAINT (resolution)", check="", health=0).address is None


def test_a_serving_slot():
    slot = one_slot(sessions=7)
    assert (slot.name, slot.address, slot.is_up, slot.is_check_passed, slot.session_count) == (
        "s1", "172.18.0.3", True, True, 7
    )


@pytest.mark.parametrize(
    ("status", "check", "health", "is_passed"),
    [
        ("UP", "L7OK", 5, True),
        ("UP", "* L7OK", 5, True),  # another check is under way
        ("UP 1/5", "L7OK", 1, False),  # just left `maint`: the word is of the last time
        ("UP 1/5", "INI", 1, False),
        ("UP 4/5", "L4TOUT", 4, False),
        ("UP", "L4OK", 5, False),  # a port that is open is no answer
        ("DOWN", "L7STS", 0, False),
        ("MAINT", "", 0, False),
        ("no check", "", 0, False),
    ],
)
def test_a_check_passed_only_when_it_was_http_and_made_since_the_slot_is_in_use(status, check, health, is_passed):
    assert one_slot(status=status, check=check, health=health).is_check_passed is is_passed


def test_a_slot_without_statistics_is_not_up():
    state = f"1\n{STATE_HEADER}\n3 app 1 s1 172.18.0.3 2 0 1 1 2 15 3 5 6 0 0 0 app 8000 - 0 0 - - 0\n"
    (slot,) = parse_slots(state, f"{STAT_HEADER}\n")
    assert (slot.is_up, slot.is_check_passed, slot.session_count) == (False, False, 0)
