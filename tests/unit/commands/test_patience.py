"""A lock that another holds is waited for aloud, and not for ever."""

from __future__ import annotations

import pytest

from deploy.commands import patience
from deploy.commands.patience import with_patience
from deploy.model.errors import EXIT_LOCKED, InterruptedByOperator, LockedError


class Lock:
    """Held by each of the holders in turn, one try each, then free."""

    def __init__(self, *holders: str) -> None:
        self.holders = list(holders)
        self.tries = 0

    def take(self) -> str:
        self.tries += 1
        if self.holders:
            raise LockedError(f"{self.holders.pop(0)} holds it", hint="wait", reference="deployment-locked")
        return "taken"


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(patience, "POLL_SECONDS", 0.001)


def test_without_a_time_it_tries_once_and_ends_as_locked():
    lock, said = Lock("ann"), []
    with pytest.raises(LockedError) as caught:
        with_patience(lock.take, 0, said.append)
    assert (lock.tries, said, caught.value.exit_code) == (1, [], EXIT_LOCKED)


def test_a_free_lock_is_taken_without_a_word():
    said: list[str] = []
    assert with_patience(Lock().take, 60, said.append) == "taken"
    assert said == []


def test_each_holder_is_named_once():
    lock, said = Lock("ann", "ann", "ann", "bob", "bob"), []
    assert with_patience(lock.take, 60, said.append) == "taken"
    assert [line.split(": ")[1] for line in said] == ["ann holds it", "bob holds it"]


def test_when_the_time_is_over_it_names_the_holder():
    lock = Lock(*["ann"] * 100_000)
    with pytest.raises(LockedError) as caught:
        with_patience(lock.take, 0.02, lambda _: None)
    assert "ann" in caught.value.what
    assert lock.tries > 1


def test_a_stop_ends_the_wait():
    lock = Lock(*["ann"] * 100_000)

    def raise_after_three() -> None:
        if lock.tries == 3:
            raise InterruptedByOperator("stopped", reference="interrupted")

    with pytest.raises(InterruptedByOperator):
        with_patience(lock.take, 60, lambda _: None, raise_after_three)
    assert lock.tries == 3
