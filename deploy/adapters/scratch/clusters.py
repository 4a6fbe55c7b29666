"""A new database cluster for a scratch server: copied from one that `initdb` made and that no server ever started.

initdb takes 1.2 s of a processor, a copy 0.13 s (measured, PostgreSQL 15). The kept cluster is empty: template
databases and the superuser, nobody's rows.
"""

from __future__ import annotations

import hashlib
import os
import pwd
import shutil
import stat
import subprocess
import tempfile
from contextlib import suppress
from pathlib import Path

SUPERUSER = "surefoot"
CLUSTERS = Path("surefoot") / "clusters"
WORDS = ("-U", SUPERUSER, "-A", "trust", "-E", "UTF8", "--locale=C", "--no-sync", "--no-instructions")
KEPT = 6
ENOUGH_SECONDS = 120


class InitdbFailedError(Exception):
    """What initdb wrote to its standard error."""


def make_cluster(program: Path, data: Path, user: str | None, *, may_copy: bool = True) -> bool:
    """Fill an empty directory with a new cluster; tells whether it was copied.

    A kept cluster that cannot be copied is made anew: nothing depends on it.

    Args:
        program: the directory of initdb.
        data: belongs to the server's user.
        user: whom to run as; None where this process is not root.
        may_copy: False after a copy did not start.

    Raises:
        InitdbFailedError: with its last words.
    """
    kept = _place(program, user)
    if kept is not None and may_copy and (kept / "PG_VERSION").is_file():
        if _copy(kept, data):
            with suppress(OSError):
                os.utime(kept)
            return True
        empty(data)
    _initdb(program, data, user)
    if kept is not None:
        _keep(data, kept)
    return False


def environment() -> dict[str, str]:
    """Of the server's programs: nothing of the operator's own PostgreSQL."""
    return {name: value for name, value in os.environ.items() if not name.startswith("PG")} | {"TZ": "UTC"}


def group_of(user: str | None) -> int | None:
    """The user's own group."""
    return pwd.getpwnam(user).pw_gid if user else None


def _initdb(program: Path, data: Path, user: str | None) -> None:
    done = subprocess.run(
        [str(program / "initdb"), "-D", str(data), *WORDS], user=user, group=group_of(user),
        extra_groups=[] if user else None, env=environment(), cwd="/", capture_output=True, text=True, check=False,
    )
    if done.returncode != 0:
        raise InitdbFailedError(done.stderr)


def _place(program: Path, user: str | None) -> Path | None:
    """Where the cluster of exactly these programs is kept; None where no directory is safe for it.

    A directory of another user could hold a cluster that loads that user's code.
    """
    initdb = program / "initdb"
    try:
        facts = _facts(initdb) + _facts(program / "postgres")
        directory = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / CLUSTERS
        directory.mkdir(parents=True, exist_ok=True, mode=0o700)
        found = directory.stat()
    except (OSError, RuntimeError):  # RuntimeError: a user without a home
        return None
    if found.st_uid != os.geteuid() or found.st_mode & (stat.S_IWGRP | stat.S_IWOTH):
        return None
    key = "\0".join((*facts, *WORDS, user or ""))
    return directory / hashlib.sha256(key.encode()).hexdigest()[:20]


def _facts(path: Path) -> tuple[str, str, str]:
    """Of a program; a copy of it for the server's user has the same."""
    found = path.stat()
    return path.name, str(found.st_size), str(int(found.st_mtime))


def _copy(source: Path, target: Path) -> bool:
    """With owners and modes, as a server demands them."""
    try:
        done = subprocess.run(
            ["cp", "-a", f"{source}/.", str(target)], capture_output=True, check=False, timeout=ENOUGH_SECONDS
        )
    except (OSError, subprocess.TimeoutExpired):
        return False
    return done.returncode == 0


def _keep(data: Path, place: Path) -> None:
    """Whole or not at all: it gets its name when it is on the disk."""
    try:
        part = Path(tempfile.mkdtemp(prefix="part-", dir=place.parent))
    except OSError:
        return
    try:
        shutil.copystat(data, part)
        _same_owner(data, part)
        if _copy(data, part):
            subprocess.run(["sync", "-f", str(part)], capture_output=True, check=False, timeout=ENOUGH_SECONDS)
            shutil.rmtree(place, ignore_errors=True)  # one that did not start
            part.rename(place)
            _forget_old(place.parent)
    except (OSError, subprocess.TimeoutExpired):
        pass
    finally:
        shutil.rmtree(part, ignore_errors=True)


def _same_owner(data: Path, part: Path) -> None:
    found = data.stat()
    if (found.st_uid, found.st_gid) != (os.geteuid(), os.getegid()):
        os.chown(part, found.st_uid, found.st_gid)


def empty(directory: Path) -> None:
    """Remove what is in it."""
    for path in directory.iterdir():
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path)
        else:
            path.unlink()


def _forget_old(directory: Path) -> None:
    """The least used beyond some go: programs are updated, and each cluster takes 40 MB."""
    newest_first = sorted(directory.iterdir(), key=lambda path: path.stat().st_mtime, reverse=True)
    for path in newest_first[KEPT:]:
        shutil.rmtree(path, ignore_errors=True)
