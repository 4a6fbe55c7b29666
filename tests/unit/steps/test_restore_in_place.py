"""A restore over the live database is called undone only where the database is seen to be as it was."""

from __future__ import annotations

from dataclasses import replace

import pytest

from deploy.model.backups import TableContent
from deploy.model.deployments import Actor, Mode, Plan
from deploy.model.errors import StepFailed
from deploy.steps.restore_in_place import RestoreInPlace
from tests.fakes.fake_database import make_backup
from tests.fakes.fake_restores import LIVE
from tests.fakes.fake_world import DEPLOYMENT_ID, FakeWorld

OTHER = (TableContent("public.orders", 4, "8"),)


class Ground:
    """A backup of another day, and the one that this deployment took just before."""

    def __init__(self) -> None:
        self.fake = fake = FakeWorld("r1")
        self.backup = make_backup()
        fake.backups.kept[self.backup.name] = self.backup
        self.step = RestoreInPlace(says="", backup_name=self.backup.name, database_name=LIVE, has_owner=True)
        fake.ledger.begin_deployment(Plan(Mode.RESTORE, (self.step,), {}), Actor("ann", "host", None), None)
        occasion = replace(self.backup.manifest.occasion, deployment_id=DEPLOYMENT_ID)
        self.safety = fake.backups.create(fake.database.state, occasion, say=str, is_stop_requested=lambda: False)

    def holds(self, tables: tuple[TableContent, ...]) -> None:
        held = self.fake.restores.held[LIVE]
        held.content = replace(held.content, tables=tables)


def test_what_is_equal_to_the_backup_of_just_before_is_as_it_was() -> None:
    ground = Ground()
    ground.fake.restores.failures["fill_in_place"] = StepFailed("no", reference="restore-failed")
    with pytest.raises(StepFailed):
        ground.step.run(ground.fake.context)
    outcome = ground.step.undo(ground.fake.context)
    assert outcome.is_undone
    assert ground.safety.name in outcome.says


def test_what_was_restored_over_is_never_called_as_it_was() -> None:
    ground = Ground()
    ground.step.run(ground.fake.context)
    outcome = ground.step.undo(ground.fake.context)
    assert not outcome.is_undone
    assert outcome.next_command == f"./scripts/deploy.sh restore {ground.safety.name} --in-place"


def test_a_database_that_is_neither_backup_is_not_known_to_be_as_it_was() -> None:
    ground = Ground()
    ground.holds(OTHER)
    outcome = ground.step.undo(ground.fake.context)
    assert not outcome.is_undone
    assert "not known" in outcome.says
    assert ground.safety.name in outcome.next_command
