"""`accessories` compares each with the file; `up NAME` applies the file, and says what it costs."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from deploy.commands import accessories
from deploy.commands.accessories import PreparedChange, look_beside_file, prepare_up
from deploy.model.accessories import BY_HAND_ENVIRONMENT, AccessoryLook, AccessoryState
from deploy.model.consent import Answer, Consent
from deploy.model.errors import (
    EXIT_FAILED_AND_UNDONE,
    EXIT_NOT_UNDONE,
    BlockedError,
    InterruptedByOperator,
    NotUndoneError,
    StepFailed,
    UsageError,
)
from tests.fakes.fake_docker import ImageBehaviour
from tests.fakes.fake_world import FakeWorld, fake_settings

QUIET = ImageBehaviour(has_health_check=False)


class Ground:
    """A cache that runs as the file says, a page that is absent, and the database."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.fake = FakeWorld("r1")
        self.docker = self.fake.docker
        for name, image in (("cache", "redis:7"), ("page", "page:1"), ("db", "postgres:15")):
            self.docker.add_service(name, self.docker.add_image(image, QUIET))
        self.services: dict[str, Any] = {
            "app": {"image": "example/shop"}, "edge": {"image": "haproxy"}, "migration": {"image": "example/shop"},
            "cache": {"image": "redis:7"}, "page": {"image": "page:1"}, "db": {"image": "postgres:15"},
        }
        self.fake.compose.rendered = {"services": self.services}
        for name in ("cache", "db"):
            self.fake.compose.up(name, environment=BY_HAND_ENVIRONMENT)
        self.docker.calls.clear()
        self.commands: list[tuple[str, bool]] = []

        @contextmanager
        def open_fake(*_: Any, command: str, is_exclusive: bool = True, **__: Any) -> Iterator[Any]:
            self.commands.append((command, is_exclusive))
            yield self.fake.world

        monkeypatch.setattr(accessories, "open_world", open_fake)

    def look(self, name: str) -> AccessoryLook:
        return next(o for o in look_beside_file(self.fake.world, fake_settings()) if o.accessory.service == name)

    @contextmanager
    def up(self, name: str) -> Iterator[PreparedChange]:
        with prepare_up(fake_settings(), name, self.fake.reporter) as prepared:
            yield prepared

    def ids(self, name: str) -> list[str]:
        return [c.container_id for c in self.docker.of_service(name)]

    def change_file(self, name: str = "cache") -> None:
        self.services[name]["command"] = ["redis-server", "--appendonly", "yes"]


@pytest.fixture
def ground(monkeypatch: pytest.MonkeyPatch) -> Ground:
    return Ground(monkeypatch)


def test_each_is_as_the_file_says_changed_since_stopped_or_absent(ground: Ground) -> None:
    assert ground.look("cache").state is AccessoryState.AS_THE_FILE_SAYS
    assert ground.look("page").state is AccessoryState.ABSENT
    ground.change_file()
    assert ground.look("cache").state is AccessoryState.CHANGED
    assert ground.look("cache").changes
    ground.docker.of_service("cache")[0].status = "exited"
    assert ground.look("cache").state is AccessoryState.STOPPED


def test_an_image_that_its_name_has_left_is_a_change(ground: Ground) -> None:
    ground.docker.names["redis:7"] = ground.docker.add_image("redis:other", QUIET)
    [change] = ground.look("cache").changes
    assert "redis:7 names another image" in change


def test_the_hashes_are_asked_for_once_with_what_containers_are_made_with(ground: Ground) -> None:
    look_beside_file(ground.fake.world, fake_settings())
    assert len(ground.docker.called("compose.config_hashes")) == 1


def test_one_that_is_as_the_file_says_is_left_alone_without_a_question(ground: Ground) -> None:
    before = ground.ids("cache")
    with ground.up("cache") as prepared:
        assert prepared.answer_to(Consent()) is Answer.GIVEN
        done = prepared.execute()
    assert (done.what, ground.ids("cache")) == ("nothing", before)
    assert ground.commands == [("accessories up", True)]


def test_what_has_changed_is_recreated_within_its_grace_and_the_gap_is_said_and_measured(ground: Ground) -> None:
    ground.change_file()
    ground.services["cache"]["stop_grace_period"] = "25s"
    before = ground.ids("cache")
    with ground.up("cache") as prepared:
        assert "cache is away while it is recreated" in prepared.change.says
        assert "at most 25 s" in prepared.change.says
        assert prepared.answer_to(Consent()) is Answer.NOBODY_TO_ASK
        assert prepared.answer_to(Consent(is_confirmed=True)) is Answer.GIVEN
        done = prepared.execute()
    assert ground.ids("cache") != before
    assert len(ground.ids("cache")) == 1
    assert (done.what, done.look.state) == ("recreate", AccessoryState.AS_THE_FILE_SAYS)
    assert done.away_seconds is not None
    order = [c[0] for c in ground.docker.calls if c[0] in {"containers.stop", "compose.up"}]
    assert order == ["containers.stop", "compose.up"]


