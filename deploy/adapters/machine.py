"""The kernel's own counters of this machine, and of single containers: /proc/stat, /proc/pressure, cgroups.

https://docs.kernel.org/accounting/psi.html, proc(5): stat and schedstat.
"""

from __future__ import annotations

import errno
import os
import re
import socket
from pathlib import Path

from deploy.model.machine import RESOURCES, MachineUse

PROC, CGROUPS = Path("/proc"), Path("/sys/fs/cgroup")
TICKS_PER_SECOND = os.sysconf("SC_CLK_TCK")
# The words of the line `cpu` in /proc/stat.
USER, NICE, SYSTEM, IDLE, IO_WAIT, INTERRUPT, SOFT_INTERRUPT, STOLEN = range(8)
# The words of /proc/PID/stat behind the name in brackets.
USER_TICKS, SYSTEM_TICKS = 11, 12
SOME_TOTAL = re.compile(r"^some .*\btotal=(\d+)", re.MULTILINE)


class LocalMachine:
    """doors.Machine of the machine that this process runs on.

    Args:
        is_engine_here: whether the Docker engine is on it; another machine's pressure says nothing.
        database_name: the application's; PostgreSQL names it in the titles of its processes.
    """

    def __init__(self, *, is_engine_here: bool, database_name: str, proc: Path = PROC) -> None:
        self._is_engine_here = is_engine_here
        self._database_name = database_name
        self._proc = proc

    def look(self) -> MachineUse | None:
        """The counters now; None where the kernel or another machine keeps them."""
        if not self._is_engine_here:
            return None
        try:
            text = (self._proc / "stat").read_text()
        except OSError:
            return None
        lines = text.splitlines()
        ticks = [int(word) for word in lines[0].split()[1:9]]
        busy = sum(ticks[place] for place in (USER, NICE, SYSTEM, INTERRUPT, SOFT_INTERRUPT, STOLEN))
        stalls = {name: stalled_seconds(self._proc / "pressure" / name) for name in RESOURCES}
        return MachineUse(
            core_count=sum(1 for line in lines if re.match(r"cpu\d", line)),
            busy_seconds=busy / TICKS_PER_SECOND, stolen_seconds=ticks[STOLEN] / TICKS_PER_SECOND,
            stalled_seconds={name: seconds for name, seconds in stalls.items() if seconds is not None},
            database_seconds=self._database_seconds(),
        )

    def is_port_free(self, address: str, port: int) -> bool | None:
        """Whether it can be bound now."""
        if not self._is_engine_here:
            return None
        family = socket.AF_INET6 if ":" in address else socket.AF_INET
        with socket.socket(family, socket.SOCK_STREAM) as probe:
            # As Docker's own proxy binds: connections of before that are still closing do not count.
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((address, port))
            except PermissionError:
                return None  # a port below 1024, and we are not root: the engine is
            except OSError as error:
                return None if error.errno == errno.EADDRNOTAVAIL else False
        return True

    def _database_seconds(self) -> dict[int, float]:
        """`postgres: user database 10.0.0.7(5432) SELECT`; processes that this user may not see are left out."""
        found = {}
        for directory in self._proc.iterdir():
            if not directory.name.isdigit():
                continue
            try:
                stat = (directory / "stat").read_text()
                if "(postgres" not in stat:
                    continue
                title = (directory / "cmdline").read_bytes().rstrip(b"\0").decode(errors="replace")
            except OSError:  # it ended meanwhile
                continue
            if title.startswith("postgres: ") and self._database_name in title.split(" "):
                words = stat.rpartition(")")[2].split()
                found[int(directory.name)] = (int(words[USER_TICKS]) + int(words[SYSTEM_TICKS])) / TICKS_PER_SECOND
        return found


def stalled_seconds(path: Path) -> float | None:
    """Time in which somebody waited, of a pressure file; None without one (older kernels, `psi=0`)."""
    try:
        found = SOME_TOTAL.search(path.read_text())
    except OSError:
        return None
    return int(found[1]) / 1_000_000 if found else None


def waited_for_core_seconds(container_id: str, pid: int, proc: Path = PROC, cgroups: Path = CGROUPS) -> float | None:
    """How long the processes of a container waited for a core so far; None where that cannot be read.

    With cgroup v2 its own pressure file tells; with v1 the scheduler's wait times of its processes are added up.

    Args:
        pid: of the container's first process, as the engine's machine counts; on another machine, or seen from within
            a container, it names somebody else, which its control group tells.
    """
    try:
        lines = [line.split(":", 2) for line in (proc / str(pid) / "cgroup").read_text().splitlines()]
    except OSError:
        return None
    if not any(container_id in path for _, _, path in lines):
        return None
    places = {controller: path.lstrip("/") for _, names, path in lines for controller in names.split(",")}
    if "" in places and (seconds := stalled_seconds(cgroups / places[""] / "cpu.pressure")) is not None:
        return seconds
    if "cpu" not in places:
        return None
    try:
        pids = (cgroups / "cpu" / places["cpu"] / "cgroup.procs").read_text().split()
    except OSError:
        return None
    return sum(_run_delay_seconds(proc / one / "task") for one in pids)


def _run_delay_seconds(tasks: Path) -> float:
    """Of all threads of one process; one that ended meanwhile is left out."""
    total = 0
    try:
        for task in tasks.iterdir():
            total += int((task / "schedstat").read_text().split()[1])
    except (OSError, IndexError, ValueError):
        return total / 1e9
    return total / 1e9
