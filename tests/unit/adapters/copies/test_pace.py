"""The bandwidth limit, on a clock of ours."""

from __future__ import annotations

import pytest

from deploy.adapters.copies.pace import Pacer
from deploy.model.errors import InterruptedByOperator
from tests.fakes.fake_clock import FakeClock


def test_no_moment_is_ahead_of_the_limit() -> None:
    clock = FakeClock()
    pace, sent = Pacer(1000, clock.monotonic, clock.sleep), 0
    for count in (100, 1, 5000, 250, 250):
        pace(count)
        sent += count
        assert sent <= 1000 * clock.monotonic() + 1e-6
    assert clock.monotonic() == pytest.approx(sent / 1000)


def test_a_pause_is_not_made_up_for_by_a_flood() -> None:
    clock = FakeClock()
    pace = Pacer(1000, clock.monotonic, clock.sleep)
    pace(500)
    clock.sleep(60)
    before = clock.monotonic()
    pace(2000)
    assert clock.monotonic() - before == pytest.approx(2)


def test_without_a_limit_nothing_waits() -> None:
    clock = FakeClock()
    pace = Pacer(0, clock.monotonic, clock.sleep)
    pace(10**12)
    assert clock.sleeps == []


def test_a_stop_is_heard_in_the_middle_of_a_long_wait() -> None:
    clock = FakeClock()

    def raise_if_stopped() -> None:
        if clock.monotonic() >= 3:
            raise InterruptedByOperator("stopped", reference="interrupted")

    pace = Pacer(1, clock.monotonic, clock.sleep, raise_if_stopped)
    with pytest.raises(InterruptedByOperator):
        pace(3600)
    assert clock.monotonic() < 4
