"""To the second when a window opens, and which of several."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from deploy.model.deployments import (
    DeployRequest,
    Mode,
)
from deploy.model.errors import BlockedError
from deploy.planning.deploy_windows import SEARCH_DAYS, gate_window, next_opening, shown, why_closed
from deploy.settings.window_schema import parse_freezes, parse_windows
from tests.fakes.fake_world import fake_settings


def refused(reference: str, call: Any, *arguments: Any, **named: Any) -> BlockedError:
    with pytest.raises(BlockedError) as caught:
        call(*arguments, **named)
    assert (caught.value.exit_code, caught.value.reference) == (3, reference)
    assert caught.value.hint
    return caught.value


def _at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def test_a_window_over_midnight_begins_and_ends_to_the_second() -> None:
    night = parse_windows("Sun 22:00-02:00")
    opened = {
        text: why_closed(night, (), _at(text)) == "" for text in (
            "2026-11-22 21:59:59", "2026-11-22 22:00:00", "2026-11-23 01:59:59", "2026-11-23 02:00:00",
            "2026-11-22 01:00:00", "2026-11-23 22:00:00",
        )
    }
    assert list(opened.values()) == [False, True, True, False, False, False]


def test_every_hour_is_open_from_its_start_to_its_start_and_an_opening_is_never_now() -> None:
    whole = parse_windows("Mon 10:00-10:00")
    assert why_closed(whole, (), _at("2026-11-23 10:00:00")) == ""
    assert why_closed(whole, (), _at("2026-11-24 09:59:59")) == ""
    assert why_closed(whole, (), _at("2026-11-24 10:00:00"))
    daily = parse_windows("daily 10:00-11:00")
    assert next_opening(daily, (), _at("2026-11-23 10:00:00")) == _at("2026-11-24 10:00:00")
    assert next_opening(daily, (), _at("2026-11-23 09:59:59")) == _at("2026-11-23 10:00:00")


def test_of_several_windows_and_zones_the_first_that_opens_counts() -> None:
    both = parse_windows("Mon 10:00-11:00 Asia/Seoul; Mon 09:30-12:00 Asia/Seoul")
    assert next_opening(both, (), _at("2026-11-22 00:00:00")) == _at("2026-11-23 00:30:00")
    zones = (*parse_windows("Mon 20:00-21:00 Asia/Seoul"), *parse_windows("Mon 08:00-09:00 Europe/Berlin"))
    assert next_opening(zones, (), _at("2026-11-22 00:00:00")) == _at("2026-11-23 07:00:00")
    assert why_closed(zones, (), _at("2026-11-23 07:30:00")) == ""
    assert "KST" in why_closed(zones, (), _at("2026-11-23 09:30:00")), "told by the first window's clock"


def test_a_freeze_has_the_zone_of_the_windows_and_goes_before_them() -> None:
    freeze = parse_freezes("2026-12-24")
    seoul = parse_windows("daily 00:00-24:00 Asia/Seoul")
    assert "2026-12-24" in why_closed(seoul, freeze, _at("2026-12-23 15:00:00"))
    assert why_closed(seoul, freeze, _at("2026-12-23 14:59:59")) == ""
    assert why_closed((), freeze, _at("2026-12-23 23:59:59")) == ""
    assert next_opening((), freeze, _at("2026-12-24 12:00:00")) == _at("2026-12-25 00:00:00")


def test_what_stays_closed_for_longer_than_is_searched_is_said_so() -> None:
    assert SEARCH_DAYS == 400
    monday = parse_windows("Mon 10:00-11:00")
    frozen = parse_freezes("2026-01-01..2027-12-31")
    assert next_opening(monday, frozen, _at("2026-06-01 00:00:00")) is None
    settings = fake_settings(deploy_windows=monday, deploy_freeze=frozen)
    error = refused("outside-deploy-window", gate_window, settings, _at("2026-06-01 00:00:00"), DeployRequest(Mode.AUTO_MIGRATE))
    assert "400 days" in error.hint
    assert error.what == why_closed(monday, frozen, _at("2026-06-01 00:00:00"))


def test_a_moment_is_shown_with_its_day_and_zone() -> None:
    assert shown(_at("2026-11-23 11:00:00"), parse_windows("Mon 10:00-11:00 Asia/Seoul")[0].zone) == "Mon 2026-11-23 20:00 KST"


def test_the_day_is_that_of_the_windows_zone_and_not_the_servers() -> None:
    # In New York it is still Sunday, 21:00.
    sunday = parse_windows("Sun 22:00-23:00 America/New_York")
    assert next_opening(sunday, (), _at("2026-11-23 02:00:00")) == _at("2026-11-23 03:00:00")


@pytest.mark.parametrize("start", ["02:01", "02:10", "02:15", "02:30", "02:50", "02:59"])
def test_a_start_that_clocks_jump_over_opens_to_the_second_when_they_jump(start: str) -> None:
    window = parse_windows(f"Sun {start}-04:00 Europe/Berlin")
    assert next_opening(window, (), _at("2026-03-29 00:00:00")) == _at("2026-03-29 01:00:00")


def test_a_refusal_names_the_windows_and_what_there_is_to_do() -> None:
    windows = parse_windows("Mon 10:00-11:00; Tue 12:00-13:00")
    assert "Mon 10:00-11:00; Tue 12:00-13:00" in why_closed(windows, (), _at("2026-11-22 00:00:00"))
    settings = fake_settings(deploy_windows=windows)
    for mode in (Mode.AUTO_MIGRATE, Mode.CONTRACT):
        hint = refused("outside-deploy-window", gate_window, settings, _at("2026-11-22 00:00:00"), DeployRequest(mode)).hint
        assert hint.count(";") == 1
