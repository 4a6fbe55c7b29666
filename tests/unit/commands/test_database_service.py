"""A database that is a service of the compose file runs before it is asked, or one sentence says that it does not."""

from __future__ import annotations

from typing import Any

import pytest

from deploy.commands.database_service import ensure_database_service, naming_the_service, not_running_error
from deploy.model.deployments import DeployRequest, Mode
from deploy.model.errors import DATABASE, EXIT_BLOCKED, EXIT_NOT_UNDONE, BlockedError, NotUndoneError, UsageError
from deploy.settings.schema import Settings
from tests.fakes.fake_docker import ImageBehaviour
from tests.fakes.fake_world import FakeWorld, fake_settings

UP = "./scripts/deploy.sh accessories up db"
DEPLOYMENT = DeployRequest(Mode.AUTO_MIGRATE)
AWAY = BlockedError("the database db:5432/shop does not answer", hint="", reference="database-unreachable", away=DATABASE)


class Ground:
    """The compose file has the database that DATABASE_URL leads to, and it does not run."""

    def __init__(self, behaviour: ImageBehaviour | None = None, **service: Any) -> None:
        self.fake = FakeWorld("r1")
        self.image = self.fake.docker.add_image("postgres:15", behaviour)
        self.fake.docker.add_service("db", self.image)
        self.fake.compose.rendered = {"services": {
            "app": {"image": "example/shop"}, "edge": {}, "migration": {}, "db": {"image": "postgres:15", **service},
        }}

    def ensure(self, request: DeployRequest = DEPLOYMENT, settings: Settings | None = None) -> None:
        ensure_database_service(self.fake.world, settings or fake_settings(), request)

    def statuses(self) -> list[str]:
        return [container.status for container in self.fake.docker.of_service("db")]


def test_a_deployment_makes_and_starts_it_and_says_so() -> None:
    ground = Ground()
    ground.ensure()
    assert ground.statuses() == ["running"]
    said = " ".join(ground.fake.reporter.said)
    assert "db, the database of the compose file, has no container" in said
    assert "it stays" in said


def test_a_stopped_one_is_started_and_never_made_again() -> None:
    ground = Ground()
    before = ground.fake.docker.create("db", ground.image, {})
    before.status = "exited"
    ground.ensure()
    assert [c.container_id for c in ground.fake.docker.of_service("db")] == [before.container_id]
    assert ground.statuses() == ["running"]
    assert not ground.fake.docker.called("compose.up")


def test_its_image_is_pulled_first_and_where_it_is_nowhere_nothing_is_changed() -> None:
    ground = Ground()
    ground.fake.docker.store.clear()
    with pytest.raises(BlockedError) as caught:
        ground.ensure()
    assert (caught.value.exit_code, caught.value.reference) == (EXIT_BLOCKED, "image-not-found")
    assert ground.statuses() == []
    ground.fake.docker.push("postgres:15")
    ground.ensure()
    assert ground.statuses() == ["running"]


def test_one_that_runs_is_left_alone_and_the_file_is_not_even_read() -> None:
    ground = Ground()
    ground.fake.docker.create("db", ground.image, {})
    ground.ensure()
    assert not ground.fake.docker.called("compose.up")
    assert not ground.fake.docker.called("compose.config")


@pytest.mark.parametrize(
    "request_", [
        DeployRequest(Mode.AUTO_MIGRATE, is_only_planned=True), DeployRequest(Mode.BACKUP_ONLY),
        DeployRequest(Mode.ROLLBACK), DeployRequest(Mode.CONTRACT),
    ],
)
def test_every_other_command_says_what_starts_it_and_starts_nothing(request_: DeployRequest) -> None:
    ground = Ground()
    with pytest.raises(BlockedError) as caught:
        ground.ensure(request_)
    assert (caught.value.exit_code, caught.value.reference, caught.value.hint) == (
        EXIT_BLOCKED, "database-service-stopped", UP,
    )
    assert ground.statuses() == []


@pytest.mark.parametrize(
    "url", ["postgresql://u@127.0.0.1/s", "postgresql://u@10.0.0.7/s", "postgresql://u@elsewhere.example.com/s",
            "postgresql:///s?host=/run/postgresql", "postgresql://u@host.docker.internal/s"],
)
def test_a_database_elsewhere_is_none_of_the_file(url: str) -> None:
    ground = Ground()
    ground.ensure(settings=fake_settings(database_url=url))
    assert ground.statuses() == []


def test_the_applications_url_says_which_service_it_is_where_this_host_has_another() -> None:
    ground = Ground()
    settings = fake_settings(deploy_database_url="postgresql://shop@127.0.0.1:5433/shop")
    ground.ensure(settings=settings)
    assert ground.statuses() == ["running"]


def test_one_in_a_profile_is_not_started_because_production_may_have_another() -> None:
    ground = Ground(profiles=["dev"])
    ground.ensure()
    assert ground.statuses() == []


def test_it_is_waited_for_until_it_accepts_connections(monkeypatch: pytest.MonkeyPatch) -> None:
    ground = Ground()
    state, asked = ground.fake.database.state, iter([AWAY, AWAY, None])

    def observe() -> Any:
        if error := next(asked):
            raise error
        return state

    monkeypatch.setattr(ground.fake.database, "observe", observe)
    ground.ensure()
    assert next(asked, "asked until it answered") == "asked until it answered"


def test_an_answer_that_is_an_error_is_left_to_the_next_question() -> None:
    ground = Ground()
    ground.fake.database.failure = BlockedError("wrong password", hint="", reference="database-login-refused")
    ground.ensure()
    assert ground.statuses() == ["running"]


@pytest.mark.parametrize(
    ("behaviour", "failure", "word"),
    [
        (ImageBehaviour(0), AWAY, "accepts no connection within"),
        (ImageBehaviour(has_health_check=False, exit_code=1), None, "exit code 1"),
    ],
)
def test_one_that_does_not_come_up_is_an_error_that_says_what_stays(
    behaviour: ImageBehaviour, failure: BlockedError | None, word: str
) -> None:
    ground = Ground(behaviour)
    ground.fake.database.failure = failure
    with pytest.raises(NotUndoneError) as caught:
        ground.ensure()
    assert caught.value.exit_code == EXIT_NOT_UNDONE
    assert word in caught.value.what
    assert "what was started of db stays, and nothing else was changed" in caught.value.what


def test_a_database_that_does_not_answer_is_told_as_the_service_that_does_not_run() -> None:
    ground = Ground()
    with pytest.raises(BlockedError) as caught, naming_the_service(ground.fake.world, fake_settings()):
        raise AWAY
    assert caught.value.reference == "database-service-stopped"
    assert caught.value.__cause__ is AWAY


def test_other_errors_and_a_database_that_runs_stay_what_they_are() -> None:
    ground = Ground()
    other = BlockedError("x", hint="", reference="disk-full")
    with pytest.raises(BlockedError) as caught, naming_the_service(ground.fake.world, fake_settings()):
        raise other
    assert caught.value is other
    ground.fake.docker.create("db", ground.image, {})
    assert not_running_error(ground.fake.world, fake_settings()) is None
    with pytest.raises(BlockedError) as caught, naming_the_service(ground.fake.world, fake_settings()):
        raise AWAY
    assert caught.value is AWAY


def test_a_compose_file_that_cannot_be_read_hides_no_error() -> None:
    ground = Ground()
    ground.fake.docker.fail_next("compose.config", UsageError("no file", hint="", reference="compose-file-invalid"))
    with pytest.raises(BlockedError) as caught, naming_the_service(ground.fake.world, fake_settings()):
        raise AWAY
    assert caught.value is AWAY
