"""doors.Containers with doors.Compose, on the fake and on Docker."""

from __future__ import annotations

import pytest

from deploy.model.accessories import CONFIG_HASH_LABEL
from deploy.model.containers import Health
from deploy.model.errors import DeployError, StepFailed


def test_a_service_that_never_started_has_no_containers(ground):
    assert ground.containers.list("app") == ()


def test_up_makes_a_container_that_becomes_healthy_and_bears_our_labels(ground):
    ground.up(ground.good)
    (container,) = ground.healthy()
    assert container.is_running
    assert container.exit_code is None
    assert container.image_id == ground.good
    assert container.service_name == "app"
    assert container.labels["surefoot.release"] == "release-1"
    assert len(container.addresses) == 1
    assert "hello from the application" in ground.containers.logs(container.container_id, 10)


def test_up_returns_although_the_container_crashes_and_the_look_says_so(ground):
    ground.up(ground.crashing)

    def ended():
        return next((c for c in ground.containers.list("app") if c.status == "exited"), None)

    container = ground.wait(ended)
    assert container.exit_code == 7
    assert container.addresses == ()


def test_an_image_that_is_never_healthy_becomes_unhealthy(ground):
    ground.up(ground.sick)
    assert ground.wait(lambda: ground.containers.list("app")[0].health is Health.UNHEALTHY)


def test_a_second_up_without_recreate_keeps_the_first_and_adds_a_newer(ground):
    ground.up(ground.good)
    (first,) = ground.healthy()
    ground.up(ground.other, "release-2", scale=2, has_recreate=False)
    old, new = ground.healthy(2)
    assert old.container_id == first.container_id
    assert (old.image_id, new.image_id) == (ground.good, ground.other)
    assert new.labels["surefoot.release"] == "release-2"


def test_the_same_up_twice_changes_nothing_and_force_makes_a_new_one(ground):
    ground.up(ground.good)
    (first,) = ground.healthy()
    ground.up(ground.good)
    assert [c.container_id for c in ground.containers.list("app")] == [first.container_id]
    ground.up(ground.good, has_force_recreate=True)
    (second,) = ground.containers.list("app")
    assert second.container_id != first.container_id


def test_another_image_recreates(ground):
    ground.up(ground.good)
    ground.healthy()
    ground.up(ground.other, "release-2")
    (container,) = ground.containers.list("app")
    assert container.image_id == ground.other


def test_a_stopped_container_is_still_listed_and_a_removed_one_is_not(ground):
    ground.up(ground.good)
    (container,) = ground.healthy()
    ground.containers.stop(container.container_id, 3)
    stopped = ground.containers.inspect(container.container_id)
    assert stopped.status == "exited"
    assert not stopped.is_running
    assert ground.containers.list("app")[0].container_id == container.container_id
    ground.containers.remove(container.container_id)
    assert ground.containers.inspect(container.container_id) is None
    assert ground.containers.list("app") == ()


def test_what_is_gone_may_be_stopped_removed_and_read_again(ground):
    ground.up(ground.good)
    (container,) = ground.containers.list("app")
    ground.containers.remove(container.container_id)
    ground.containers.stop(container.container_id, 1)
    ground.containers.remove(container.container_id)
    assert ground.containers.logs(container.container_id, 5) == ""


def test_a_one_shot_of_a_profile_ends_with_its_code_and_its_log_can_be_followed(ground):
    ground.compose.up("once", environment=ground.environment(ground.good), profile="migration", has_force_recreate=True)
    (container,) = ground.containers.list("once")
    with ground.containers.follow_logs(container.container_id) as lines:
        assert "migrated" in list(lines)
    ended = ground.wait(lambda: next((c for c in ground.containers.list("once") if c.status == "exited"), None))
    assert ended.exit_code == 0
    assert ended.labels["surefoot.deployment"] == "d1"


def test_a_service_that_the_file_has_not_is_an_error(ground):
    with pytest.raises(StepFailed) as caught:
        ground.compose.up("nobody", environment=ground.environment(ground.good))
    assert "nobody" in caught.value.what


def test_an_image_that_is_not_here_is_never_pulled(ground):
    with pytest.raises(DeployError) as caught:
        ground.up(f"sha256:{'0' * 64}")
    assert caught.value.reference == "compose-up-failed"


def test_the_engine_names_its_version(ground):
    version = ground.containers.engine_version()
    assert version.version[0].isdigit()
    assert version.is_podman is False
    assert version.data_directory.startswith("/")


def test_a_container_that_was_stopped_is_started_again_and_starting_it_twice_is_fine(ground):
    ground.up(ground.good)
    (before,) = ground.healthy()
    ground.containers.stop(before.container_id, 1)
    assert not ground.containers.inspect(before.container_id).is_running
    ground.containers.start(before.container_id)
    ground.containers.start(before.container_id)
    (after,) = ground.healthy()
    assert (after.container_id, after.is_running) == (before.container_id, True)


def test_a_container_that_is_gone_cannot_be_started(ground):
    ground.up(ground.good)
    (container,) = ground.healthy()
    ground.containers.remove(container.container_id)
    with pytest.raises(StepFailed):
        ground.containers.start(container.container_id)


def test_an_image_and_labels_that_are_given_stand_in_place_of_the_files(ground):
    ground.compose.up(
        "app", environment=ground.environment(ground.good, "release-1"), image_id=ground.other,
        labels={"surefoot.release": "release-$2"},
    )
    [container] = ground.healthy()
    assert container.image_id == ground.other
    assert container.labels["surefoot.release"] == "release-$2"


def test_a_container_bears_the_hash_that_the_file_has_of_its_service_until_something_of_it_changes(ground):
    ground.up(ground.good)
    (container,) = ground.healthy()
    now = ground.compose.config_hashes(ground.environment(ground.good))
    assert container.labels[CONFIG_HASH_LABEL] == now["app"]
    later = ground.compose.config_hashes(ground.environment(ground.good, "release-2"))
    assert later["app"] != now["app"]
    assert set(now) == {"app", "edge", "once"}


def test_what_runs_takes_a_signal_and_what_is_gone_says_so(ground):
    ground.up(ground.good)
    (container,) = ground.healthy()
    ground.containers.signal(container.container_id, "SIGCONT")
    assert ground.containers.inspect(container.container_id).is_running
    ground.containers.remove(container.container_id)
    with pytest.raises(StepFailed) as caught:
        ground.containers.signal(container.container_id, "SIGCONT")
    assert caught.value.reference == "container-took-no-signal"
