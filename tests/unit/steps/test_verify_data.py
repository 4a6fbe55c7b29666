"""The steps around a migration: asked before, judged after."""

from __future__ import annotations

import pytest

from deploy.model.data_checks import DataCheck, DataResult
from deploy.model.errors import StepFailed
from deploy.steps.verify_data import MeasureData, VerifyData
from tests.fakes.fake_world import FakeWorld

CHECK = DataCheck("users.sql", "users never shrink", "not shrinking")


def world_with(*values: int) -> FakeWorld:
    fake = FakeWorld("r1")
    fake.data_checks.checks = (CHECK,)
    fake.data_checks.answers = [(DataResult("users.sql", 1, str(value)),) for value in values]
    return fake


def measure(fake: FakeWorld) -> str:
    return MeasureData(says="", image_id="sha256:new", from_ids=("r1",)).run(fake.context)


def verify(fake: FakeWorld) -> str:
    return VerifyData(says="", image_id="sha256:new").run(fake.context)


def test_what_shrank_over_the_migration_fails_the_step() -> None:
    fake = world_with(120, 95)
    measure(fake)

    with pytest.raises(StepFailed) as caught:
        verify(fake)

    assert caught.value.reference == "data-check-failed"
    assert "120 before, value 95 after" in caught.value.what


def test_what_did_not_shrink_passes_and_the_same_image_asked_both_times() -> None:
    fake = world_with(120, 120)
    measure(fake)

    assert verify(fake) == "1 data checks hold"
    assert fake.data_checks.image_ids == ["sha256:new", "sha256:new"]


def test_before_is_asked_once_even_if_the_step_is_resumed() -> None:
    fake = world_with(120)
    step = MeasureData(says="", image_id="sha256:new", from_ids=("r1",))

    assert not step.is_done(fake.context)
    step.run(fake.context)
    assert step.is_done(fake.context)


def test_once_the_database_moved_on_nothing_is_kept_as_before() -> None:
    fake = world_with(95)
    fake.database.change(revision_ids=("r2",))

    measure(fake)

    assert fake.data_checks.image_ids == []
    assert verify(fake) == "1 data checks hold"
