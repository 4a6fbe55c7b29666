"""Twenty deployments of a whole compose file under load: no request, no job and no tick may be lost or done twice.

    make bench-set
    make bench-set ARGS="--deployments 3 --rate 20 --busy"

Everything is real: `scripts/deploy.sh`, HAProxy, PostgreSQL in the same compose file, the reference application, a second
web service with a websocket and an event stream, a worker whose jobs take 5 to 20 seconds, and a scheduler that ticks five
times a second. The proof is what the jobs and ticks wrote into the database.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext, suppress
from pathlib import Path

from tests.bench.switch import busy_cores, load
from tests.e2e.foreign import ForeignSite
from tests.e2e.platform import open_platform
from tests.e2e.site import wait_for
from tests.e2e.web_service import ADMIN, Echo, Load, Stream, add_admin, build_admin

COME_BACK = "status 503 with Retry-After"
TABLES = """
CREATE TABLE bench_jobs (id serial PRIMARY KEY, seconds float NOT NULL, claims int NOT NULL DEFAULT 0,
                         ends int NOT NULL DEFAULT 0, worker text);
CREATE TABLE bench_ticks (id serial PRIMARY KEY, at timestamptz NOT NULL DEFAULT clock_timestamp(), process text);
"""
PROGRAM = '''
import asyncio, os, signal, socket, sys
import asyncpg

ME, is_over = socket.gethostname(), asyncio.Event()


async def work(connection):
    """One job after the other; what is begun is finished."""
    while not is_over.is_set():
        job = await connection.fetchrow(
            "UPDATE bench_jobs SET claims = claims + 1, worker = $1 WHERE id = (SELECT id FROM bench_jobs WHERE claims = 0 "
            "ORDER BY id FOR UPDATE SKIP LOCKED LIMIT 1) RETURNING id, seconds", ME)
        if job is None:
            await asyncio.sleep(0.2)
            continue
        await asyncio.sleep(job["seconds"])
        await connection.execute("UPDATE bench_jobs SET ends = ends + 1 WHERE id = $1", job["id"])


async def tick(connection):
    while not is_over.is_set():
        await connection.execute("INSERT INTO bench_ticks (process) VALUES ($1)", ME)
        await asyncio.sleep(0.2)


async def main():
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, is_over.set)
    connection = await asyncpg.connect(os.environ["DATABASE_URL"])
    await {"work": work, "tick": tick}[sys.argv[1]](connection)
    await connection.close()

asyncio.run(main())
'''
SERVICES = """\
  jobs:
    command: ["python", "/bench/program.py", "work"]
    volumes: ["./bench:/bench:ro"]
    stop_grace_period: 40s
  beat:
    command: ["python", "/bench/program.py", "tick"]
    volumes: ["./bench:/bench:ro"]