def test_an_absent_one_is_made_and_a_stopped_one_is_the_same_container_again(ground: Ground) -> None:
    with ground.up("page") as prepared:
        assert prepared.needed.kind == "yes"
        done = prepared.execute()
    assert (done.what, done.away_seconds, len(ground.ids("page"))) == ("make", None, 1)
    [stopped] = ground.docker.of_service("page")
    stopped.status = "exited"
    with ground.up("page") as prepared:
        done = prepared.execute()
    assert (done.what, ground.ids("page")) == ("start", [stopped.container_id])
    assert ground.look("page").state is AccessoryState.AS_THE_FILE_SAYS


@pytest.mark.parametrize("what", ["start", "recreate"])
def test_a_database_needs_its_name_and_a_yes_is_not_enough(ground: Ground, what: str) -> None:
    if what == "recreate":
        ground.change_file("db")
    else:
        ground.docker.of_service("db")[0].status = "exited"
    with ground.up("db") as prepared:
        assert prepared.change.what == what
        assert prepared.answer_to(Consent(is_confirmed=True)) is Answer.NOBODY_TO_ASK
        assert prepared.answer_to(Consent(confirmed_name="shop")) is Answer.OTHER_NAME
        assert prepared.answer_to(Consent(confirmed_name="db")) is Answer.GIVEN


def test_a_container_that_was_killed_at_the_end_of_its_grace_is_told(ground: Ground, monkeypatch: pytest.MonkeyPatch) -> None:
    ground.change_file("db")
    original = ground.fake.containers.stop

    def stop(container_id: str, grace_seconds: int) -> None:
        original(container_id, grace_seconds)
        found = ground.docker.by_id(container_id)
        assert found is not None
        found.exit_code = 137

    monkeypatch.setattr(ground.fake.containers, "stop", stop)
    with ground.up("db") as prepared:
        [warning] = prepared.execute().warnings
    assert "was killed" in warning


def test_an_image_that_is_nowhere_changes_nothing(ground: Ground) -> None:
    ground.services["cache"]["image"] = "redis:8"
    before = ground.ids("cache")
    with ground.up("cache") as prepared, pytest.raises(BlockedError) as caught:
        prepared.execute()
    assert (caught.value.reference, ground.ids("cache")) == ("image-not-found", before)
    assert ground.docker.of_service("cache")[0].status == "running"


def test_what_compose_cannot_make_again_runs_as_it_was(ground: Ground) -> None:
    ground.change_file()
    before = ground.ids("cache")
    ground.docker.fail_next("compose.up", StepFailed("port taken", hint="free it", reference="compose-up-failed"))
    with ground.up("cache") as prepared, pytest.raises(StepFailed) as caught:
        prepared.execute()
    assert caught.value.exit_code == EXIT_FAILED_AND_UNDONE
    assert "cache is as it was" in caught.value.what
    assert ground.ids("cache") == before
    assert ground.docker.of_service("cache")[0].status == "running"


def test_one_that_does_not_come_up_is_told_as_changed_with_the_next_command(ground: Ground) -> None:
    ground.change_file()
    ground.docker.behaviours[ground.docker.names["redis:7"]] = ImageBehaviour(has_health_check=False, exit_code=1)
    with ground.up("cache") as prepared, pytest.raises(NotUndoneError) as caught:
        prepared.execute()
    assert caught.value.exit_code == EXIT_NOT_UNDONE
    assert "it does not run" in caught.value.what
    assert caught.value.hint.endswith("./scripts/deploy.sh accessories up cache")


def test_an_interrupt_after_the_change_is_no_undone_one(ground: Ground, monkeypatch: pytest.MonkeyPatch) -> None:
    ground.change_file()

    def interrupt() -> None:
        raise InterruptedByOperator("stopped", reference="interrupted")

    monkeypatch.setattr(ground.fake.stop, "raise_if_requested", interrupt)
    with ground.up("cache") as prepared, pytest.raises(NotUndoneError, match="its container runs"):
        prepared.execute()


@pytest.mark.parametrize("name", ["app", "edge", "migration", "nobody"])
def test_what_belongs_to_the_release_or_is_not_there_is_refused_with_what_there_is(ground: Ground, name: str) -> None:
    with pytest.raises(UsageError, match="cache, page, db") as caught, ground.up(name):
        pass
    assert caught.value.reference == "accessory-unknown"


def test_an_unfinished_deployment_that_waits_for_it_does_not_keep_it_from_being_started(ground: Ground) -> None:
    ground.fake.begin()
    with ground.up("page") as prepared:
        prepared.execute()
    assert len(ground.ids("page")) == 1
