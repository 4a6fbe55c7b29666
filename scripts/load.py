"""A small, bounded load on one URL, for the demo and the tests: GET, POST and 5 s requests; nothing is retried.

Prints one JSON line: requests sent, failed, the slow ones among them, what failed. Exit 0 always:
judging is the caller's business.
"""

import argparse
import asyncio
import json
import os
import time
from collections import Counter
from pathlib import Path
from urllib.parse import urlsplit

DEFAULT_SECONDS = 600
TIMEOUT_SECONDS = 20


async def request(host: str, port: int, method: str, path: str, body: bytes) -> str:
    """One request on a connection of its own; `ok`, or what went wrong."""
    try:
        async with asyncio.timeout(TIMEOUT_SECONDS):
            reader, writer = await asyncio.open_connection(host, port)
            try:
                head = f"{method} {path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n"
                head += f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
                writer.write(head.encode() + body)
                await writer.drain()
                answer = await reader.read()
            finally:
                writer.close()
    except (OSError, TimeoutError) as error:
        return type(error).__name__
    status = answer[9:12].decode(errors="replace")
    if status == "503" and b"\r\nretry-after:" in answer.partition(b"\r\n\r\n")[0].lower():
        return "status 503 with Retry-After"
    return "ok" if status[:1] == "2" else f"status {status or 'none'}"


async def run(arguments: argparse.Namespace) -> dict[str, object]:
    """Open loop: a new request each tick, whatever became of those before."""
    parts = urlsplit(arguments.url)
    host, port = parts.hostname or "127.0.0.1", parts.port or 80
    outcomes: Counter[str] = Counter()
    counts: Counter[str] = Counter()
    pending: set[asyncio.Task[str]] = set()
    started = time.monotonic()
    tick = 0
    while time.monotonic() - started < arguments.seconds:
        if is_over(arguments):
            break
        kind, method, path, body = pick(tick, arguments.rate)
        counts[kind] += 1
        task = asyncio.create_task(request(host, port, method, path, body))
        task.add_done_callback(lambda done: outcomes.update([done.result()]))
        pending.add(task)
        task.add_done_callback(pending.discard)
        tick += 1
        await asyncio.sleep(max(0.0, started + tick / arguments.rate - time.monotonic()))
    while pending:
        await asyncio.wait(pending)
    failed = {name: count for name, count in outcomes.items() if name != "ok"}
    return {"sent": sum(outcomes.values()), "failed": sum(failed.values()), **counts, "failures": failed}


def is_over(arguments: argparse.Namespace) -> bool:
    """Whether the one who asked for the load wants no more, or was killed."""
    if arguments.parent and os.getppid() != arguments.parent:
        return True
    return bool(arguments.until_file and Path(arguments.until_file).exists())


def pick(tick: int, rate: int) -> tuple[str, str, str, bytes]:
    """Two 5 s requests a second, one POST in three, GET else."""
    if tick % max(1, rate // 2) == 0:
        return "slow", "GET", "/api/strategies/1/backtest?seconds=5", b""
    if tick % 3 == 0:
        email = f"load-{time.time_ns()}-{tick}@example.com"
        return "post", "POST", "/api/users", json.dumps({"email": email, "name": "load"}).encode()
    return "get", "GET", "/api/users?limit=1", b""


def main() -> None:
    """Parse, run, print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--url", required=True)
    parser.add_argument("--rate", type=int, default=100, help="requests a second")
    parser.add_argument("--seconds", type=float, default=DEFAULT_SECONDS, help="it ends after this time at the latest")
    parser.add_argument("--until-file", help="stop when this file exists")
    parser.add_argument("--parent", type=int, metavar="PID", help="stop when this process, which started us, is gone")
    print(json.dumps(asyncio.run(run(parser.parse_args()))))


main()
