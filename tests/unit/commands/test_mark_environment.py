"""A good release marks its database; nothing else does, and a failure to mark fails nothing."""

from __future__ import annotations

import pytest

from deploy.commands.mark_environment import mark_environment
from deploy.model.deployments import Mode, Plan
from deploy.model.errors import BlockedError
from deploy.model.results import DeploymentOutcome
from tests.fakes.fake_world import FakeWorld


def marked(environment: str, mode: Mode = Mode.AUTO_MIGRATE, exit_code: int = 0) -> str:
    fake = FakeWorld()
    plan = Plan(mode, (), {"environment": environment})
    mark_environment(fake.world, plan, DeploymentOutcome(exit_code, None, "done"))
    return fake.database.marked_environment


@pytest.mark.parametrize("environment", ["production", "staging"])
def test_a_good_release_marks_its_database(environment: str) -> None:
    assert marked(environment) == environment


def test_neither_a_failed_one_nor_a_backup_nor_a_developers_does() -> None:
    assert marked("production", exit_code=1) == ""
    assert marked("production", Mode.BACKUP_ONLY) == ""
    assert marked("development") == ""


def test_a_database_that_may_not_be_marked_is_a_warning_with_the_way_out() -> None:
    fake = FakeWorld()
    fake.database.failure = BlockedError("only the owner may", hint="ALTER it", reference="database-not-marked")

    plan = Plan(Mode.AUTO_MIGRATE, (), {"environment": "production"})
    mark_environment(fake.world, plan, DeploymentOutcome(0, None, ""))

    assert ["could not be marked" in line for line in fake.reporter.warned] == [True]
    assert "ALTER it" in fake.reporter.warned[0], "the statement that the owner gives"
