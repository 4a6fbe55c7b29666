"""`make bench-backup`: our backup beside the seeds' `pg_dump > f.sql` and `psql < f.sql`, in one run, in turn.

Every server is started for it and gone afterwards. Exits 1 where a target is missed.
"""

from __future__ import annotations

import argparse
import os
import platform
import statistics
import sys
import tempfile
from collections import defaultdict
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from deploy.adapters.scratch.binaries import all_server_binaries
from deploy.adapters.scratch.server import scratch_server
from tests.bench.backup.data import NAME, Programs, build
from tests.bench.backup.neighbours import own_seconds, when_quiet
from tests.bench.backup.pressure import Pressure
from tests.bench.backup.tables import Figures, print_table
from tests.bench.backup.work import Cost, bare_dump, ours, seed_dump, seed_restore

# As a small production has it: durable, with what index builds take by default.
SETTINGS = {
    "fsync": "on", "full_page_writes": "on", "synchronous_commit": "on", "shared_buffers": "256MB",
    "max_parallel_maintenance_workers": "2", "max_parallel_workers_per_gather": "2", "wal_level": "replica",
    "max_wal_size": "2GB", "log_min_messages": "warning", "log_statement": "none", "autovacuum": "on",
}


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--majors", type=int, nargs="+", default=[15, 17])
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--megabytes", type=int, default=1024)
    parser.add_argument("--quiet", type=float, default=1.0, metavar="SHARE",
                        help="repeat a turn in which others took more than this share of the processors")
    parser.add_argument("--patience", type=float, default=900, metavar="SECONDS", help="for each quiet turn")
    parser.add_argument("--only", choices=["dump", "restore", "pressure"], help="a part of it")
    words = parser.parse_args()
    print(f"{datetime.now(UTC):%Y-%m-%d %H:%M} UTC, {os.cpu_count()} cores, {platform.machine()}, load "
          f"{os.getloadavg()[0]:.1f}, medians of {words.runs}")
    is_met = [bench_major(major, words) for major in words.majors]
    sys.exit(0 if all(is_met) else 1)


def bench_major(major: int, words: argparse.Namespace) -> bool:
    binaries = next(b for b in all_server_binaries() if b.major == major)
    with scratch_server(binaries, settings=SETTINGS) as server, tempfile.TemporaryDirectory() as place:
        programs = Programs(binaries.directory, server)
        size = build(programs, words.megabytes * 1_000_000 * 105 // 100)
        if size < words.megabytes * 1_000_000:
            raise SystemExit(f"the database has {size / 1e6:,.0f} MB only")
        print(f"\n{server.label}, {size / 1e6:,.0f} MB")
        figures = Bench(programs, Path(place), words.only or "", words.quiet, words.patience).run(words.runs)
        return print_table(figures)


class Bench:
    """One server's measurements."""

    def __init__(
        self, programs: Programs, place: Path, only: str, quiet: float = 1.0, patience_seconds: float = 0
    ) -> None:
        self.programs = programs
        self.sql = place / "f.sql"
        self.bare = place / "bare.dump"
        self.backups = place / "backups"
        self.only = only
        self.quiet = quiet
        self.patience_seconds = patience_seconds
        self.shares: list[float] = []
        self.costs: dict[str, list[Cost]] = defaultdict(list)
        self.name = ""
        self.size = 0
        self.compression = "1" if programs.server.major < 16 else "zstd:1"

    def run(self, runs: int) -> Figures:
        for number in range(runs):
            self._turn([self._seed, self._bare, self._ours], number)
            if self.only in {"", "restore"}:
                self._turn([self._seed_restore, self._our_restore, self._verify], number)
        pressure = Pressure(self.programs).run(self.sql, self.backups) if self.only in {"", "pressure"} else {}
        medians = {
            name: Cost(*(statistics.median(getattr(c, f) for c in costs) for f in Cost.__dataclass_fields__))
            for name, costs in self.costs.items()
        }
        print(f"  others took {max(self.shares):.0%} of the processors in the worst turn")
        return Figures(medians, self.sql.stat().st_size, self.size, self.compression, pressure)

    def _turn(self, actions: list[Callable[[], tuple[str, Cost]]], number: int) -> None:
        """In another order each time: a neighbour's load must not fall on the same one."""

        def run() -> None:
            for action in actions[number % len(actions) :] + actions[: number % len(actions)]:
                before_action = own_seconds()
                name, cost = action()
                self.costs[name].append(replace(cost, all_cpu_seconds=own_seconds() - before_action))

        before = {name: len(costs) for name, costs in self.costs.items()}

        def take_back() -> None:
            for name, costs in self.costs.items():
                del costs[before.get(name, 0) :]

        self.shares.append(when_quiet(run, take_back, self.quiet, self.patience_seconds))

    def _seed(self) -> tuple[str, Cost]:
        self.sql.unlink(missing_ok=True)
        return "seed dump", seed_dump(self.programs, self.sql)

    def _bare(self) -> tuple[str, Cost]:
        self.bare.unlink(missing_ok=True)
        return "bare dump", bare_dump(self.programs, self.bare, self.compression)

    def _ours(self) -> tuple[str, Cost]:
        cost, answer = ours("create", self.programs, self.backups)
        self.name, self.size = str(answer["name"]), int(str(answer["size_bytes"]))
        self.compression = str(answer["compression"])
        return "backup", cost

    def _seed_restore(self) -> tuple[str, Cost]:
        return "seed restore", seed_restore(self.programs, self.sql, f"{NAME}_by_psql")

    def _our_restore(self) -> tuple[str, Cost]:
        database = f"{NAME}_restored"
        self.programs.psql("postgres", f"CREATE DATABASE {database} TEMPLATE template0")
        cost, _ = ours("restore", self.programs, self.backups, name=self.name, database=database)
        self.programs.psql("postgres", f"DROP DATABASE {database}")
        return "restore", cost

    def _verify(self) -> tuple[str, Cost]:
        cost, answer = ours("verify", self.programs, self.backups, name=self.name)
        if answer["problems"]:
            raise SystemExit(f"it does not come back equal: {answer['problems']}")
        return "verify", cost


if __name__ == "__main__":
    main()
