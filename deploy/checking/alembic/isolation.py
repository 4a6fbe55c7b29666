"""Runs a project's code where it reaches nothing but the scratch server's socket: a network namespace of its own.

The scratch server is reached by a socket that is a file, so no network is needed. What a revision starts or calls by
itself (psql -h, a second engine, HTTP) finds no network there. The sockets of this machine's own PostgreSQL and of
Docker, which are files as well, are hidden.
"""

from __future__ import annotations

import os
import shutil
import subprocess
from functools import cache

# Directories and files that lead to servers of this machine.
HIDDEN_DIRECTORIES = ("/run/postgresql", "/var/run/postgresql")
HIDDEN_FILES = ("/run/docker.sock", "/var/run/docker.sock")
TRY_SECONDS = 20.0
NOT_ISOLATED = (
    "the project's code was not kept from the network (this machine allows no network namespace): what a revision "
    "starts or calls by itself could reach real servers"
)
_HIDE = "\n".join((
    *(f"[ ! -d {place} ] || mount -t tmpfs none {place} || exit 1" for place in HIDDEN_DIRECTORIES),
    *(f"[ ! -e {place} ] || mount --bind /dev/null {place} || exit 1" for place in HIDDEN_FILES),
))


@cache
def isolating_words() -> tuple[str, ...]:
    """What stands before a command so that it runs isolated; empty where this machine does not allow it."""
    unshare = shutil.which("unshare")
    if unshare is None:
        return ()
    return next((words for words in _ways(unshare) if _works(words)), ())


def _ways(unshare: str) -> list[tuple[str, ...]]:
    """The best first: root makes the namespaces as it is; anybody else by a user namespace, and gets his name back."""
    shell = ("sh", "-c")
    if os.geteuid() == 0:
        made: tuple[tuple[str, ...], ...] = ((unshare, "--net", "--mount", "--"),)
        name_back = ""
    else:
        made = ()
        name_back = f"{unshare} --user --map-user={os.geteuid()} --map-group={os.getegid()} -- "
    as_root = (unshare, "--user", "--map-root-user", "--net", "--mount", "--")
    ways = [(*words, *shell, f'{_HIDE}\nexec "$@"', "sh") for words in made]
    if name_back:
        ways.append((*as_root, *shell, f'{_HIDE}\nexec {name_back}"$@"', "sh"))
    return [*ways, (*as_root, *shell, f'{_HIDE}\nexec "$@"', "sh")]


def _works(words: tuple[str, ...]) -> bool:
    try:
        done = subprocess.run(
            [*words, "true"], capture_output=True, timeout=TRY_SECONDS, check=False, stdin=subprocess.DEVNULL
        )
    except (OSError, subprocess.TimeoutExpired):
        return False
    return done.returncode == 0
