"""Where the operator's own service makes the backups, a deployment asks it, and goes on only with a fresh one."""

from __future__ import annotations

from datetime import timedelta

import pytest

from deploy.model.backups import ExternalBackup
from deploy.model.errors import StepFailed
from deploy.steps.back_up_database import BackUpDatabase
from tests.fakes.fake_world import FakeWorld


def _step() -> BackUpDatabase:
    return BackUpDatabase(says="", image_id=None, release_number=None, external_max_age_seconds=3600)


def _world(age_seconds: float) -> FakeWorld:
    fake = FakeWorld("r1")
    fake.backups.external = ExternalBackup("full-7", fake.clock.now() - timedelta(seconds=age_seconds))
    return fake


@pytest.mark.parametrize("age_seconds", [-200, 0, 3599, 3600])
def test_a_fresh_one_is_recorded_and_nothing_is_dumped(age_seconds: float) -> None:
    fake = _world(age_seconds)
    assert "full-7" in _step().run(fake.context)
    assert fake.backups.kept == {}


@pytest.mark.parametrize("age_seconds", [3601, 86400 * 30, -301])
def test_an_old_one_or_one_of_the_future_stops_the_deployment(age_seconds: float) -> None:
    fake = _world(age_seconds)
    with pytest.raises(StepFailed) as caught:
        _step().run(fake.context)
    assert caught.value.reference == "external-backup-old"


def test_a_service_that_proves_nothing_stops_the_deployment() -> None:
    fake = FakeWorld("r1")
    with pytest.raises(StepFailed):
        _step().run(fake.context)


def test_it_is_asked_again_after_a_crash_and_undo_takes_nothing_back() -> None:
    fake = _world(0)
    _step().run(fake.context)
    assert not _step().is_done(fake.context)
    assert _step().undo(fake.context).is_undone
