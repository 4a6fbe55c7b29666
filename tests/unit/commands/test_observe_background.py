"""What is seen of workers and schedulers before a plan is made."""

from __future__ import annotations

from deploy.commands.observe import observe_running
from deploy.model.errors import UsageError
from tests.fakes.fake_docker import ImageBehaviour
from tests.fakes.fake_world import REPOSITORY, FakeWorld, fake_settings


def ground() -> FakeWorld:
    fake = FakeWorld("r1")
    image = {"image": f"{REPOSITORY}:latest"}
    fake.docker.add_service("worker")
    fake.compose.rendered = {"services": {"app": image, "edge": {}, "migration": image, "worker": image}}
    fake.docker.create("worker", fake.docker.add_image(f"{REPOSITORY}:latest", ImageBehaviour()), {"RELEASE": "release-1"})
    return fake


def test_a_worker_is_seen_where_no_application_runs_so_that_a_restore_stops_it() -> None:
    fake = ground()
    observed = observe_running(fake.world, fake_settings(), fake.database.state)
    assert observed.running_image is None
    assert [c.service_name for c in observed.background.containers["worker"]] == ["worker"]


def test_a_broken_compose_file_does_not_stop_a_restore_where_nothing_runs_and_what_is_not_known_is_said() -> None:
    fake = ground()
    fake.docker.fail_next("compose.config", UsageError("the compose file is not valid", hint="", reference="compose-file-invalid"))
    observed = observe_running(fake.world, fake_settings(), fake.database.state)
    assert observed.background.services == ()
    assert any("not known" in line and "not valid" in line for line in fake.reporter.warned)