"""


@contextmanager
def shop(settings: dict[str, str]) -> Iterator[ForeignSite]:
    """The whole file, at its first release."""
    with open_platform() as platform, tempfile.TemporaryDirectory() as directory:
        site = ForeignSite(platform, Path(directory))
        try:
            build_admin(site)
            (site.directory / "bench").mkdir(mode=0o755)
            (site.directory / "bench" / "program.py").write_text(PROGRAM)
            add_admin(site)
            (site.directory / "compose.override.yaml").write_text(ADMIN + SERVICES)
            site.write_settings(**settings)
            site.by_hand("up", "-d", "--wait", "db")
            site.sql(TABLES)
            site.must("--auto-migrate", "--health-check", "--accept-risk", "high", "--reason", "a bench", timeout=500)
            yield site
        finally:
            site.remove()


@contextmanager
def queue(site: ForeignSite) -> Iterator[None]:
    """Jobs of 5, 10, 15 and 20 seconds, always some that wait."""
    is_over = threading.Event()

    def fill() -> None:
        lengths = (5, 10, 15, 20)
        number = 0
        while not is_over.wait(2):
            if int(site.sql("SELECT count(*) FROM bench_jobs WHERE claims = 0")) < 2:
                site.sql(f"INSERT INTO bench_jobs (seconds) VALUES ({lengths[number % 4]})")
                number += 1

    thread = threading.Thread(target=fill)
    thread.start()
    try:
        yield
    finally:
        is_over.set()
        thread.join()


class Connections:
    """A websocket and an event stream that are opened again whenever they end."""

    def __init__(self, site: ForeignSite) -> None:
        self._site = site
        self.open()

    def open(self) -> None:
        """Where one has ended."""
        self.echo, self.stream = Echo(self._site), Stream(self._site)

    def check(self) -> str:
        """Empty where both spoke with one process until they ended."""
        heard = {line.split()[0] for line in self.echo.heard}, {line.split()[1] for line in self.stream.heard}
        return "" if all(len(versions) == 1 for versions in heard) else f"mixed: {heard}"


def deploy(site: ForeignSite, number: int, rate: int) -> tuple[str, bool]:
    """One deployment of all services; its row, and whether nothing was lost."""
    version = ("v2", "v1")[number % 2]
    site.write_settings(TAG=version, ADMIN=version, FLAG=f"f{number}")
    connections, result = Connections(site), list[dict[str, object]]()
    began = time.monotonic()
    with load(site, rate, result), Load(site, "/admin/x") as other:
        done = site.deploy("--skip-migrate", "--health-check", timeout=900)
        seconds = time.monotonic() - began
    failures = dict(result[0]["failures"])  # type: ignore[call-overload]
    come_back = failures.pop(COME_BACK, 0)
    mixed = connections.check()
    if done.exit_code:
        print(done.output, file=sys.stderr)
    asked = sum(other.outcomes.values())
    row = (
        f"| {number + 1} | {done.exit_code} | {seconds:.1f} | {result[0]['sent']} | {sum(failures.values())} | {come_back} | "
        f"{asked} | {asked - other.outcomes['ok']} | {mixed or 'ok'} |"
    )
    is_good = done.exit_code == 0 and not failures and asked == other.outcomes["ok"] and not mixed
    print(row, flush=True)
    return row, is_good


def proof(site: ForeignSite) -> bool:
    """What jobs and ticks wrote: every claimed job ended once, and no two schedulers' ticks are mixed."""
    jobs = site.sql("SELECT count(*), count(*) FILTER (WHERE ends <> 1), max(claims), count(DISTINCT worker) "
                    "FROM bench_jobs WHERE claims > 0").split("|")
    switches = site.sql("SELECT count(*) FROM (SELECT process, lag(process) OVER (ORDER BY at) AS before FROM bench_ticks) t "
                        "WHERE process <> before")
    processes = site.sql("SELECT count(DISTINCT process) FROM bench_ticks")
    ticks = site.sql("SELECT count(*) FROM bench_ticks")
    print(f"\njobs: {jobs[0]} begun by {jobs[3]} workers, {jobs[1]} lost or ended twice, at most {jobs[2]} claim each")
    print(f"ticks: {ticks} by {processes} schedulers, handed over {switches} times (one fewer: never two at once)")
    return jobs[1] == "0" and jobs[2] == "1" and int(switches) == int(processes) - 1


def main() -> int:
    """0 where nothing was lost, and nothing was done twice."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--deployments", type=int, default=20)
    parser.add_argument("--rate", type=int, default=40, help="requests a second to the application")
    parser.add_argument("--busy", action="store_true", help="with a process beside it on every core")
    words = parser.parse_args()
    with shop({"DEPLOY_DRAIN_TIMEOUT_SECONDS": "8", "DEPLOY_START_TIMEOUT_SECONDS": "180"}) as site:
        print(f"\n{words.rate} requests a second, {os.cpu_count()} cores{', each of them busy' if words.busy else ''}\n")
        print("| deployment | exit | s | requests | lost | come back later | to /admin | lost | websocket, stream |")
        print("|---|---|---|---|---|---|---|---|---|", flush=True)
        with queue(site), busy_cores() if words.busy else nullcontext():
            rows = [deploy(site, number, words.rate) for number in range(words.deployments)]
        # The worker goes on with what waits; a job that nobody ends is lost.
        with suppress(AssertionError):
            wait_for(lambda: site.sql("SELECT count(*) FROM bench_jobs WHERE ends = 0") == "0", 120, "the last job")
        is_proven = proof(site)
    return 0 if is_proven and all(is_good for _, is_good in rows) else 1


if __name__ == "__main__":
    sys.exit(main())
