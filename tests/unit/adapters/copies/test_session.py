"""Lost connections are tried again with growing waits; refusals are not; a stop cuts the waiting."""

from __future__ import annotations

import sys
from itertools import pairwise
from pathlib import Path

import pytest

from deploy.adapters.copies import stores
from deploy.adapters.copies.session import Session
from deploy.adapters.copies.store import LostError, RefusedError, Store
from deploy.adapters.copies.targets import kind_names, parse_target
from deploy.model.errors import BlockedError, InterruptedByOperator
from deploy.settings.backup_schema import BackupSettings
from tests.fakes.fake_clock import FakeClock


class Failing:
    """Work that fails so many times."""

    def __init__(self, times: int, error: Exception) -> None:
        self.left, self.error, self.stores = times, error, set[int]()

    def __call__(self, store: Store) -> str:
        self.stores.add(id(store))
        self.kept = store
        if self.left:
            self.left -= 1
            raise self.error
        return "done"


def session_at(tmp_path: Path, clock: FakeClock, said: list[str], attempts: int = 5) -> Session:
    return Session(
        parse_target(str(tmp_path)), BackupSettings(), clock, lambda: None, said.append, attempts
    )


def test_a_lost_store_is_opened_again_after_longer_and_longer_waits(tmp_path: Path) -> None:
    clock, said = FakeClock(), list[str]()
    marks: list[float] = []
    work = Failing(4, LostError("the line is dead"))

    def timed(store: Store) -> str:
        marks.append(clock.monotonic())
        return work(store)

    with session_at(tmp_path, clock, said) as session:
        assert session.do(timed) == "done"
    waits = [after - before for before, after in pairwise(marks)]
    assert len(said) == 4
    for number, wait in enumerate(waits):
        assert 2**number * 0.5 <= wait <= 2**number


def test_after_the_last_attempt_the_loss_is_told(tmp_path: Path) -> None:
    work = Failing(99, LostError("the line is dead"))
    with session_at(tmp_path, FakeClock(), [], attempts=3) as session, pytest.raises(LostError):
        session.do(work)
    assert work.left == 96


def test_a_refusal_is_not_tried_again(tmp_path: Path) -> None:
    clock, work = FakeClock(), Failing(99, RefusedError("no"))
    with session_at(tmp_path, clock, []) as session, pytest.raises(RefusedError):
        session.do(work)
    assert work.left == 98
    assert clock.sleeps == []


def test_a_stop_cuts_the_waiting(tmp_path: Path) -> None:
    clock = FakeClock()

    def raise_if_stopped() -> None:
        if clock.monotonic() > 0:
            raise InterruptedByOperator("stopped", reference="interrupted")

    work = Failing(99, LostError("the line is dead"))
    with (
        Session(parse_target(str(tmp_path)), BackupSettings(), clock, raise_if_stopped, lambda _: None) as session,
        pytest.raises(InterruptedByOperator),
    ):
        session.do(work)
    assert work.left == 98


@pytest.mark.parametrize(("url", "client", "command"), [
    ("s3://bucket/a", "boto3", "-m pip install boto3;"),
    ("gs://bucket/a", "boto3", "-m pip install boto3;"),
    ("sftp://host/a", "asyncssh", "-m pip install asyncssh;"),
])
def test_a_client_that_is_not_installed_is_named_with_the_command_that_brings_it(
    url: str, client: str, command: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, client, None)
    for name in kind_names():
        monkeypatch.delitem(sys.modules, f"{stores.__name__}.{name}", raising=False)
    with pytest.raises(BlockedError) as caught:
        parse_target(url)
    assert caught.value.reference == "copy-client-missing"
    assert command in caught.value.hint
