"""Shared by all tests: a machine without a usable engine skips loudly, except in CI, where it is a failure."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from deploy.model.secret_values import forget_secrets

# What takes minutes begins first: at the end of a run one long file would keep the other workers waiting.
LONGEST_FIRST = (
    "tests/e2e/scenarios/test_killed", "tests/e2e/scenarios/test_restoring", "tests/integration/risk/", "tests/e2e/",
    "tests/integration/check/test_lock_shapes", "tests/integration/development/", "tests/integration/",
    "tests/contracts/",
)
BASE_IMAGES = tuple(f"surefoot/base-{name}:bookworm" for name in ("python", "postgres", "haproxy", "registry"))

# Some hundred PostgreSQL clusters are made and thrown away; on a disk that is a third of the tests' processor time.
MEMORY = Path("/dev/shm")
ENOUGH_BYTES = 12 * 2**30
MADE_DIRECTORY = pytest.StashKey[Path]()


def pytest_addoption(parser: pytest.Parser) -> None:
    """`--keep-site`."""
    parser.addoption(
        "--keep-site", action="store_true",
        help="leave what a failed end-to-end scenario ran on: its containers, its database, its directory (with -n 0)",
    )


def pytest_configure(config: pytest.Config) -> None:
    """Temporary files lie in memory, where there is plenty; pytest's own, which it keeps, stay on the disk."""
    if "TMPDIR" in os.environ or _free_memory() < ENOUGH_BYTES:
        return
    disk = tempfile.gettempdir()
    directory = config.stash[MADE_DIRECTORY] = Path(tempfile.mkdtemp(prefix="sf-", dir=MEMORY))
    directory.chmod(0o1777)  # PostgreSQL runs as another user than root
    os.environ.setdefault("PYTEST_DEBUG_TEMPROOT", disk)
    os.environ["TMPDIR"] = tempfile.tempdir = str(directory)


def pytest_unconfigure(config: pytest.Config) -> None:
    """Nothing of it stays."""
    if directory := config.stash.get(MADE_DIRECTORY, None):
        shutil.rmtree(directory, ignore_errors=True)


def _free_memory() -> int:
    """Bytes that may be used there; the pages of a file in memory are memory."""
    try:
        lines = dict(line.split(":", 1) for line in Path("/proc/meminfo").read_text().splitlines())
        return min(int(lines["MemAvailable"].split()[0]) * 1024, shutil.disk_usage(MEMORY).free)
    except (OSError, KeyError, ValueError):
        return 0


@pytest.fixture(autouse=True)
def no_secret_of_another_test() -> Iterator[None]:
    """One process tests many settings; a password of one is a common word of the next."""
    forget_secrets()
    yield
    forget_secrets()


@pytest.fixture(scope="session")
def docker_engine() -> None:
    """An engine, Compose v2 and the base images."""
    for argv, hint in (
        (["docker", "version"], "scripts/bootstrap.sh"),
        (["docker", "compose", "version"], "scripts/bootstrap.sh"),
        (["docker", "image", "inspect", *BASE_IMAGES], "scripts/build-base-image.sh all"),
    ):
        try:
            is_there = subprocess.run(argv, capture_output=True, timeout=30, check=False).returncode == 0
        except (OSError, subprocess.TimeoutExpired):
            is_there = False
        if not is_there:
            _missing(f"`{' '.join(argv[:3])}` does not answer; run {hint}")


def _missing(why: str) -> None:
    if os.environ.get("CI") == "true":
        pytest.fail(f"CI must run everything: {why}")
    pytest.skip(why)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The marker `docker` brings the fixture; the longest come first."""
    items.sort(key=_place)
    for item in items:
        _keep_files_whole(item)
        if item.get_closest_marker("docker") and "docker_engine" not in item.fixturenames:
            item.fixturenames.insert(0, "docker_engine")


def _keep_files_whole(item: pytest.Item) -> None:
    """A file's tests share what its module made, so one worker runs them; these share nothing with their file."""
    if not item.nodeid.startswith(("tests/e2e/scenarios/", "tests/integration/development/")):
        item.add_marker(pytest.mark.xdist_group(item.nodeid.partition("::")[0]))


def _place(item: pytest.Item) -> int:
    places = (number for number, start in enumerate(LONGEST_FIRST) if item.nodeid.startswith(start))
    return next(places, len(LONGEST_FIRST))
