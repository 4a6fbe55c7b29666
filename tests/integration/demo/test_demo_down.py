"""`make demo-down` takes away what the demo of this clone made, whatever stands on it, and nothing of anybody else."""

from __future__ import annotations

import shutil
import subprocess
import uuid
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[3]
BASE = "surefoot/base-python:bookworm"
pytestmark = pytest.mark.docker


def docker(*words: str) -> str:
    return subprocess.run(["docker", *words], capture_output=True, text=True, check=True, timeout=60).stdout.strip()


def has_image(name: str) -> bool:
    return subprocess.run(["docker", "image", "inspect", name], capture_output=True, check=False).returncode == 0


class Clone:
    """A directory with the demo's script, and a demo's leavings in the engine."""

    def __init__(self, directory: Path, project: str = "") -> None:
        self.demo = directory / ".demo"
        (directory / "scripts").mkdir(parents=True)
        shutil.copy(ROOT / "scripts" / "demo.sh", directory / "scripts")
        self.script = directory / "scripts" / "demo.sh"
        self.project = project or f"surefoot_demo_{sha256(str(directory).encode()).hexdigest()[:8]}"
        self.images = f"127.0.0.1:5/{self.project}/auto_trader"

    def leave(self, *, has_settings: bool = True) -> None:
        """What a demo leaves: settings, a container, a volume, an image of its own."""
        if has_settings:
            self.demo.mkdir(exist_ok=True)
            (self.demo / ".env").write_text(f"PROJECT={self.project}\nIMAGE_REPOSITORY={self.images}\n")
        labels = [
            "--label", f"com.docker.compose.project={self.project}",
            "--label", f"com.docker.compose.project.working_dir={self.demo}",
        ]
        docker("volume", "create", *labels[:2], f"{self.project}_database")
        container = docker("run", "--detach", *labels, "--volume", f"{self.project}_database:/data", BASE, "sleep", "600")
        # An image that Compose builds does not bear the labels of a container.
        bare = [f"LABEL com.docker.compose.{name}=" for name in ("project", "project.working_dir")]
        docker("commit", *(word for label in bare for word in ("--change", label)), container, f"{self.images}:v1")

    def down(self) -> str:
        done = subprocess.run([str(self.script), "down"], capture_output=True, text=True, timeout=120, check=False)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    @property
    def containers(self) -> str:
        return docker("ps", "--all", "--quiet", "--filter", f"label=com.docker.compose.project={self.project}")

    @property
    def volumes(self) -> str:
        return docker("volume", "ls", "--quiet", "--filter", f"label=com.docker.compose.project={self.project}")


@pytest.fixture
def clone(tmp_path: Path) -> Iterator[Clone]:
    made = Clone(tmp_path / "clone")
    yield made
    made.down()


@pytest.fixture
def standing_on_it() -> Iterator[str]:
    """A name for a stranger's image."""
    name = f"surefoot-demo-test-{uuid.uuid4().hex[:8]}:latest"
    yield name
    if has_image(name):
        docker("image", "rm", name)


def test_an_image_that_was_built_on_the_demos_images_neither_blocks_nor_is_lost(
    clone: Clone, standing_on_it: str
) -> None:
    clone.leave()
    container = docker("create", f"{clone.images}:v1", "true")
    docker("commit", container, standing_on_it)
    docker("rm", container)

    clone.down()

    assert (clone.containers, clone.volumes, clone.demo.exists()) == ("", "", False)
    assert not has_image(f"{clone.images}:v1")
    assert has_image(standing_on_it)
    clone.leave()
    clone.down()
    assert not has_image(f"{clone.images}:v1")


def test_what_is_left_without_its_settings_is_found_by_its_labels(clone: Clone) -> None:
    clone.leave(has_settings=False)

    clone.down()

    assert (clone.containers, clone.volumes) == ("", "")
    assert not has_image(f"{clone.images}:v1")


def test_a_container_of_somebody_else_keeps_the_image_that_it_runs(clone: Clone) -> None:
    clone.leave()
    container = docker("run", "--detach", f"{clone.images}:v1", "sleep", "600")
    try:
        assert f"stand on {clone.images}:v1" in clone.down()
        assert docker("inspect", "--format", "{{.State.Running}}", container) == "true"
    finally:
        docker("rm", "--force", container)


@pytest.mark.parametrize("is_of_this_clone", [True, False])
def test_a_demo_of_an_earlier_version_is_removed_where_it_is_this_clones(
    clone: Clone, tmp_path: Path, is_of_this_clone: bool
) -> None:
    """They all had one name; a copied clone brings the first one's name along as well."""
    name = f"surefoot_demo_app_{uuid.uuid4().hex[:6]}"
    owner = Clone(tmp_path / "owner", name)
    owner.demo = clone.demo if is_of_this_clone else owner.demo
    owner.leave()
    clone.demo.mkdir(exist_ok=True)
    (clone.demo / ".env").write_text(f"PROJECT={name}\nIMAGE_REPOSITORY={owner.images}\n")
    try:
        said = clone.down()
        assert bool(owner.containers) is not is_of_this_clone
        assert bool(owner.volumes) is not is_of_this_clone
        assert has_image(f"{owner.images}:v1") is not is_of_this_clone
        assert ("another clone" in said) is not is_of_this_clone
    finally:
        owner.demo = tmp_path / "owner" / ".demo"
        owner.demo.mkdir(exist_ok=True)
        (owner.demo / ".env").write_text(f"PROJECT={name}\nIMAGE_REPOSITORY={owner.images}\n")
        owner.down()


def test_two_clones_have_nothing_in_common(clone: Clone, tmp_path: Path) -> None:
    other = Clone(tmp_path / "other")
    clone.leave()
    other.leave()
    try:
        clone.down()
        assert (clone.containers, bool(other.containers), bool(other.volumes)) == ("", True, True)
        assert has_image(f"{other.images}:v1")
    finally:
        other.down()
    assert other.containers == ""
