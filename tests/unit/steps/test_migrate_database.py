"""One migration at a time, and the truth about how far it got."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from deploy.model.errors import InterruptedByOperator, StepFailed
from deploy.model.planned_step import read_step
from deploy.steps.migrate_database import MigrateDatabase
from deploy.steps.registry import step_kinds
from tests.fakes.fake_docker import ImageBehaviour
from tests.fakes.fake_world import DEPLOYMENT_ID, FakeWorld
from tests.fakes.planned_steps import migrate_database

DOWNGRADE = "alembic downgrade r1"


DUPLICATE_COLUMN = (
    "Traceback (most recent call last):",
    '  File "/app/migrations/env.py", line 9, in <module>',
    'psycopg.errors.DuplicateColumn: column "cents" of relation "orders" already exists',
    "",
    "The above exception was the direct cause of the following exception:",
    "",
    "Traceback (most recent call last):",
    '  File "/app/migrations/env.py", line 9, in <module>',
    'sqlalchemy.exc.ProgrammingError: (psycopg.errors.DuplicateColumn) column "cents" of relation "orders" already exists',
    "[SQL: ALTER TABLE orders ADD COLUMN cents BIGINT]",
    "(Background on this error at: https://sqlalche.me/e/20/f405)",
)


def _ground(
    effect: Callable[[FakeWorld], None], exit_code: int | None = 0, *, log_lines: tuple[str, ...] = (),
    commits_inside: str = "",
) -> tuple[FakeWorld, MigrateDatabase]:
    fake = FakeWorld("r1")
    fake.begin()
    behaviour = ImageBehaviour(
        exit_code=exit_code, runs_for_looks=3, effect=lambda: effect(fake), log_lines=log_lines
    )
    image_id = fake.docker.add_image("example/shop:new", behaviour)
    step = migrate_database(
        image_id, target_ids=("r3",), commits_inside=commits_inside, downgrade_command=DOWNGRADE
    )
    return fake, step


def _reach(*revision_ids: str) -> Callable[[FakeWorld], None]:
    return lambda fake: fake.database.change(revision_ids=revision_ids)


def test_a_migration_that_reaches_its_target_is_done() -> None:
    fake, step = _ground(_reach("r3"))
    assert not step.is_done(fake.context)
    assert "r3" in step.run(fake.context)
    assert step.is_done(fake.context)


def test_a_migration_whose_container_bears_no_label_is_stopped_and_told() -> None:
    fake, step = _ground(_reach("r3"))
    up = fake.compose.up

    def without_label(*words: Any, **more: Any) -> None:
        up(*words, **more)
        for container in fake.docker.of_service("migration"):
            del container.labels["surefoot.deployment"]

    fake.compose.up = without_label  # type: ignore[method-assign]
    with pytest.raises(StepFailed) as caught:
        step.run(fake.context)
    assert caught.value.reference == "migration-container-missing"
    assert [container.status for container in fake.docker.of_service("migration")] == ["exited"]


def test_it_attaches_to_its_own_running_container() -> None:
    fake, step = _ground(_reach("r3"))
    image_id = step.image_id
    fake.docker.create("migration", image_id, {"RELEASE": "release-2", "DEPLOYMENT_ID": DEPLOYMENT_ID})
    assert not step.is_done(fake.context)
    step.run(fake.context)
    assert not fake.docker.called("compose.up")


def test_a_failure_names_the_databases_own_error() -> None:
    fake, step = _ground(_reach("r1"), exit_code=1, log_lines=DUPLICATE_COLUMN)
    with pytest.raises(StepFailed) as caught:
        step.run(fake.context)
    assert caught.value.what == (
        'the migration failed: psycopg.errors.DuplicateColumn: column "cents" of relation "orders" already exists'
    )


def test_a_failure_without_a_word_names_the_exit_code() -> None:
    fake, step = _ground(_reach("r1"), exit_code=3)
    with pytest.raises(StepFailed, match="exit code 3"):
        step.run(fake.context)


def test_a_failed_migration_that_left_nothing_is_undone_and_says_by_what_that_is_known() -> None:
    fake, step = _ground(_reach("r1"), exit_code=1)
    with pytest.raises(StepFailed):
        step.run(fake.context)
    outcome = step.undo(fake.context)
    assert outcome.is_undone
    assert outcome.says == (
        "the database is still at r1, no object of its schema differs, nothing was committed meanwhile"
    )


def _committed(*names: str) -> Callable[[FakeWorld], None]:
    def effect(fake: FakeWorld) -> None:
        for name in names:
            fake.database.add_object(name)

    return effect


def test_what_a_revision_committed_before_it_failed_differs_though_the_revision_is_the_same() -> None:
    fake, step = _ground(_committed("column orders.cents"), exit_code=1)
    with pytest.raises(StepFailed):
        step.run(fake.context)
    outcome = step.undo(fake.context)
    assert not outcome.is_undone
    assert outcome.differs == ("column orders.cents is there",)
    assert outcome.next_command == "./scripts/deploy.sh leftovers"


def test_rows_that_may_have_been_kept_are_not_known_instead_of_untouched() -> None:
    def write_rows(fake: FakeWorld) -> None:
        fake.database.next_transaction += 1

    fake, step = _ground(write_rows, exit_code=1, commits_inside="revision r3: line 7 commits")
    with pytest.raises(StepFailed):
        step.run(fake.context)
    outcome = step.undo(fake.context)
    assert not outcome.is_undone
    assert outcome.differs == ("whether rows were changed is not known: revision r3: line 7 commits",)


def test_a_later_process_knows_what_differs_from_the_look_that_was_kept() -> None:
    fake, step = _ground(_committed("table refunds"), exit_code=1)
    with pytest.raises(StepFailed):
        step.run(fake.context)
    again = read_step(step.to_fields(), step_kinds())
    assert isinstance(again, MigrateDatabase)
    assert again.undo(fake.context).differs == ("table refunds is there",)


def test_a_database_that_does_not_answer_is_never_called_unchanged() -> None:
    fake, step = _ground(_reach("r1"), exit_code=1)
    with pytest.raises(StepFailed):
        step.run(fake.context)
    fake.database.schema_failure = StepFailed("the catalog cannot be read", reference="database-unreachable")
    outcome = step.undo(fake.context)
    assert not outcome.is_undone
    assert outcome.differs == ("whether the schema differs is not known: the catalog cannot be read",)


def test_a_migration_that_an_older_version_began_is_not_called_unchanged() -> None:
    fake, step = _ground(_reach("r1"), exit_code=1)
    outcome = replace(step, commits_inside=None).undo(fake.context)
    assert not outcome.is_undone
    assert "not known" in outcome.says


def test_exit_code_zero_without_the_target_revision_is_a_failure() -> None:
    fake, step = _ground(_reach("r2"))
    with pytest.raises(StepFailed, match="r2"):
        step.run(fake.context)


def test_an_index_that_is_left_invalid_is_named_with_the_command_that_removes_it() -> None:
    def leave(fake: FakeWorld) -> None:
        fake.database.change(revision_ids=("r3",))
        fake.database.add_object("index fresh", condition="invalid")

    fake, step = _ground(leave)
    fake.database.add_object("index known", condition="invalid")
    with pytest.raises(StepFailed, match="fresh") as caught:
        step.run(fake.context)
    assert "known" not in caught.value.what
    outcome = step.undo(fake.context)
    assert "index fresh is there, invalid" in outcome.differs
    assert outcome.next_command == "./scripts/deploy.sh leftovers --remove"


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
