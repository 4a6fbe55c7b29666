"""SIGKILL in every phase of a backup: nothing that looks like one is left, and the next run sweeps it."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pyrage
import pytest

from tests.integration.backups.run_create import PHASES
from tests.integration.backups.site import Site
from tests.integration.backups.waiting import wait_for

pytestmark = pytest.mark.postgres
REPOSITORY = Path(__file__).resolve().parents[3]


@pytest.fixture
def filled(site: Site) -> Site:
    """Enough that the archive is some megabytes."""
    site.run(
        "CREATE TABLE t (id int PRIMARY KEY, noise text)",
        "INSERT INTO t SELECT n, md5(n::text) || md5((-n)::text) || md5(n || '!') "
        "FROM generate_series(1, 100000) n",
    )
    return site


def create_and_die(site: Site, phase: str, **options: Any) -> None:
    words = {
        "address": asdict(site.address), "directory": str(site.directory), "phase": phase, "options": options,
    }
    done = subprocess.run(
        [sys.executable, "-m", "tests.integration.backups.run_create"], input=json.dumps(words), text=True,
        capture_output=True, cwd=REPOSITORY, timeout=120, check=False,
    )
    assert done.returncode == -signal.SIGKILL, done.stderr


def sessions(site: Site) -> int:
    """Besides the one that asks."""
    return int(site.ask(
        "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
    ))


@pytest.mark.parametrize("phase", PHASES)
def test_killed_it_leaves_a_whole_backup_or_none_and_the_next_run_sweeps(filled, phase):
    earlier = filled.create()

    create_and_die(filled, phase)

    is_whole = PHASES[phase]
    listed = filled.backups.all()
    assert len(listed) == (2 if is_whole else 1)
    assert filled.backups.damaged() == ()
    assert len(filled.left_behind()) == 2  # its part is there, or it is a backup
    wait_for(lambda: sessions(filled) == 0, "pg_dump and the snapshot's session end with us")

    swept = filled.backups.sweep_partial_files()

    assert len(swept) == (0 if is_whole else 1)
    assert filled.left_behind() == sorted(backup.name for backup in listed)
    assert filled.backups.get(earlier.name) == earlier
    for backup in listed:
        assert filled.problems_of_files(backup) == ()
    if is_whole:
        assert filled.problems(listed[0]) == ()


def test_killed_while_it_encrypts_it_leaves_none(filled):
    recipient = str(pyrage.x25519.Identity.generate().to_public())

    create_and_die(filled, "some megabytes written", recipients=[recipient])

    assert filled.backups.all() == ()
    assert len(filled.backups.sweep_partial_files()) == 1
    assert filled.left_behind() == []


def test_a_sweep_leaves_the_part_of_a_living_run_alone(filled):
    seen: list[tuple[str, ...]] = []

    def sweep_meanwhile() -> bool:
        seen.append(filled.backups.sweep_partial_files())
        return False

    backup = filled.create(is_stop_requested=sweep_meanwhile)

    assert seen
    assert set(seen) == {()}
    assert filled.problems_of_files(backup) == ()
