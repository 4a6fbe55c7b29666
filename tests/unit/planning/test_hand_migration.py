"""A migration by hand must be of the image that is deployed without migrating."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from deploy.model.containers import Container, Health
from deploy.model.deployments import NEXT_COMMAND, OPEN_POINT, DeployRequest, Mode
from deploy.model.errors import EXIT_BLOCKED, BlockedError
from deploy.model.risk import RiskReport
from deploy.planning.hand_migration import gate_hand_migration
from deploy.planning.plan_deployment import plan_deployment
from tests.fakes.fake_database import FakeDatabase
from tests.fakes.fake_observed import fake_observed
from tests.fakes.fake_world import fake_settings

SKIP = DeployRequest(Mode.SKIP_MIGRATE)
BY_HAND = Container(
    "c1", "shop_migration", "migration", "sha256:old", "exited", Health.NONE, 0, False, 0, (),
)


def refused(observed: Any) -> BlockedError:
    with pytest.raises(BlockedError) as caught:
        gate_hand_migration(fake_settings(), observed, SKIP)
    assert caught.value.exit_code == EXIT_BLOCKED
    return caught.value


def test_another_image_is_refused_with_the_command_that_takes_this_one() -> None:
    error = refused(fake_observed(hand_migration=BY_HAND))
    assert error.reference == "hand-migration-of-another-image"
    assert "APP_IMAGE=sha256:new docker compose" in error.hint
    assert "docker rm shop_migration" in error.hint
    assert "r2" in error.what


def test_a_failed_one_of_this_image_is_refused_too() -> None:
    failed = replace(BY_HAND, image_id="sha256:new", exit_code=1)
    assert refused(fake_observed(hand_migration=failed)).reference == "hand-migration-failed"


def test_what_needs_nothing_of_it_goes_on() -> None:
    for look in (
        fake_observed(), fake_observed(hand_migration=BY_HAND, database=FakeDatabase("r2").state),
        fake_observed(hand_migration=replace(BY_HAND, image_id="sha256:new")),
        fake_observed(hand_migration=BY_HAND, database=FakeDatabase("rx").state),
    ):
        gate_hand_migration(fake_settings(), look, SKIP)
    gate_hand_migration(fake_settings(), fake_observed(hand_migration=BY_HAND), DeployRequest(Mode.AUTO_MIGRATE))


def test_what_is_not_applied_is_the_open_point_of_a_deployment_that_skips_it() -> None:
    settings = fake_settings()
    skipped = plan_deployment(settings, fake_observed(), RiskReport(()), SKIP, ((), ()))
    assert "r2" in skipped.summary[OPEN_POINT]
    assert "sha256:new" in skipped.summary[NEXT_COMMAND]
    at_head = plan_deployment(settings, fake_observed(database=FakeDatabase("r2").state), RiskReport(()), SKIP, ((), ()))
    auto = plan_deployment(settings, fake_observed(), RiskReport(()), DeployRequest(Mode.AUTO_MIGRATE), ((), ()))
    for plan in (at_head, auto):
        assert OPEN_POINT not in plan.summary
