"""Deployments under load, on an idle machine and with every core busy; and a watch that must not roll back.

    make bench-switch
    make bench-switch ARGS="--deployments 3 --rate 20 --watch-minutes 1"

Everything is real: `scripts/deploy.sh`, HAProxy, PostgreSQL, the reference application. The load is open loop and retries
nothing. A request is lost when it is answered with anything but 2xx; a 503 with Retry-After, with which the application
says that more comes than it can serve, is counted by itself: with every core busy, the load of an idle machine is too much.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from deploy.adapters.edge import HaproxyEdge
from deploy.model.watching import EdgeCounters
from tests.e2e.platform import open_platform
from tests.e2e.site import ROOT, Site

RATES = (10, 20, 40, 60, 80, 120, 160, 240, 320, 480)
RATE_SECONDS = 10.0
COME_BACK = "status 503 with Retry-After"
VERSIONS = ("v2", "v2b")
LONGEST_LOAD_SECONDS = 600
LOOP = "while True: pass"


@dataclass(frozen=True)
class Row:
    """One deployment."""

    where: str
    number: int
    exit_code: int
    seconds: float
    sent: int
    lost: int
    come_back: int
    refused: int
    unchecked: int
    failures: str


@contextmanager
def busy_cores() -> Iterator[None]:
    """As many processes as cores, each of which takes one."""
    loops = [subprocess.Popen([sys.executable, "-c", LOOP]) for _ in range(os.cpu_count() or 1)]
    try:
        yield
    finally:
        for loop in loops:
            loop.kill()
            loop.wait()


@contextmanager
def load(
    site: Site, rate: int, result: list[dict[str, object]], longest_seconds: float = LONGEST_LOAD_SECONDS
) -> Iterator[None]:
    """Requests until the block ends, or for the longest time; their count is appended to `result`."""
    with tempfile.TemporaryDirectory() as directory:
        stop = Path(directory) / "stop"
        process = subprocess.Popen(
            [sys.executable, str(ROOT / "scripts" / "load.py"), "--url", f"http://127.0.0.1:{site.edge_port}", "--rate",
             str(rate), "--seconds", str(longest_seconds), "--until-file", str(stop)],
            stdout=subprocess.PIPE, text=True,
        )
        try:
            yield
        finally:
            stop.touch()
            output, _ = process.communicate(timeout=120)
            result.append(json.loads(output))


def highest_rate(site: Site) -> int:
    """The highest of `RATES` that is served without an error; the machine should be idle."""
    best = 0
    for rate in RATES:
        result: list[dict[str, object]] = []
        with load(site, rate, result):
            time.sleep(RATE_SECONDS)
        print(f"{rate} requests a second: {result[0]}", file=sys.stderr, flush=True)
        if result[0]["failed"]:
            break
        best = rate
    return best


def deploy_under_load(site: Site, where: str, number: int, rate: int) -> Row:
    """One `--skip-migrate` deployment of the other image."""
    reference = site.push(next(version for version in VERSIONS if site.version_id(version) != site.running_image_id()))
    edge = HaproxyEdge(site.directory / ".deploy" / "edge" / "admin.sock")
    result: list[dict[str, object]] = []
    before: EdgeCounters = edge.counters()
    began = time.monotonic()
    with load(site, rate, result):
        time.sleep(2)
        done = site.deploy("--skip-migrate", "--health-check", "--watch", "0", "--image", reference, timeout=500)
        seconds = time.monotonic() - began - 2
        time.sleep(2)
    after = edge.counters()
    failures = dict(result[0]["failures"])  # type: ignore[call-overload]
    come_back = failures.pop(COME_BACK, 0)
    if done.exit_code:
        print(done.output, file=sys.stderr)
    return Row(
        where, number + 1, done.exit_code, seconds, int(str(result[0]["sent"])), sum(failures.values()), come_back,
        after.refused - before.refused, after.unchecked - before.unchecked, json.dumps(failures) if failures else "",
    )


def print_table(rate: int, rows: list[Row]) -> None:
    """Markdown."""
    print(f"\n{rate} requests a second, {os.cpu_count()} cores\n")
    print("| machine | deployment | exit | s | requests | lost | come back later | refused by the edge | unchecked | how lost |")
    print("|---|---|---|---|---|---|---|---|---|---|")
    for row in rows:
        print(
            f"| {row.where} | {row.number} | {row.exit_code} | {row.seconds:.1f} | {row.sent} | {row.lost} | "
            f"{row.come_back} | {row.refused} | {row.unchecked} | {row.failures} |", flush=True,
        )


def watch_busy(site: Site, rate: int, minutes: float) -> bool:
    """Whether a good release is still there after a watch with every core busy."""
    reference, result = site.push(VERSIONS[0]), list[dict[str, object]]()
    site.must("--skip-migrate", "--health-check", "--watch", "0", "--image", site.push(VERSIONS[1]), timeout=500)
    longest_seconds = (2 * minutes + 15) * 60
    with load(site, rate, result, longest_seconds):
        time.sleep(3)
        process = site.start("--skip-migrate", "--watch", str(minutes), "--image", reference)
        lines: list[str] = []
        assert process.stdout is not None
        with busy_when_watched(process.stdout, lines):
            process.wait(timeout=longest_seconds)
    print("".join(lines))
    is_kept = site.running_image_id() == site.version_id(VERSIONS[0])
    print(f"\nwatch of {minutes:g} min with every core busy: exit {process.returncode}, "
          f"{'no rollback' if is_kept else 'ROLLED BACK'}; requests meanwhile: {result[0]}")
    return is_kept


@contextmanager
def busy_when_watched(stream: Iterator[str], lines: list[str]) -> Iterator[None]:
    """Read to the end; from the first line of the watch on, every core is busy."""
    for line in stream:
        lines.append(line)
        if line.startswith("watch "):
            break
    with busy_cores():
        lines += list(stream)
        yield


def main() -> int:
    """0 where nothing was lost on the idle machine, the edge refused nothing, and nothing was rolled back."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--deployments", type=int, default=15)
    parser.add_argument("--rate", type=int, default=0, help="requests a second; 0: the highest that is served")
    parser.add_argument("--watch-minutes", type=float, default=30)
    words = parser.parse_args()
    with open_platform() as platform, tempfile.TemporaryDirectory() as directory:
        site = Site(platform, Path(directory))
        site.as_a_user_has_it()
        site.write_settings(DEPLOY_WATCH_INTERVAL_SECONDS="5", DEPLOY_STOP_GRACE_SECONDS="30", DEPLOY_WATCH_MINUTES="10")
        try:
            site.must("--auto-migrate", "--health-check", "--watch", "0", "--image", site.push("v2b"), timeout=500)
            rate = words.rate or highest_rate(site)
            rows = [deploy_under_load(site, "idle", number, rate) for number in range(words.deployments)]
            with busy_cores():
                rows += [deploy_under_load(site, "busy", number, rate) for number in range(words.deployments)]
            print_table(rate, rows)
            is_kept = watch_busy(site, rate, words.watch_minutes) if words.watch_minutes else True
        finally:
            site.remove()
    is_lost = any(row.refused or row.exit_code for row in rows) or any(row.lost for row in rows)
    return 0 if is_kept and not is_lost else 1


if __name__ == "__main__":
    sys.exit(main())
