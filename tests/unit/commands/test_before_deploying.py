"""Which image is meant, and what is in the way."""

from __future__ import annotations

from pathlib import Path

import pytest

from deploy.adapters.git import ask_git
from deploy.checking.commands.rates_file import read_rates, write_rates
from deploy.commands.preflight import check_before, check_engine, check_unfinished, sweep_remains, take_database
from deploy.commands.resolve_image import resolve_image
from deploy.model.compose_overlay import ComposeOverlay
from deploy.model.deployments import DeployRequest, Mode
from deploy.model.errors import BlockedError, LockedError, UsageError
from deploy.model.rates import Rates
from tests.fakes.fake_disk import FakeDisk
from tests.fakes.fake_world import REPOSITORY, FakeWorld, fake_settings

LATEST = f"{REPOSITORY}:latest"
AUTO = DeployRequest(Mode.AUTO_MIGRATE)


def _ground() -> tuple[FakeWorld, str, str]:
    """`latest` was moved by hand to another image than the one that runs; the registry has a third."""
    fake = FakeWorld("r1")
    fake.add_release(1, fake.docker.add_image("example/shop:running"), is_current=True)
    local = fake.docker.add_image("example/shop:backup")
    fake.images.tag(local, LATEST)
    return fake, local, fake.docker.push(LATEST)


def test_a_tag_moved_by_hand_is_not_pulled_over_but_pull_forces() -> None:
    fake, local, pushed = _ground()
    assert resolve_image(fake.world, fake_settings(), AUTO).image_id == local
    assert not fake.docker.called("images.pull")
    forced = DeployRequest(Mode.AUTO_MIGRATE, has_pull=True)
    assert resolve_image(fake.world, fake_settings(), forced).image_id == pushed


def test_a_registry_that_is_down_leaves_the_local_id_as_a_way_out() -> None:
    fake, local, _pushed = _ground()
    fake.docker.registry[LATEST] = BlockedError("the registry is down", hint="wait", reference="registry-down")
    with pytest.raises(BlockedError) as caught:
        resolve_image(fake.world, fake_settings(), DeployRequest(Mode.AUTO_MIGRATE, has_pull=True))
    assert f"--image {local}" in caught.value.hint
    by_id = DeployRequest(Mode.AUTO_MIGRATE, image_reference=local)
    assert resolve_image(fake.world, fake_settings(), by_id).image_id == local


def test_what_is_built_here_is_deployed_and_bears_the_commits_name(tmp_path: Path) -> None:
    fake = FakeWorld("r1")
    settings = fake_settings(project_directory=tmp_path)
    build = DeployRequest(Mode.AUTO_MIGRATE, has_build=True)
    ask_git(tmp_path, "init")
    (tmp_path / "Dockerfile").write_text("FROM scratch")
    ask_git(tmp_path, "add", ".")
    ask_git(tmp_path, "-c", "user.name=a", "-c", "user.email=a@b", "commit", "-m", "one")
    commit = ask_git(tmp_path, "rev-parse", "--short=12", "HEAD")

    image = resolve_image(fake.world, settings, build)

    assert fake.docker.names[f"fake-app:{commit}"] == image.image_id
    assert not fake.docker.called("images.pull")
    assert fake.reporter.warned == []
    (tmp_path / "Dockerfile").write_text("FROM scratch\n")
    resolve_image(fake.world, settings, build)
    assert f"fake-app:{commit}-changed" in fake.docker.names
    assert any("no commit has" in line for line in fake.reporter.warned)
    with pytest.raises(UsageError):
        resolve_image(fake.world, settings, DeployRequest(Mode.AUTO_MIGRATE, has_build=True, image_reference="x"))


def test_an_image_of_one_word_that_was_built_here_is_no_registrys() -> None:
    fake = FakeWorld("r1")
    built = fake.docker.add_image("shop-web:v1")
    fake.compose.laid_over = ComposeOverlay(image="shop-web:v1")

    assert resolve_image(fake.world, fake_settings(), AUTO).image_id == built
    assert not fake.docker.called("images.pull"), "the file's own image, without --image"


def test_preflight_tells_all_problems_at_once() -> None:
    fake, _local, _pushed = _ground()
    fake.compose.rendered = {"services": {}}
    fake.disk = FakeDisk(0)
    fake.database.change(connections_used=97)
    with pytest.raises(BlockedError) as caught:
        check_before(fake.world, fake_settings(), AUTO, fake.database.state)
    assert caught.value.what.startswith("5 things")


def test_podman_and_an_unfinished_deployment_block() -> None:
    fake = FakeWorld()
    check_engine(fake.world)
    check_unfinished(fake.world, Mode.AUTO_MIGRATE)
    fake.docker.is_podman = True
    with pytest.raises(BlockedError, match="podman"):
        check_engine(fake.world)
    fake.begin()
    with pytest.raises(BlockedError, match="unfinished") as caught:
        check_unfinished(fake.world, Mode.AUTO_MIGRATE)
    assert "resume" in caught.value.hint
    assert "abort" in caught.value.hint


@pytest.mark.parametrize("mode", [Mode.AUTO_MIGRATE, Mode.BACKUP_ONLY, Mode.DOWNGRADE, Mode.RESTORE, Mode.CONTRACT])
def test_nothing_begins_beside_a_migration_that_was_started_by_hand(mode: Mode) -> None:
    fake = FakeWorld()
    fake.database.migration_holder = "pid 7"
    with pytest.raises(LockedError, match="pid 7"):
        take_database(fake.world, mode)


def test_a_rollback_does_not_wait_for_a_migration() -> None:
    fake = FakeWorld()
    fake.database.migration_holder = "pid 7"
    take_database(fake.world, Mode.ROLLBACK)
    assert fake.database.is_locked


def test_a_user_without_a_home_has_no_cache_and_no_error(monkeypatch: pytest.MonkeyPatch) -> None:
    def homeless() -> Path:
        raise RuntimeError("Could not determine home directory.")

    monkeypatch.delenv("XDG_CACHE_HOME", raising=False)
    monkeypatch.setattr(Path, "home", homeless)
    assert read_rates() == Rates()
    write_rates(Rates(source="measured"))


def test_what_killed_runs_left_is_removed_and_said() -> None:
    fake = FakeWorld()
    fake.docker.helpers = ["surefoot-once-1"]
    sweep_remains(fake.world)
    assert any("surefoot-once-1" in line for line in fake.reporter.said)
    assert fake.docker.helpers == []
