"""`backup create` in a process of its own, killed at one chosen instant: `python -m … ADDRESS_AND_PLACE_AS_JSON`."""

from __future__ import annotations

import json
import os
import signal
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from deploy.adapters.backups import folder, manifest_file, streams
from deploy.adapters.backups.counting import Counting
from deploy.adapters.backups.dump import Dumper
from deploy.adapters.backups.pg_backups import BackupOptions
from deploy.adapters.backups.programs import Program
from deploy.adapters.backups.read_behind import ReadBehind
from deploy.adapters.postgres.address import DatabaseAddress
from tests.integration.backups.site import Site

# Where it dies -> whether a whole backup is there already.
PHASES: dict[str, bool] = {
    "snapshot taken": False, "first bytes written": False, "some megabytes written": False, "dump ended": False,
    "counting": False, "decoding": False, "reading back": False, "writing roles": False, "before the manifest": False,
    "manifest half written": False, "manifest written": False, "renamed, not yet on the disk": True,
}


def die(*_: object, **__: object) -> Any:
    os.kill(os.getpid(), signal.SIGKILL)


def before(owner: Any, name: str, *, is_wanted: Callable[..., bool] = lambda *_, **__: True) -> None:
    """Die when it is called."""
    original = getattr(owner, name)

    def replaced(*positional: Any, **named: Any) -> Any:
        if is_wanted(*positional, **named):
            die()
        return original(*positional, **named)

    setattr(owner, name, replaced)


def after(owner: Any, name: str) -> None:
    """Die when it has ended."""
    original = getattr(owner, name)

    def replaced(*positional: Any, **named: Any) -> Any:
        original(*positional, **named)
        die()

    setattr(owner, name, replaced)


def arm(phase: str) -> None:
    """Make it so."""
    arms: dict[str, Callable[[], None]] = {
        "snapshot taken": lambda: after(Counting, "__enter__"),
        "first bytes written": lambda: after(streams._Target, "write_plain"),
        "some megabytes written": lambda: before(
            streams._Target, "write_plain", is_wanted=lambda target, _: target.size > 3_000_000
        ),
        "dump ended": lambda: before(Program, "wait", is_wanted=lambda program, _: program.name == "pg_dump"),
        "counting": lambda: before(Counting, "result"),
        "decoding": lambda: before(Program, "wait", is_wanted=lambda program, _: program.name == "pg_restore"),
        "reading back": lambda: before(ReadBehind, "finish"),
        "writing roles": lambda: before(Dumper, "globals"),
        "before the manifest": lambda: before(folder, "write_manifest"),
        "manifest half written": lambda: before(
            manifest_file.os, "fsync", is_wanted=lambda fd: "manifest" in str(Path(f"/proc/self/fd/{fd}").readlink())
        ),
        "manifest written": lambda: after(folder, "write_manifest"),
        "renamed, not yet on the disk": lambda: before(folder, "sync_directory"),
    }
    arms[phase]()


def main() -> None:
    """One backup."""
    words = json.loads(sys.stdin.read())
    if words["phase"]:
        arm(words["phase"])
    site = Site(
        DatabaseAddress(**words["address"]), 0, Path(words["directory"]), BackupOptions(**words["options"])
    )
    site.backups.sweep_partial_files()
    site.create()


if __name__ == "__main__":
    main()
