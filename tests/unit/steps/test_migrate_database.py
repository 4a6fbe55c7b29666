"""One migration at a time, and the truth about how far it got."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from deploy.model.database import InvalidIndex
from deploy.model.errors import InterruptedByOperator, StepFailed
from deploy.steps.migrate_database import MigrateDatabase
from tests.fakes.fake_docker import ImageBehaviour
from tests.fakes.fake_world import DEPLOYMENT_ID, FakeWorld, planned

DOWNGRADE = "alembic downgrade r1"


def _ground(effect: Callable[[FakeWorld], None], exit_code: int | None = 0) -> tuple[FakeWorld, MigrateDatabase]:
    fake = FakeWorld("r1")
    image_id = fake.docker.add_image(
        "example/shop:new", ImageBehaviour(exit_code=exit_code, runs_for_looks=3, effect=lambda: effect(fake))
    )
    step = MigrateDatabase(planned(
        "migrate-database", service="migration", image_id=image_id, release="release-2", from_ids=["r1"],
        target_ids=["r3"], invalid_before=["public.orders.known"], downgrade_command=DOWNGRADE,
    ))
    return fake, step


def _reach(*revision_ids: str) -> Callable[[FakeWorld], None]:
    return lambda fake: fake.database.change(revision_ids=revision_ids)


def test_a_migration_that_reaches_its_target_is_done() -> None:
    fake, step = _ground(_reach("r3"))
    assert not step.is_done(fake.context)
    assert "r3" in step.run(fake.context)
    assert step.is_done(fake.context)


def test_it_attaches_to_its_own_running_container() -> None:
    fake, step = _ground(_reach("r3"))
    image_id = step.params["image_id"]
    fake.docker.create("migration", image_id, {"RELEASE": "release-2", "DEPLOYMENT_ID": DEPLOYMENT_ID})
    assert not step.is_done(fake.context)
    step.run(fake.context)
    assert not fake.docker.called("compose.up")


@pytest.mark.parametrize(("reached", "says"), [("r1", "nothing was applied"), ("r2", "as far as r2")])
def test_a_failure_says_how_far_it_got(reached: str, says: str) -> None:
    fake, step = _ground(_reach(reached), exit_code=1)
    with pytest.raises(StepFailed, match=says) as caught:
        step.run(fake.context)
    assert "exit code 1" in caught.value.what


def test_exit_code_zero_without_the_target_revision_is_a_failure() -> None:
    fake, step = _ground(_reach("r2"))
    with pytest.raises(StepFailed, match="r2"):
        step.run(fake.context)


def test_new_invalid_indexes_are_named_and_known_ones_are_not() -> None:
    fake, step = _ground(_reach("r3"))
    fake.database.change(
        invalid_indexes=(InvalidIndex("public.orders", "known"), InvalidIndex("public.orders", "fresh"))
    )
    with pytest.raises(StepFailed, match="fresh") as caught:
        step.run(fake.context)
    assert "known" not in caught.value.what
    assert "fresh" in step.undo(fake.context).says


def test_a_stop_request_stops_the_container_and_says_interrupted() -> None:
    fake, step = _ground(_reach("r1"), exit_code=None)
    fake.stop.is_asked = True
    with pytest.raises(InterruptedByOperator):
        step.run(fake.context)
    assert fake.docker.called("containers.stop")
    assert step.undo(fake.context).is_undone


def test_undo_without_run_says_that_nothing_differs() -> None:
    fake, step = _ground(_reach("r3"))
    assert step.undo(fake.context).is_undone


def test_undo_takes_nothing_back_and_gives_the_downgrade_command_each_time() -> None:
    fake, step = _ground(_reach("r3"))
    step.run(fake.context)
    first = step.undo(fake.context)
    assert (first.is_undone, first.next_command) == (False, DOWNGRADE)
    assert "r3" in first.says
    assert "r1" in first.says
    assert step.undo(fake.context) == first


def test_the_hint_never_names_a_container_of_another_project() -> None:
    fake, step = _ground(_reach("r1"), exit_code=None)
    fake.clock.on_sleep = lambda _s: fake.docker.containers.clear()
    with pytest.raises(StepFailed) as caught:
        step.run(fake.context)
    assert "auto_trader" not in caught.value.hint
