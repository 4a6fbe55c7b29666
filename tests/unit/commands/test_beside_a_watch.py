"""A command that begins no deployment lets a watch go on, and does not say that it ends it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Any

import pytest

from deploy.commands import leftovers, recovering, restoring, restoring_beside
from deploy.commands.leftovers import remove_leftovers
from deploy.commands.preflight import check_unfinished
from deploy.commands.recovering import prepare_recovery
from deploy.commands.restoring import discard_databases
from deploy.commands.restoring_beside import restore_tables
from deploy.model.deployments import Actor, Mode, Plan, StepState
from deploy.model.errors import BlockedError, DeployError
from deploy.settings.schema import Settings
from tests.fakes.fake_world import FakeWorld, fake_settings
from tests.fakes.planned_steps import watch_release


def recovered(settings: Settings, say: Any) -> None:
    with prepare_recovery(settings, say) as prepared:
        prepared.execute()


COMMANDS: dict[str, Callable[[Settings, Any], Any]] = {
    "leftovers --remove": remove_leftovers,
    "restore discard": lambda settings, say: discard_databases(settings, (), say),
    "restore --tables": lambda settings, say: restore_tables(settings, "none", ("orders",), say),
    "recover": recovered,
}


def watched_world() -> FakeWorld:
    fake = FakeWorld("r1")
    plan = Plan(Mode.AUTO_MIGRATE, (watch_release(),), {"release": "release-2"})
    name = fake.ledger.begin_deployment(plan, Actor("ann", "host", None), None)
    fake.ledger.record_step(name, 0, "watch-release", StepState.BEGUN)
    return fake


@pytest.mark.parametrize("command", COMMANDS)
def test_the_watch_goes_on_and_its_end_is_not_announced(command: str, monkeypatch: pytest.MonkeyPatch) -> None:
    fake = watched_world()

    @contextmanager
    def open_fake(*_: Any, **__: Any) -> Iterator[Any]:
        yield fake.world

    for module in (leftovers, recovering, restoring, restoring_beside):
        monkeypatch.setattr(module, "open_world", open_fake)
    with suppress(DeployError):  # nothing to recover, no such backup: after the look at the ledger
        COMMANDS[command](fake_settings(), fake.reporter)

    unfinished = fake.ledger.unfinished()
    assert unfinished is not None
    assert unfinished.is_being_watched
    assert not any("ends that watch" in line for line in fake.reporter.warned)


def test_what_begins_a_deployment_says_it_and_what_is_not_watched_blocks_either() -> None:
    fake = watched_world()
    check_unfinished(fake.world, Mode.RESTORE)
    assert ["ends that watch" in line for line in fake.reporter.warned] == [True]

    fake.ledger.record_step("d0001", 0, "watch-release", StepState.FAILED)
    with pytest.raises(BlockedError, match="unfinished"):
        check_unfinished(fake.world, Mode.RESTORE, ends_watch=False)
