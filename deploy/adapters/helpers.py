"""Short-lived containers of ours (probes, data checks): whose they are, and removing those whose process has died.

The label says host, boot, pid namespace, pid and its start time: a number that was given to another process, or means
something else elsewhere, is never taken for the owner. Whom we cannot judge from here is left alone.
"""

from __future__ import annotations

import os
import socket
from pathlib import Path

import docker
from docker.errors import APIError, NotFound

PROJECT_LABEL = "surefoot.project"
OWNER_LABEL = "surefoot.owner"
_BOOT = Path("/proc/sys/kernel/random/boot_id")


def helper_labels(project_name: str) -> dict[str, str]:
    """What a helper container of this process bears."""
    return {PROJECT_LABEL: project_name, OWNER_LABEL: owner_word()}


def owner_word() -> str:
    """This process, in a word that no other process ever has."""
    return f"{_place()} {os.getpid()} {_start_of(os.getpid())}"


def is_owner_gone(word: str) -> bool:
    """Whether the process is known to have ended; False where that cannot be told from here."""
    host, boot, namespace, pid, start = (word.split(" ") + [""] * 5)[:5]
    here = _place().split(" ")
    if host != here[0] or not pid.isdigit():
        return False
    if boot != here[1]:
        return True
    return namespace == here[2] and _start_of(int(pid)) != start


def sweep_helpers(client: docker.DockerClient, project_name: str) -> tuple[str, ...]:
    """Remove this project's helpers whose process is gone; returns their names."""
    removed = []
    rows = client.api.containers(all=True, filters={"label": [f"{PROJECT_LABEL}={project_name}", OWNER_LABEL]})
    for row in rows:
        if not is_owner_gone(row["Labels"].get(OWNER_LABEL, "")):
            continue
        try:
            client.api.remove_container(row["Id"], force=True, v=True)
        except (NotFound, APIError):  # it is being removed already
            continue
        removed.append(row["Names"][0].lstrip("/"))
    return tuple(removed)


def _place() -> str:
    try:
        namespace = os.readlink("/proc/self/ns/pid")  # noqa: PTH115 - a name, not a path
        boot = _BOOT.read_text(encoding="ascii").strip()
    except OSError:
        return f"{socket.gethostname()} ? ?"
    return f"{socket.gethostname()} {boot} {namespace}"


def _start_of(pid: int) -> str:
    """Its start time in clock ticks since boot; empty where there is no such process."""
    try:
        text = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""
    return text.rpartition(")")[2].split()[19]  # field 22; the name in field 2 may hold blanks
