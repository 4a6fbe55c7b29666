"""How much of the processors others took: figures of a machine that is shared say so, or wait for a quiet moment."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

CLOCK = os.sysconf("SC_CLK_TCK")
PAUSE_SECONDS = 3.0


def when_quiet(turn: Callable[[], None], undo: Callable[[], None], most_share: float, patience_seconds: float) -> float:
    """Run a turn; take it back and try again while others took more than that, and there is patience left.

    Args:
        most_share: of all processors, 0 to 1.

    Returns:
        The share that others took of the turn that counts.
    """
    deadline = time.monotonic() + patience_seconds
    while True:
        busy, own, began = _busy_seconds(), own_seconds(), time.monotonic()
        turn()
        all_seconds = (time.monotonic() - began) * (os.cpu_count() or 1)
        share = max(0.0, (_busy_seconds() - busy) - (own_seconds() - own)) / all_seconds
        if share <= most_share or time.monotonic() > deadline:
            return share
        undo()
        time.sleep(PAUSE_SECONDS)


def _busy_seconds() -> float:
    """All processors, since the start of the machine; waiting for the disk is not busy."""
    words = Path("/proc/stat").read_text(encoding="ascii").splitlines()[0].split()[1:]
    user, nice, system, _, _, irq, soft_irq, steal = (int(word) for word in words[:8])
    return (user + nice + system + irq + soft_irq + steal) / CLOCK


def own_seconds() -> float:
    """This process and all that came of it, the ended ones too: a parent keeps the sum of its ended children."""
    parents: dict[int, int] = {}
    used: dict[int, float] = {}
    for path in Path("/proc").glob("[0-9]*/stat"):
        with suppress(OSError):
            words = path.read_text(encoding="utf-8", errors="replace").rpartition(")")[2].split()
            pid = int(path.parent.name)
            parents[pid] = int(words[1])
            used[pid] = sum(int(word) for word in words[11:15]) / CLOCK
    return sum(seconds for pid, seconds in used.items() if _is_ours(pid, parents))


def _is_ours(pid: int, parents: dict[int, int]) -> bool:
    while pid > 1 and pid != os.getpid():
        pid = parents.get(pid, 0)
    return pid == os.getpid()
