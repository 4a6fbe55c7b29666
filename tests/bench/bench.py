"""Our overhead, side by side in one run: deploy.sh against the commands typed by hand; --help against `pass`.

Prints medians, minima and maxima. Never a test: the machine may be shared and noisy.
"""

from __future__ import annotations

import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from tests.e2e.platform import open_platform
from tests.e2e.site import DEPLOY_SH, ROOT, Site

RUNS = 5


def seconds(run: Callable[[], object]) -> float:
    started = time.monotonic()
    run()
    return time.monotonic() - started


def row(name: str, values: list[float]) -> str:
    return f"{name:<44} median {statistics.median(values):7.3f}  min {min(values):7.3f}  max {max(values):7.3f}"


def by_hand(site: Site, reference: str) -> None:
    argv = ["bash", str(ROOT / "tests" / "bench" / "by_hand.sh"), str(site.directory), reference]
    subprocess.run(argv, check=True, timeout=180)


def bench_switch(runs: int) -> None:
    """The same two images in turn, each way; both ways contain the same waits for application and drain."""
    with open_platform() as platform, tempfile.TemporaryDirectory() as directory:
        site = Site(platform, Path(directory))
        site.as_a_user_has_it()
        try:
            references = [site.push("v2"), site.push("v2b")]
            site.must("--auto-migrate", "--health-check", "--image", references[0])
            ours: list[float] = []
            theirs: list[float] = []
            for number in range(runs):
                reference = references[(number + 1) % 2]
                words = ("--skip-migrate", "--health-check", "--image", reference)
                ours.append(seconds(lambda words=words: site.must(*words)))  # type: ignore[misc]
                other = references[number % 2]
                theirs.append(seconds(lambda other=other: by_hand(site, other)))  # type: ignore[misc]
            print(row("deploy.sh --skip-migrate --health-check, s", ours))
            print(row("by hand: pull, tag, scale, drain, curl, s", theirs))
            difference = statistics.median(ours) - statistics.median(theirs)
            print(f"{'overhead (difference of the medians), s':<44} {difference:+.3f}  (allowed: 1.5)")
        finally:
            site.remove()


def bench_help(runs: int) -> None:
    """Start-up alone."""
    bare = [sys.executable, "-c", "pass"]
    helped = [str(DEPLOY_SH), "--help"]
    pairs = [
        (seconds(lambda: subprocess.run(helped, check=True, capture_output=True)),
         seconds(lambda: subprocess.run(bare, check=True, capture_output=True)))
        for _ in range(runs)
    ]
    print(row("deploy.sh --help, s", [pair[0] for pair in pairs]))
    print(row("python -c pass, s", [pair[1] for pair in pairs]))
    ratio = statistics.median(pair[0] for pair in pairs) / statistics.median(pair[1] for pair in pairs)
    print(f"{'ratio':<44} {ratio:.1f}  (allowed: 10)")


if __name__ == "__main__":
    bench_help(20)
    bench_switch(RUNS)
