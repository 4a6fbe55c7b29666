"""The downgrade's container: found again, read back, and never called done by its exit code alone."""

from __future__ import annotations

import pytest

from deploy.model.errors import StepFailed
from deploy.steps.downgrade_database import DowngradeDatabase
from tests.fakes.fake_docker import ImageBehaviour
from tests.fakes.fake_world import DEPLOYMENT_ID, FakeWorld

COMMAND = ("alembic", "-c", "alembic.ini", "downgrade", "r1")


class Scene:
    def __init__(self, to: str = "r1", exit_code: int = 0, runs_for_looks: int = 2) -> None:
        self.fake = FakeWorld("r2")
        self.runs = 0

        def effect() -> None:
            self.runs += 1
            self.fake.database.change(revision_ids=(to,))

        behaviour = ImageBehaviour(exit_code=exit_code, runs_for_looks=runs_for_looks, effect=effect)
        image_id = self.fake.docker.add_image("example/shop:newer", behaviour)
        self.step = DowngradeDatabase(
            says="", service="migration", image_id=image_id, release="release-2", command=COMMAND, from_ids=("r2",),
            target_ids=("r1",), commits_inside="",
        )


def test_it_runs_alembics_downgrade_and_reads_the_database_back() -> None:
    scene = Scene()
    assert not scene.step.is_done(scene.fake.context)
    scene.step.run(scene.fake.context)
    assert scene.fake.docker.command == COMMAND
    assert scene.step.is_done(scene.fake.context)


@pytest.mark.parametrize(("to", "exit_code"), [("r2", 0), ("r0", 0), ("r1", 1)])
def test_an_exit_code_or_a_revision_alone_proves_nothing(to: str, exit_code: int) -> None:
    scene = Scene(to, exit_code)
    with pytest.raises(StepFailed) as caught:
        scene.step.run(scene.fake.context)
    assert caught.value.reference == "downgrade-failed"


def test_one_that_outlived_its_deployment_is_followed_and_not_started_again() -> None:
    scene = Scene(runs_for_looks=6)
    scene.fake.compose.up(
        "migration", profile="migration",
        environment={"APP_IMAGE": scene.step.image_id, "DEPLOYMENT_ID": DEPLOYMENT_ID},
    )
    assert not scene.step.is_done(scene.fake.context), "it is still at work"
    scene.step.run(scene.fake.context)
    assert scene.runs == 1


def test_undo_tells_whether_anything_differs_and_names_the_backup() -> None:
    scene = Scene()
    assert scene.step.undo(scene.fake.context).is_undone
    scene.step.run(scene.fake.context)
    outcome = scene.step.undo(scene.fake.context)
    assert not outcome.is_undone
    assert outcome.next_command == "./scripts/deploy.sh backup list"
