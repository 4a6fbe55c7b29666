"""One project, one ledger: another checkout is refused with the path of the one that deploys, a lost ledger is said."""

from __future__ import annotations

from pathlib import Path

import pytest

from deploy.checks.one_ledger import DIRECTORY_LABEL, LEDGER_LABEL, ledger_mark, require_one_ledger
from deploy.model.errors import BlockedError
from tests.fakes.fake_world import FakeWorld, fake_settings


class Ground:
    """A checkout with a ledger, and another one beside it."""

    def __init__(self, tmp_path: Path) -> None:
        self.here, self.there = tmp_path / "here", tmp_path / "there"
        for place in (self.here, self.there):
            (place / ".deploy").mkdir(parents=True)
            (place / ".deploy" / "ledger.sqlite3").touch()
        self.settings = fake_settings(
            project_directory=self.here, state_directory=self.here / ".deploy", edge_run=self.here / ".deploy" / "edge"
        )
        self.fake = FakeWorld("r1")
        image = self.fake.docker.add_image("example/shop:v1")
        self.app = self.fake.docker.create("app", image, {"RELEASE": "release-1"})
        self.edge = self.fake.docker.create("edge", "haproxy", {})
        self.fake.add_release(1, image, is_current=True)

    def marked(self, place: Path) -> None:
        self.app.labels[LEDGER_LABEL] = ledger_mark("an-id", place / ".deploy")

    def edge_of(self, place: Path) -> None:
        self.edge.labels[DIRECTORY_LABEL] = str(place)
        self.edge.mounts["/run/edge"] = str(place / ".deploy" / "edge")

    def refused(self) -> BlockedError:
        with pytest.raises(BlockedError) as caught:
            require_one_ledger(self.fake.world, self.settings)
        assert caught.value.exit_code == 3
        return caught.value


@pytest.fixture
def ground(tmp_path: Path) -> Ground:
    return Ground(tmp_path)


def test_containers_without_a_label_and_an_edge_without_mounts_are_not_refused(ground: Ground) -> None:
    require_one_ledger(ground.fake.world, ground.settings)
    ground.marked(ground.here)
    ground.edge_of(ground.here)
    ground.fake.edge.is_up = False
    require_one_ledger(ground.fake.world, ground.settings)


def test_a_second_checkout_is_refused_with_the_path_of_the_one_that_deploys(ground: Ground) -> None:
    ground.edge_of(ground.there)
    ground.fake.edge.is_up = False
    assert str(ground.there) in ground.refused().what


def test_a_second_checkout_with_a_shared_socket_is_told_by_the_applications_label(ground: Ground) -> None:
    ground.marked(ground.there)
    assert str(ground.there) in ground.refused().what


def test_a_directory_that_was_moved_with_its_ledger_goes_on(ground: Ground, tmp_path: Path) -> None:
    ground.marked(tmp_path / "old-place")
    require_one_ledger(ground.fake.world, ground.settings)


def test_an_edge_that_stands_on_a_path_that_is_gone_is_named_with_the_command_that_makes_it_anew(
    ground: Ground, tmp_path: Path
) -> None:
    ground.edge_of(tmp_path / "old-place")
    ground.fake.edge.is_up = False
    assert "--force-recreate edge" in ground.refused().hint


@pytest.mark.parametrize("known", [(), (1, 2)])
def test_a_container_of_a_release_that_the_ledger_never_numbered_is_no_first_deployment(
    ground: Ground, known: tuple[int, ...]
) -> None:
    ground.fake.ledger._releases.clear()
    for number in known:
        ground.fake.add_release(number, "sha256:x")
    ground.app.labels["surefoot.release"] = "release-3"
    assert "recover" in ground.refused().hint
    assert ("release-1, release-2" in ground.refused().what) is bool(known)
    assert ("is empty" in ground.refused().what) is not bool(known)


def test_what_a_person_started_is_adopted_as_before(ground: Ground) -> None:
    ground.fake.ledger._releases.clear()
    ground.app.labels["surefoot.release"] = "manual"
    require_one_ledger(ground.fake.world, ground.settings)


def test_another_checkouts_edge_is_told_from_one_whose_directory_was_moved(ground: Ground, tmp_path: Path) -> None:
    ground.fake.edge.is_up = False
    ground.edge_of(ground.there)
    elsewhere = ground.refused()
    assert (elsewhere.reference, bool(elsewhere.hint)) == ("deployed-from-elsewhere", True)
    ground.edge_of(tmp_path / "old-place")
    assert ground.refused().reference == "edge-elsewhere"
    ground.edge.labels[DIRECTORY_LABEL] = str(ground.here)
    assert ground.refused().reference == "edge-elsewhere", "it is this project's, and its socket is not here"
    del ground.edge.labels[DIRECTORY_LABEL]
    assert ground.refused().reference == "edge-elsewhere"


def test_a_checkout_below_a_name_with_a_space_is_found(ground: Ground, tmp_path: Path) -> None:
    spaced = tmp_path / "the other"
    (spaced / ".deploy").mkdir(parents=True)
    (spaced / ".deploy" / "ledger.sqlite3").touch()
    ground.marked(spaced)
    assert str(spaced) in ground.refused().what


def test_a_ledger_that_we_may_not_look_at_is_somebody_elses(ground: Ground, monkeypatch: pytest.MonkeyPatch) -> None:
    def forbidden(path: Path, other: Path) -> bool:
        raise PermissionError

    ground.marked(ground.there)
    monkeypatch.setattr(Path, "samefile", forbidden)
    assert ground.refused().reference == "deployed-from-elsewhere"
