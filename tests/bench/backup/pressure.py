"""What a backup takes from those who work meanwhile: pgbench on the same server, alone and beside each dump."""

from __future__ import annotations

import re
import subprocess
import threading
from collections.abc import Callable
from pathlib import Path

from tests.bench.backup.data import Programs
from tests.bench.backup.work import ours, seed_dump

DATABASE = "bench"
SCALE = 5
SECONDS = 15
CLIENTS = 4


class Pressure:
    """pgbench (TPC-B) for a while."""

    def __init__(self, programs: Programs) -> None:
        self._programs = programs

    def run(self, sql: Path, backups: Path) -> dict[str, float]:
        """Transactions a second, by what ran beside it."""
        self._programs.psql("postgres", f"CREATE DATABASE {DATABASE}")
        argv = self._programs.argv("pgbench", "-i", "-q", "-s", str(SCALE), DATABASE)
        subprocess.run(argv, check=True, capture_output=True)
        return {
            "alone": self._measure(None),
            "beside pg_dump > f.sql": self._measure(lambda: seed_dump(self._programs, sql)),
            "beside our backup": self._measure(lambda: ours("create", self._programs, backups)),
        }

    def _measure(self, beside: Callable[[], object] | None) -> float:
        """The other is repeated for as long as pgbench runs."""
        is_over = threading.Event()

        def repeat() -> None:
            while beside is not None and not is_over.is_set():
                beside()

        thread = threading.Thread(target=repeat)
        thread.start()
        try:
            argv = self._programs.argv("pgbench", "-n", "-c", str(CLIENTS), "-j", "2", "-T", str(SECONDS), DATABASE)
            done = subprocess.run(argv, check=True, capture_output=True, text=True)
        finally:
            is_over.set()
            thread.join()
        match = re.search(r"tps = ([0-9.]+)", done.stdout)
        if match is None:
            raise SystemExit("pgbench printed no tps")
        return float(match[1])
