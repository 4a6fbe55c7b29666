"""The kernel's counters, as they stand in its files."""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest

from deploy.adapters.machine import LocalMachine, stalled_seconds, waited_for_core_seconds

TICKS = os.sysconf("SC_CLK_TCK")
PRESSURE = "some avg10=80.00 avg60=40.00 avg300=10.00 total=50500000\nfull avg10=0.00 avg60=0.00 avg300=0.00 total=7\n"
CONTAINER = "c0ffee" * 10


def process(proc: Path, pid: int, name: str, title: str, ticks: tuple[int, int]) -> None:
    directory = proc / str(pid)
    directory.mkdir(parents=True)
    words = ["S", *["0"] * 10, str(ticks[0]), str(ticks[1]), *["0"] * 20]
    (directory / "stat").write_text(f"{pid} ({name}) {' '.join(words)}\n")
    (directory / "cmdline").write_bytes(title.encode() + b"\0")


@pytest.fixture
def proc(tmp_path: Path) -> Path:
    (tmp_path / "stat").write_text(
        "cpu  100 20 30 5000 700 4 6 40 0 0\ncpu0 50 10 15 2500 350 2 3 20 0 0\ncpu1 50 10 15 2500 350 2 3 20 0 0\nintr 1\n"
    )
    (tmp_path / "pressure").mkdir()
    (tmp_path / "pressure" / "cpu").write_text(PRESSURE)
    return tmp_path


def test_waiting_for_a_disk_is_not_being_busy_and_stolen_time_is(proc: Path) -> None:
    found = LocalMachine(is_engine_here=True, database_name="shop", proc=proc).look()
    assert found is not None
    assert (found.core_count, found.busy_seconds * TICKS, found.stolen_seconds * TICKS) == (2, 200, 40)
    assert found.stalled_seconds == {"cpu": 50.5}


def test_the_sessions_of_the_applications_database_are_told_from_all_others(proc: Path) -> None:
    process(proc, 11, "postgres", "postgres: app shop 10.0.0.7(5432) SELECT", (3 * TICKS, TICKS))
    process(proc, 12, "postgres", "postgres: main: app shop 10.0.0.7(5433) idle", (TICKS, 0))
    process(proc, 13, "postgres", "postgres: app other 10.0.0.7(5434) SELECT", (90 * TICKS, 0))
    process(proc, 14, "postgres", "postgres: checkpointer ", (90 * TICKS, 0))
    process(proc, 15, "python", "postgres: app shop pretends", (90 * TICKS, 0))
    found = LocalMachine(is_engine_here=True, database_name="shop", proc=proc).look()
    assert found is not None
    assert found.database_seconds == {11: 4.0, 12: 1.0}


def test_another_machines_engine_is_not_judged_by_this_one(proc: Path, tmp_path: Path) -> None:
    assert LocalMachine(is_engine_here=False, database_name="shop", proc=proc).look() is None
    assert LocalMachine(is_engine_here=True, database_name="shop", proc=tmp_path / "gone").look() is None
    assert stalled_seconds(tmp_path / "gone") is None


def test_a_container_with_a_control_group_of_version_2_is_told_by_its_pressure_file(proc: Path, tmp_path: Path) -> None:
    group = f"system.slice/docker-{CONTAINER}.scope"
    (proc / "70").mkdir()
    (proc / "70" / "cgroup").write_text(f"0::/{group}\n")
    (tmp_path / "groups" / group).mkdir(parents=True)
    (tmp_path / "groups" / group / "cpu.pressure").write_text(PRESSURE)
    assert waited_for_core_seconds(CONTAINER, 70, proc, tmp_path / "groups") == 50.5
    assert waited_for_core_seconds("another", 70, proc, tmp_path / "groups") is None


def test_a_container_with_a_control_group_of_version_1_is_told_by_the_waits_of_its_threads(
    proc: Path, tmp_path: Path
) -> None:
    group = f"docker/{CONTAINER}"
    (proc / "70").mkdir()
    (proc / "70" / "cgroup").write_text(f"4:cpu,cpuacct:/{group}\n0::/\n")
    (tmp_path / "groups" / "cpu" / group).mkdir(parents=True)
    (tmp_path / "groups" / "cpu" / group / "cgroup.procs").write_text("70\n71\n72\n")
    for pid, waits in ((70, (1, 2)), (71, (4,))):  # 72 has ended meanwhile
        for task, seconds in enumerate(waits):
            directory = proc / str(pid) / "task" / str(pid + task)
            directory.mkdir(parents=True)
            (directory / "schedstat").write_text(f"5 {seconds * 1_000_000_000} 9\n")
    assert waited_for_core_seconds(CONTAINER, 70, proc, tmp_path / "groups") == 7.0


def test_this_machines_own_counters_grow_while_somebody_works() -> None:
    machine = LocalMachine(is_engine_here=True, database_name="shop")
    first = machine.look()
    until = time.process_time() + 5 / TICKS
    while time.process_time() < until:
        pass
    last = machine.look()
    assert first is not None
    assert last is not None
    assert last.core_count == os.cpu_count()
    assert last.busy_seconds > first.busy_seconds
