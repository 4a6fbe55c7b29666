"""What production went away from is remembered, and comes back by an explicit word only."""

from __future__ import annotations

import pytest

from deploy.commands.closing_release import close_release
from deploy.commands.observe import observe
from deploy.commands.resolve_image import resolve_image
from deploy.model.deployments import Actor, DeploymentState, DeployRequest, Mode, Plan, StepState
from deploy.model.errors import BlockedError
from deploy.model.releases import Leaving, ReleaseState
from deploy.model.results import DeploymentOutcome
from tests.fakes.fake_ledger import AT
from tests.fakes.fake_world import DEPLOYMENT_ID, REPOSITORY, FakeWorld, fake_settings

LATEST = f"{REPOSITORY}:latest"
AUTO = DeployRequest(Mode.AUTO_MIGRATE)
MARK = Leaving(AT, "rolled back to release-1")


def ground() -> tuple[FakeWorld, str, str]:
    """Release 1 serves as `:latest`; release 2 was left, and the registry still has it as latest."""
    fake = FakeWorld("r1")
    one = fake.docker.add_image(LATEST)
    two = fake.docker.push(LATEST)
    fake.add_release(1, one, is_current=True)
    fake.add_release(2, two)
    fake.ledger.set_release_left(2, MARK)
    return fake, one, two


def test_a_plain_deployment_does_not_pull_over_again_what_was_left() -> None:
    fake, one, two = ground()
    with pytest.raises(BlockedError) as caught:
        resolve_image(fake.world, fake_settings(), AUTO)
    assert caught.value.reference == "release-was-left"
    assert f"--image {two}" in caught.value.hint
    assert f"--image {one}" in caught.value.hint
    latest = fake.images.find(LATEST)
    assert latest is not None
    assert latest.image_id == one, "a plain `docker compose up -d` starts what runs"


@pytest.mark.parametrize("word", ["image", "pull"])
def test_a_word_brings_it_back(word: str) -> None:
    fake, _one, two = ground()
    request = DeployRequest(
        Mode.AUTO_MIGRATE, image_reference=two if word == "image" else None, has_pull=word == "pull"
    )
    assert resolve_image(fake.world, fake_settings(), request).image_id == two


def test_another_image_in_the_registry_is_taken() -> None:
    fake, _one, _two = ground()
    three = fake.docker.add_image("example/shop:three")
    fake.docker.registry[LATEST] = three
    assert resolve_image(fake.world, fake_settings(), AUTO).image_id == three


def _ended(fake: FakeWorld, exit_code: int, *records: tuple[str, StepState, str]) -> None:
    plan = Plan(Mode.AUTO_MIGRATE, (), {"release": "release-2", "release_before": "release-1"})
    name = fake.ledger.begin_deployment(plan, Actor("ann", "host", None), None)
    assert name == DEPLOYMENT_ID, "the release's own deployment"
    for position, (step, state, detail) in enumerate(records):
        fake.ledger.record_step(name, position, step, state, detail)
    fake.ledger.end_deployment(name, DeploymentState.UNDONE, exit_code, "")
    close_release(fake.world, plan, DeploymentOutcome(exit_code, fake.ledger.deployment(name), ""))


def state_of(fake: FakeWorld) -> tuple[ReleaseState, str | None]:
    release = next(r for r in fake.ledger.releases() if r.number == 2)
    return release.state, release.left.because if release.left else None


SWITCHED_BACK = ("switch-containers", StepState.UNDONE, "")


@pytest.mark.parametrize(
    ("exit_code", "records", "because"),
    [
        (1, (("watch-release", StepState.FAILED, "12 % of the answers are 5xx"), SWITCHED_BACK), "12 %"),
        (4, (("watch-release", StepState.FAILED, "12 % of the answers are 5xx"), SWITCHED_BACK), "12 %"),
        (0, (("watch-release", StepState.BEGUN, ""), SWITCHED_BACK), "undone while it was watched"),
        (130, (("watch-release", StepState.FAILED, "interrupted"), SWITCHED_BACK), None),
        (1, (("check-health", StepState.FAILED, "it answers 500"), SWITCHED_BACK), None),
        (4, (("watch-release", StepState.FAILED, "5xx"), ("switch-containers", StepState.DONE, "")), None),
    ],
)
def test_a_release_is_left_where_its_watch_sent_production_back(
    exit_code: int, records: tuple[tuple[str, StepState, str], ...], because: str | None
) -> None:
    fake, _one, _two = ground()
    fake.ledger.set_release_left(2, None)
    _ended(fake, exit_code, *records)
    state, said = state_of(fake)
    assert state is ReleaseState.BAD
    assert (said is None) if because is None else (said is not None and because in said)


def test_a_good_release_that_is_taken_up_again_in_vain_stays_good() -> None:
    fake, _one, _two = ground()
    fake.begin()
    fake.ledger.end_deployment("d0001", DeploymentState.DONE, 0, "")
    plan = Plan(Mode.SKIP_MIGRATE, (), {"release": "release-2", "release_before": "release-1"})
    later = fake.ledger.begin_deployment(plan, Actor("ann", "host", None), None)
    fake.ledger.end_deployment(later, DeploymentState.UNDONE, 1, "")
    close_release(fake.world, plan, DeploymentOutcome(1, fake.ledger.deployment(later), ""))
    assert state_of(fake)[0] is ReleaseState.GOOD


def test_a_migration_by_hand_counts_until_the_next_deployment() -> None:
    fake, _one, two = ground()

    def seen() -> object:
        return observe(fake.world, fake_settings(), None, fake.database.state).hand_migration

    assert seen() is None
    fake.docker.create("migration", two, {"DEPLOYMENT_ID": "d0007"}).status = "exited"
    assert seen() is None, "a deployment's own"
    fake.docker.create("migration", two, {}).status = "exited"
    assert seen() is not None
    fake.begin()
    fake.ledger.end_deployment("d0001", DeploymentState.DONE, 0, "")
    fake.docker.containers[-1].started_at = AT.replace(year=2000)
    assert seen() is None, "older than the last deployment"
