"""Where the check has no answer, its hint helps a deployment as well as the check alone."""

from __future__ import annotations

import pytest

from deploy.checking.commands.judging import check_pending
from deploy.model.check_request import CheckRequest, MigrationSource
from deploy.model.errors import BlockedError
from deploy.model.rates import Rates
from deploy.model.trace import TracedRun
from tests.fakes.fake_migrations import linear_graph
from tests.fakes.fake_world import FakeWorld


def ground() -> tuple[FakeWorld, CheckRequest]:
    fake = FakeWorld("r1")
    image_id = fake.docker.add_image("example/shop:new")
    fake.migrations.graphs[image_id] = linear_graph("r1", "r2")
    return fake, CheckRequest(MigrationSource(image_id=image_id))


def test_an_environment_that_does_not_run_names_what_a_deployment_can_set() -> None:
    fake, request = ground()
    fake.scratch.run = TracedRun("PostgreSQL 15", 15, (), error="KeyError: SHOP_KEY")

    with pytest.raises(BlockedError) as caught:
        check_pending(fake.scratch, request, fake.snapshots.take(), Rates(), lambda _: None)

    assert caught.value.reference == "migrations-did-not-run"
    assert "DEPLOY_CHECK=parsed" in caught.value.hint
    assert "migration-check.sh takes --python" in caught.value.hint
