"""Disk and connections, with the numbers that are told."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from deploy.checks.resources import connection_problems, disk_problems, dump_bytes
from tests.fakes.fake_database import FakeDatabase
from tests.fakes.fake_disk import FakeDisk
from tests.fakes.fake_world import FakeWorld, fake_settings


def test_every_full_disk_is_named_with_its_numbers() -> None:
    fake = FakeWorld()
    fake.disk = FakeDisk(2_500_000)
    settings = fake_settings(reserve_disk_bytes=1_000_000)
    needed = {Path("/a"): 3_000_000, Path("/b"): 1_500_000, Path("/c"): 1_600_000}
    first, second = disk_problems(fake.world, settings, needed)
    assert (first.reference, second.reference) == ("disk-too-full", "disk-too-full")
    assert all(text in first.what for text in ("/a", "2 MB free", "4 MB", "1 MB"))
    assert "/c" in second.what
    [huge] = disk_problems(fake.world, fake_settings(reserve_disk_bytes=0), {Path("/a"): 3 * 10**12})
    assert "3,000,000 MB" in huge.what
    assert first.hint


def test_a_dump_is_guessed_from_the_last_one_and_else_from_the_database() -> None:
    state = FakeDatabase().state
    assert (dump_bytes(state, 0), dump_bytes(state, 101)) == (0, 151)
    assert dump_bytes(replace(state, size_bytes=10), None) == 3


def test_connections_that_lack_are_told_with_their_numbers() -> None:
    database = FakeDatabase()
    database.change(connections_used=90, connections_max=97)
    [problem] = connection_problems(database.state, fake_settings(app_connections=8))
    assert all(text in problem.what for text in ("7 of 97", "8"))
    assert problem.hint
