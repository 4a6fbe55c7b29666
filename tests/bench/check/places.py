"""Where the bench keeps what it downloads, and the virtual environments it makes there."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]
CHECK_SH = ROOT / "scripts" / "migration-check.sh"
FIXTURE = ROOT / "tests" / "fixtures" / "postgres_locks"
REQUIREMENTS = Path(__file__).parent / "requirements"


def cache_directory() -> Path:
    """$SUREFOOT_BENCH_DIR, or `surefoot-bench` in the user's cache."""
    user_cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    path = Path(os.environ.get("SUREFOOT_BENCH_DIR") or user_cache / "surefoot-bench")
    path.mkdir(parents=True, exist_ok=True)
    return path


def virtual_environment(name: str) -> Path:
    """The directory with the packages of requirements/NAME.txt; made once, made anew when that file changes.

    Raises:
        subprocess.CalledProcessError: they could not be installed.
    """
    wanted = (REQUIREMENTS / f"{name}.txt").read_text(encoding="utf-8")
    path = cache_directory() / "venvs" / name
    stamp = path / "installed.txt"
    if stamp.exists() and stamp.read_text(encoding="utf-8") == wanted:
        return path
    print(f"installing {', '.join(wanted.split())} …", file=sys.stderr, flush=True)
    shutil.rmtree(path, ignore_errors=True)
    path.parent.mkdir(parents=True, exist_ok=True)
    subprocess.run([sys.executable, "-m", "venv", str(path)], check=True)
    subprocess.run(
        [
            str(path / "bin" / "pip"), "install", "--quiet", "--disable-pip-version-check", "-r",
            str(REQUIREMENTS / f"{name}.txt"),
        ],
        check=True,
    )
    stamp.write_text(wanted, encoding="utf-8")
    return path


def site_packages(venv: Path) -> Path:
    """Where its packages lie."""
    return next((venv / "lib").glob("python3*/site-packages"))
