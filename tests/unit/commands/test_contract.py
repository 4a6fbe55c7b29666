"""What was held back runs only after the serving release was watched to the end."""

from __future__ import annotations

from dataclasses import replace

import pytest

from deploy.commands.contract import ContractLook, observe_contract
from deploy.commands.preflight import check_unfinished
from deploy.model.deployments import Actor, DeploymentState, DeployRequest, Mode, Plan, StepState
from deploy.model.errors import EXIT_BLOCKED, EXIT_DONE, EXIT_NOT_UNDONE, BlockedError
from deploy.model.releases import Revision, RevisionGraph
from tests.fakes.fake_world import FakeWorld, fake_settings
from tests.fakes.planned_steps import watch_release

GRAPH = RevisionGraph((Revision("r1", (), "", ""), Revision("r2", ("r1",), "", "", phase="contract")), ("r2",))
REQUEST = DeployRequest(Mode.CONTRACT)
ACTOR = Actor("ann", "host", None)


class Ground:
    """Release 1 serves at r1 and holds r2 back; what its deployments left in the ledger is the test's."""

    def __init__(self) -> None:
        self.fake = FakeWorld("r1")
        self.image_id = self.fake.docker.add_image("example/shop:new")
        self.fake.migrations.graphs[self.image_id] = GRAPH
        self.fake.add_release(1, self.image_id, is_current=True)

    def deployed(self, *states: StepState, number: int = 1, is_closed: bool = True, says: str = "done") -> str:
        """A deployment whose only step is the watch of a release, with these journal entries."""
        watch = watch_release(number)
        name = self.fake.ledger.begin_deployment(Plan(Mode.AUTO_MIGRATE, (watch,), {}), ACTOR, None)
        for state in states:
            self.fake.ledger.record_step(name, 0, "watch-release", state)
        if is_closed:
            ended = DeploymentState.DONE if says.startswith("done") else DeploymentState.NOT_UNDONE
            code = EXIT_DONE if ended is DeploymentState.DONE else EXIT_NOT_UNDONE
            self.fake.ledger.end_deployment(name, ended, code, says)
        return name

    def look(self, minutes: float = 10) -> ContractLook:
        settings = fake_settings(watch_minutes=minutes)
        return observe_contract(self.fake.world, settings, REQUEST, self.fake.database.state)

    def refused(self) -> BlockedError:
        with pytest.raises(BlockedError) as caught:
            self.look()
        assert caught.value.exit_code == EXIT_BLOCKED
        return caught.value


def test_it_runs_once_the_watch_has_passed() -> None:
    ground = Ground()
    ground.deployed(StepState.BEGUN, StepState.DONE)

    assert ground.look().release_number == 1


def test_while_the_watch_goes_on_it_is_refused_and_the_watch_goes_on() -> None:
    ground = Ground()
    name = ground.deployed(StepState.BEGUN, is_closed=False)

    error = ground.refused()
    with pytest.raises(BlockedError) as caught:
        check_unfinished(ground.fake.world, Mode.CONTRACT)

    assert error.reference == caught.value.reference == "contract-watch-running"
    assert "./scripts/deploy.sh status" in error.hint
    unfinished = ground.fake.ledger.unfinished()
    assert unfinished is not None
    assert (unfinished.deployment_id, unfinished.is_being_watched) == (name, True)
    assert ground.fake.reporter.warned == []


@pytest.mark.parametrize(
    ("entries", "says"),
    [
        ([StepState.FAILED, StepState.UNDO_BEGUN], "failed; not all undone: the watch found 31 of 204 were 5xx"),
        ([StepState.FAILED, StepState.UNDO_BEGUN, StepState.UNDONE], "failed; undone: the watch found 5xx"),
        ([], "done; its watch was ended early by a rollback"),
    ],
    ids=["breached and it serves on", "breached and taken back", "ended early"],
)
def test_a_watch_that_did_not_pass_refuses_in_the_ledgers_words(entries: list[StepState], says: str) -> None:
    ground = Ground()
    ground.deployed(StepState.BEGUN, *entries, says=says)

    error = ground.refused()

    assert error.reference == "contract-watch-not-passed"
    assert says in error.what
    assert "--watch" in error.hint


def test_a_release_that_was_never_watched_is_refused_with_the_command_that_watches_it() -> None:
    ground = Ground()

    error = ground.refused()

    assert error.reference == "contract-never-watched"
    assert error.hint.endswith(f"--watch --image {ground.image_id}")


def test_another_releases_watch_counts_for_nothing() -> None:
    ground = Ground()
    ground.deployed(StepState.BEGUN, StepState.DONE, number=7)

    assert ground.refused().reference == "contract-never-watched"


def test_the_newest_watch_counts_and_one_that_never_began_does_not() -> None:
    ground = Ground()
    ground.deployed(StepState.BEGUN, StepState.FAILED, says="failed")
    ground.deployed(StepState.BEGUN, StepState.DONE)
    ground.deployed(says="failed before its watch")
    assert ground.look().release_number == 1

    ground.deployed(StepState.BEGUN, StepState.FAILED, says="failed once more")
    assert ground.refused().reference == "contract-watch-not-passed"


def test_where_releases_are_not_watched_at_all_none_is_asked_for() -> None:
    ground = Ground()
    assert ground.look(minutes=0).release_number == 1

    ground.deployed(StepState.BEGUN, StepState.FAILED, says="failed")
    with pytest.raises(BlockedError, match="has not passed"):
        ground.look(minutes=0)


def test_where_nothing_is_held_back_that_is_said_first() -> None:
    ground = Ground()
    ground.fake.database.change(revision_ids=("r2",))

    assert ground.refused().reference == "nothing-held-back"


@pytest.mark.parametrize("digest", [None, "example/shop@sha256:1"])
def test_a_serving_release_whose_image_is_missing_is_named_with_the_way_to_bring_it_back(digest: str | None) -> None:
    ground = Ground()
    current = ground.fake.ledger._releases[1]
    ground.fake.ledger._releases[1] = replace(current, image=replace(current.image, digest=digest))
    del ground.fake.docker.store[ground.image_id]

    error = ground.refused()

    assert error.reference == "nothing-runs"
    assert "release-1" in error.what
    assert (f"docker pull {digest}" if digest else "docker load") in error.hint


def test_where_no_release_serves_that_is_said() -> None:
    ground = Ground()
    ground.fake.ledger._current = None

    assert "no good release serves" in ground.refused().what
