"""Virtual environments with other SQLAlchemy versions and drivers, made once with pip and kept."""

from __future__ import annotations

import fcntl
import hashlib
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
KEPT = ROOT / "build" / "test-pythons"
OLD = ("SQLAlchemy==1.4.54", "alembic==1.7.7", "psycopg2-binary")
NEW = ("SQLAlchemy>=2.0,<2.1", "alembic", "psycopg[binary]", "psycopg2-binary", "pg8000")


def python_with(*requirements: str) -> str:
    """A Python that has these packages; skips where pip finds no index, and fails in CI."""
    name = hashlib.sha256("\n".join((sys.version, *requirements)).encode()).hexdigest()[:12]
    place = KEPT / name
    KEPT.mkdir(parents=True, exist_ok=True)
    with (KEPT / f"{name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (place / "is-whole").exists():
            subprocess.run([sys.executable, "-m", "venv", "--clear", str(place)], check=True, capture_output=True)
            done = subprocess.run(
                [str(place / "bin" / "pip"), "install", "--quiet", *requirements], capture_output=True, text=True,
                check=False,
            )
            if done.returncode != 0:
                _missing(done.stderr.strip().splitlines()[-1])
            (place / "is-whole").touch()
    return str(place / "bin" / "python")


def _missing(why: str) -> None:
    if os.environ.get("CI") == "true":
        pytest.fail(f"CI must run everything: {why}")
    pytest.skip(f"pip cannot install another SQLAlchemy: {why}")
