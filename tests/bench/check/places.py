"""Where the bench keeps what it downloads, and the virtual environments it makes there."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]
CHECK_SH = ROOT / "scripts" / "migration-check.sh"
OUR_PYTHON = ROOT / ".venv" / "bin" / "python"


def cache_directory() -> Path:
    """$SUREFOOT_BENCH_DIR, or a directory of this name among the temporary files."""
    path = Path(os.environ.get("SUREFOOT_BENCH_DIR") or Path(tempfile.gettempdir()) / "bench-check")
    path.mkdir(parents=True, exist_ok=True)
    return path


def virtual_environment(name: str, packages: tuple[str, ...]) -> Path:
    """A directory with these packages; made once, made anew when the list changes."""
    path = cache_directory() / "venvs" / name
    stamp = path / "bench-packages.txt"
    wanted = "\n".join(packages)
    if stamp.exists() and stamp.read_text(encoding="utf-8") == wanted:
        return path
    print(f"installing {', '.join(packages)} …", file=sys.stderr, flush=True)
    shutil.rmtree(path, ignore_errors=True)
    path.parent.mkdir(parents=True, exist_ok=True)
    subprocess.run([sys.executable, "-m", "venv", str(path)], check=True)
    subprocess.run(
        [str(path / "bin" / "pip"), "install", "--quiet", "--disable-pip-version-check", *packages],
        check=True, stderr=subprocess.DEVNULL,
    )
    stamp.write_text(wanted, encoding="utf-8")
    return path


def site_packages(venv: Path) -> Path:
    """Where its packages lie."""
    return next((venv / "lib").glob("python3*/site-packages"))
