"""Windows and freezes: when a deployment may begin, also where clocks change."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from deploy.model.deployments import DeployRequest, Mode
from deploy.model.errors import EXIT_BLOCKED, BlockedError
from deploy.planning.deploy_windows import gate_window, next_opening, why_closed
from deploy.settings.window_schema import parse_freezes, parse_windows
from tests.fakes.fake_world import fake_settings

SEOUL = parse_windows("Mon-Thu 20:00-23:00 Asia/Seoul")
BERLIN = ZoneInfo("Europe/Berlin")


def seoul(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo("Asia/Seoul"))


@pytest.mark.parametrize(("now", "is_open"), [
    ("2026-11-23 19:59:59", False), ("2026-11-23 20:00:00", True), ("2026-11-23 22:59:59", True),
    ("2026-11-23 23:00:00", False), ("2026-11-27 20:30:00", False),  # a Friday
])
def test_a_window_is_open_from_its_start_to_before_its_end(now: str, is_open: bool) -> None:
    assert (why_closed(SEOUL, (), seoul(now)) == "") is is_open


def test_the_wall_clock_of_the_window_counts_and_not_the_servers() -> None:
    assert why_closed(SEOUL, (), datetime(2026, 11, 23, 11, 30, tzinfo=UTC)) == ""


def test_the_next_opening_skips_the_days_between() -> None:
    assert next_opening(SEOUL, (), seoul("2026-11-26 23:00:00")) == seoul("2026-11-30 20:00:00")


def test_a_window_goes_on_past_midnight() -> None:
    night = parse_windows("Fri 22:00-02:00 Asia/Seoul")

    assert why_closed(night, (), seoul("2026-11-28 01:59:00")) == ""  # Saturday
    assert why_closed(night, (), seoul("2026-11-28 02:00:00"))
    assert why_closed(night, (), seoul("2026-11-27 01:00:00"))  # Friday morning belongs to Thursday


def test_a_window_may_end_at_24_hours() -> None:
    assert why_closed(parse_windows("Sun 20:00-24:00"), (), datetime(2026, 11, 22, 23, 59, tzinfo=UTC)) == ""
    assert why_closed(parse_windows("Sun 20:00-24:00"), (), datetime(2026, 11, 23, 0, 0, tzinfo=UTC))


def test_days_may_wrap_around_the_week() -> None:
    assert parse_windows("Sat-Mon 01:00-02:00")[0].weekdays == {5, 6, 0}


def test_a_freeze_counts_both_of_its_days_in_the_windows_zone() -> None:
    freeze = parse_freezes("2026-12-20..2027-01-03")
    daily = parse_windows("daily 00:00-24:00 Asia/Seoul")

    assert why_closed(daily, freeze, seoul("2026-12-19 23:59:59")) == ""
    assert why_closed(daily, freeze, seoul("2026-12-20 00:00:00"))
    assert why_closed(daily, freeze, seoul("2027-01-03 23:59:59"))
    assert next_opening(daily, freeze, seoul("2026-12-25 12:00:00")) == seoul("2027-01-04 00:00:00")


def test_a_freeze_alone_closes_its_days_only() -> None:
    freeze = parse_freezes("2026-12-24")

    assert why_closed((), freeze, datetime(2026, 12, 24, 12, tzinfo=UTC))
    assert why_closed((), freeze, datetime(2026, 12, 25, 0, tzinfo=UTC)) == ""


def test_a_start_that_clocks_jump_over_opens_when_they_jump() -> None:
    # 2026-03-29 in Berlin: 01:59 is followed by 03:00.
    window = parse_windows("Sun 02:30-04:00 Europe/Berlin")
    opening = next_opening(window, (), datetime(2026, 3, 29, 0, 0, tzinfo=UTC))

    assert opening == datetime(2026, 3, 29, 1, 0, tzinfo=UTC)
    assert why_closed(window, (), opening) == ""


def test_where_clocks_go_back_a_window_is_open_whenever_the_clock_shows_it() -> None:
    # 2026-10-25 in Berlin: 02:30 comes twice, at 00:30 and 01:30 UTC.
    window = parse_windows("Sun 02:00-02:45 Europe/Berlin")

    assert why_closed(window, (), datetime(2026, 10, 25, 0, 30, tzinfo=UTC)) == ""
    assert why_closed(window, (), datetime(2026, 10, 25, 0, 50, tzinfo=UTC))
    assert why_closed(window, (), datetime(2026, 10, 25, 1, 30, tzinfo=UTC)) == ""
    assert next_opening(window, (), datetime(2026, 10, 25, 0, 50, tzinfo=UTC)) == datetime(
        2026, 10, 25, 1, 0, tzinfo=UTC
    )


def test_an_opening_keeps_its_hour_over_the_change_of_clocks() -> None:
    window = parse_windows("Mon 20:00-21:00 Europe/Berlin")
    for day in ("2026-03-28", "2026-10-24"):  # the Saturdays before the changes
        opening = next_opening(window, (), datetime.fromisoformat(day).replace(tzinfo=BERLIN))
        assert opening is not None
        assert opening.astimezone(BERLIN).hour == 20


@pytest.mark.parametrize("text", [
    "20:00-23:00", "Mon 20:00", "Mon 25:00-26:00", "Xyz 20:00-23:00", "Mon-Tue-Wed 20:00-23:00",
    "Mon 20:00-23:00 Asia/Nowhere",
])
def test_a_window_that_cannot_be_read_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"window|days|time"):
        parse_windows(text)


@pytest.mark.parametrize("text", ["2026-02-30", "2026-12-20..2026-12-01", "Christmas"])
def test_a_freeze_that_cannot_be_read_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"freeze|exist|ends"):
        parse_freezes(text)


def test_outside_of_a_window_a_deployment_is_refused_with_the_next_opening() -> None:
    settings = fake_settings(deploy_windows=SEOUL)

    with pytest.raises(BlockedError) as caught:
        gate_window(settings, seoul("2026-11-27 21:00:00"), DeployRequest(Mode.AUTO_MIGRATE))

    assert caught.value.exit_code == EXIT_BLOCKED
    assert caught.value.reference == "outside-deploy-window"
    assert "Mon 2026-11-30 20:00 KST" in caught.value.hint


def test_with_a_reason_it_goes_on_and_a_rollback_needs_none() -> None:
    settings = fake_settings(deploy_windows=SEOUL)
    now = seoul("2026-11-27 21:00:00")

    gate_window(settings, now, DeployRequest(Mode.AUTO_MIGRATE, window_reason="an outage"))
    gate_window(settings, now, DeployRequest(Mode.ROLLBACK))
    gate_window(settings, now, DeployRequest(Mode.BACKUP_ONLY))


def test_a_contract_is_refused_without_a_flag_that_it_does_not_have() -> None:
    settings = fake_settings(deploy_windows=SEOUL)
    hints = []

    for mode in (Mode.AUTO_MIGRATE, Mode.CONTRACT):
        with pytest.raises(BlockedError) as caught:
            gate_window(settings, seoul("2026-11-27 21:00:00"), DeployRequest(mode))
        hints.append(caught.value.hint)

    assert ["--override-window --reason" in hint for hint in hints] == [True, False]
    assert all("Mon 2026-11-30 20:00 KST" in hint for hint in hints)
