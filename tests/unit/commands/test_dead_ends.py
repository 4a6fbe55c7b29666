"""From a dead end back to work, through the commands: given up and rolled back; read back and rolled back."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from deploy.commands import deploying, recovering, unfinished
from deploy.commands.end_state import look_at_state
from deploy.model.deployments import Actor, DeploymentState, DeployRequest, Mode, Plan, StepState
from deploy.model.errors import BlockedError
from deploy.model.releases import Image, Release, ReleaseState
from deploy.steps.switch_containers import FormerRelease, ServedRelease
from tests.fakes.fake_docker import ImageBehaviour
from tests.fakes.fake_http import answer
from tests.fakes.fake_ledger import AT, FakeLedger
from tests.fakes.fake_migrations import linear_graph
from tests.fakes.fake_world import REPOSITORY, FakeWorld, fake_settings
from tests.fakes.planned_steps import switch_containers

ROLLBACK = DeployRequest(Mode.ROLLBACK)


class Ground:
    """Release 1 was good, release 2 is current; the database is at r1."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.fake = fake = FakeWorld("r1")
        self.settings = fake_settings(release_header="", health_path="/")
        self.one, self.two = (
            fake.docker.add_image(f"{REPOSITORY}:release-{n}", ImageBehaviour(0)) for n in (1, 2)
        )
        fake.docker.services["edge"].default_image_id = fake.docker.add_image("haproxy:1", ImageBehaviour(0))
        fake.compose.rendered = {"services": {
            "app": {"healthcheck": {"test": ["x"]}, "init": True}, "edge": {},
            "migration": {
                "profiles": ["migration"], "command": ["alembic", "upgrade", "head"],
                "labels": {"surefoot.deployment": "manual"},
            },
        }}
        for image in (self.one, self.two):
            fake.migrations.graphs[image] = linear_graph("r1")
        fake.http.handler = lambda _url: answer()
        fake.add_release(1, self.one)
        fake.add_release(2, self.two, is_current=True)
        fake.compose.up("edge", environment={})
        fake.compose.up("app", environment={"APP_IMAGE": self.two, "RELEASE": "release-2"})

        @contextmanager
        def open_fake(*_: Any, **__: Any) -> Iterator[Any]:
            yield fake.world

        for module in (unfinished, deploying, recovering):
            monkeypatch.setattr(module, "open_world", open_fake)

    def lose_release_2_in_a_switch_to_a_bad_one(self) -> None:
        """Its container and image are gone; the new container is never healthy; the undo broke, nobody is at it."""
        fake = self.fake
        bad = fake.docker.add_image(f"{REPOSITORY}:bad", ImageBehaviour(None, unhealthy_after_looks=0))
        step = switch_containers(
            ServedRelease(image_id=bad, release="release-3"), FormerRelease(image_id=self.two, release="release-2"),
            start_timeout_seconds=5, drain_timeout_seconds=5, stop_grace_seconds=1,
        )
        plan = Plan(Mode.SKIP_MIGRATE, (step,), {"release": "release-3", "release_before": "release-2"})
        release = Release(3, Image(bad, f"{REPOSITORY}:bad", None, 1), (), ReleaseState.CANDIDATE, "", AT)
        name = fake.ledger.begin_deployment(plan, Actor("ann", "host", None), release, look_at_state(fake.world))
        fake.ledger.record_step(name, 0, "switch-containers", StepState.BEGUN)
        fake.docker.containers[:] = [c for c in fake.docker.containers if c.service_name != "app"]
        fake.docker.create("app", bad, {"RELEASE": "release-3"})
        del fake.docker.store[self.two]

    def roll_back(self) -> None:
        with deploying.prepare(self.settings, ROLLBACK, self.fake.reporter) as prepared:
            outcome = prepared.execute()
        assert outcome.exit_code == 0, (outcome.failure_what, outcome.differs)

    def running(self) -> list[str]:
        return [c.image_id for c in self.fake.docker.of_service("app") if c.status == "running"]


@pytest.fixture
def ground(monkeypatch: pytest.MonkeyPatch) -> Ground:
    return Ground(monkeypatch)


def test_what_was_given_up_blocks_nobody_and_a_rollback_goes_on_from_what_is_seen(ground: Ground) -> None:
    ground.lose_release_2_in_a_switch_to_a_bad_one()
    with pytest.raises(BlockedError, match="unfinished"):
        ground.roll_back()
    aborted = unfinished.abort(ground.settings, ground.fake.reporter)
    assert (aborted.exit_code, "--give-up" in aborted.next_command) == (4, True)
    outcome = unfinished.give_up(ground.settings, ground.fake.reporter, "its image was removed")
    assert (outcome.exit_code, outcome.next_command) == (4, "./scripts/deploy.sh rollback")
    last = ground.fake.ledger.deployments(1)[0]
    assert last.state is DeploymentState.GIVEN_UP
    assert "its image was removed" in last.outcome
    assert ground.fake.ledger.current_release() is None, "nothing is seen to serve"
    ground.roll_back()
    assert ground.running() == [ground.one], "the newest good release whose image can be had"


def test_a_lost_ledger_is_no_first_deployment_and_after_recover_a_rollback_works(ground: Ground) -> None:
    fake = ground.fake
    fake.docker.names[f"{REPOSITORY}:backup"] = ground.one
    fake.docker.names[f"{REPOSITORY}:latest"] = ground.two
    fake.ledger = FakeLedger()
    with pytest.raises(BlockedError) as caught:
        ground.roll_back()
    assert "recover" in caught.value.hint
    with recovering.prepare_recovery(ground.settings, fake.reporter) as prepared:
        assert fake.ledger.releases() == (), "nothing is written before the yes"
        outcome = prepared.execute()
    assert outcome.exit_code == 0
    assert [(r.number, r.state) for r in fake.ledger.releases()] == [(2, ReleaseState.GOOD), (1, ReleaseState.GOOD)]
    assert fake.ledger.next_release_number() == 3
    with (
        pytest.raises(BlockedError, match="knows every release"),
        recovering.prepare_recovery(ground.settings, fake.reporter),
    ):
        pass
    ground.roll_back()
    assert ground.running() == [ground.one]
