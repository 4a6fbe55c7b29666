"""V3: a release is watched after the switch; what is wrong with it is found, and what follows depends on the schema."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import threading
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from deploy.steps.registry import read_plan
from tests.e2e.site import Site, build_image, wait_for
from tests.published_json import require_published

pytestmark = pytest.mark.docker

# The application answers 500 on one of its pages; its health endpoint knows nothing of it.
BREAK_USERS = (
    "RUN printf 'from fastapi import HTTPException\\nfrom app import routes\\n"
    "def _broken():\\n    raise HTTPException(500)\\n"
    "routes.router.get(\"/broken\")(_broken)\\n' > app/broken.py && sed -i '1i import app.broken' app/main.py"
)
# The application dies 20 s after its start: long after every check of a deployment.
DIE_LATER = "import os, threading; threading.Timer(20, os._exit, [1]).start()"
# Inside a container: the application's process dies, as by a bug; Docker starts the container again.
KILL_APPLICATION = (
    "import os\n"
    "for name in os.listdir('/proc'):\n"
    "    if name.isdigit() and int(name) not in (1, os.getpid()):\n"
    "        words = open(f'/proc/{name}/cmdline', 'rb').read().split(b'\\0')\n"
    "        if words[1:3] == [b'-m', b'app']: os.kill(int(name), 9)\n"
)
# A schema change that keeps everybody out of a table for half a minute.
BLOCKING_REVISION = (
    'from alembic import op\\nrevision = "0008"\\ndown_revision = "0007"\\nbranch_labels = None\\ndepends_on = None\\n'
    'def upgrade():\\n    op.execute("LOCK TABLE orders IN ACCESS EXCLUSIVE MODE")\\n'
    '    op.execute("SELECT pg_sleep(30)")\\n    op.execute("ALTER TABLE orders ADD COLUMN later text")\\n'
    "def downgrade():\\n    pass\\n"
)


@pytest.fixture(scope="module")
def images(platform: Any) -> None:
    for tag, base, line in (
        ("dies", "v2", f"RUN sed -i '1a {DIE_LATER}' app/__main__.py"),
        ("broken-page", "v2", BREAK_USERS), ("dropping-broken", "dropping", BREAK_USERS),
        ("blocking", "v2", f"RUN printf '{BLOCKING_REVISION}' > migrations/versions/0008_next.py"),
    ):
        build_image(platform.client, f"surefoot-e2e:{tag}", [f"FROM surefoot-e2e:{base}", "USER 0", line, "USER 10001"])


@pytest.fixture
def watched_site(running_site: Site, images: None) -> Site:
    running_site.write_settings(
        DEPLOY_WATCH_INTERVAL_SECONDS="1", DEPLOY_WATCH_BEFORE_SECONDS="3", DEPLOY_WATCH_MAX_BLOCK_SECONDS="3",
        DEPLOY_WATCH_MINUTES="1.5", DEPLOY_WATCH_SHORT_MINUTES="0",
    )
    return running_site


@contextmanager
def requests(site: Site, path: str, per_second: float = 20) -> Iterator[dict[int, int]]:
    """Somebody uses the site."""
    counts: dict[int, int] = {}
    is_over = threading.Event()

    def go() -> None:
        while not is_over.wait(1 / per_second):
            try:
                with urllib.request.urlopen(f"http://127.0.0.1:{site.edge_port}{path}", timeout=20) as answer:
                    status = answer.status
            except urllib.error.HTTPError as error:
                status = error.code
            except OSError:
                status = 0
            counts[status] = counts.get(status, 0) + 1

    threads = [threading.Thread(target=go, daemon=True) for _ in range(2)]
    for thread in threads:
        thread.start()
    try:
        yield counts
    finally:
        is_over.set()
        for thread in threads:
            thread.join(timeout=30)


def read_until(process: subprocess.Popen[str], words: str) -> None:
    """Read what it prints up to a line that begins like this."""
    assert process.stdout is not None
    seen = []
    for line in process.stdout:
        seen.append(line)
        if line.startswith(words):
            return
    raise AssertionError(f"it never said {words!r}: {''.join(seen)}")


def is_watched(site: Site) -> bool:
    from deploy.adapters.ledger.sqlite_ledger import SqliteLedger

    ledger = SqliteLedger(site.directory / ".deploy", read_plan)
    try:
        unfinished = ledger.unfinished()
        return unfinished is not None and unfinished.is_being_watched
    finally:
        ledger.close()


def test_a_release_is_good_when_its_watch_has_passed(watched_site: Site) -> None:
    site = watched_site
    with requests(site, "/api/users"):
        done = site.must("--auto-migrate", "--health-check", "--watch", "0.2", "--image", site.push("v2"))
    assert "measure-before" in done.output
    assert "nothing confirmed against release-2" in done.output
    assert site.health()["release"] == "release-2"
    assert site.image_id("latest") == site.version_id("v2")


def test_answers_with_5xx_bring_the_release_before_back_where_the_migration_only_added(watched_site: Site) -> None:
    site = watched_site
    with requests(site, "/api/broken"):
        done = site.deploy("--auto-migrate", "--image", site.push("broken-page"))
    # The application is as it was; the additive revision stays, and that is said.
    assert done.exit_code == 4, done.output
    assert "5xx" in done.output
    assert site.health()["release"] == "release-1"
    assert site.running_image_id() == site.version_id("v1")
    assert site.revision() == "0007"
    assert site.image_id("latest") == site.version_id("v1")
    assert site.json("status")["release"] == "release-1"


def test_restarts_bring_the_release_before_back(watched_site: Site) -> None:
    site = watched_site
    site.must("--skip-migrate", "--image", site.push("v2"))
    process = site.start("--skip-migrate", "--watch", "1", "--image", site.push("v2b"))
    read_until(process, "watch 0.0 of 1 min")  # restarts count from the first sample on
    [container] = site.containers()
    code, output = container.exec_run(["python", "-c", KILL_APPLICATION])
    assert code in {0, 137}, output
    printed, _ = process.communicate(timeout=180)
    assert process.returncode == 1, printed
    assert "1 restarts since the watch began" in printed
    assert site.running_image_id() == site.version_id("v2")
    assert site.health()["release"] == "release-2"


def test_a_crash_some_seconds_after_skip_migrate_is_found_without_being_told_to_watch(watched_site: Site) -> None:
    site = watched_site
    site.write_settings(DEPLOY_WATCH_SHORT_MINUTES="2")
    done = site.deploy("--skip-migrate", "--health-check", "--image", site.push("dies"))
    assert done.exit_code == 1, done.output
    assert "restarts since the watch began" in done.output
    assert site.running_image_id() == site.version_id("v1")
    assert site.health()["release"] == "release-1"


def test_a_table_that_is_blocked_is_found_with_the_blocker(watched_site: Site) -> None:
    site = watched_site
    process = site.start("--skip-migrate", "--watch", "1", "--image", site.push("v2b"))
    wait_for(lambda: is_watched(site), 90, "the watch")
    hold = "BEGIN; LOCK TABLE orders IN ACCESS EXCLUSIVE MODE; SELECT pg_sleep(300)"
    argv = ["psql", "-U", "auto_trader", "-d", site.name, "-c", hold]
    site.platform.database_container.exec_run(argv, detach=True)
    try:
        with requests(site, "/api/orders", per_second=1):
            output, _ = process.communicate(timeout=180)
    finally:
        site.sql("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query LIKE 'BEGIN; LOCK TABLE orders%'")
    assert process.returncode == 1, output
    assert "public.orders" in output
    assert "LOCK TABLE orders" in output
    assert site.running_image_id() == site.version_id("v1")


def test_a_release_whose_predecessor_may_not_work_stays_and_a_person_decides(watched_site: Site) -> None:
    site = watched_site
    words = ("--manual-migrate", "--backup", "--image", site.push("dropping-broken"))
    plan = site.json(*words, "--plan")["plan"]
    with requests(site, "/api/broken"):
        done = site.deploy(*words, "--approve", plan["id"])
    assert done.exit_code == 4, done.output
    assert "release-1 is not known to work with revision" in done.output
    assert site.health()["release"] == "release-2"
    assert site.running_image_id() == site.version_id("dropping-broken")
    assert site.image_id("latest") == site.version_id("dropping-broken")
    assert site.json("status")["release"] == "release-2"
    assert site.revision() == "0008"


def test_a_new_deployment_may_begin_during_a_watch_and_ends_it(watched_site: Site) -> None:
    site = watched_site
    first = site.start("--auto-migrate", "--watch", "5", "--image", site.push("v2"))
    wait_for(lambda: is_watched(site), 90, "the watch")
    second = site.must("--skip-migrate", "--image", site.push("v2b"))
    assert "ends that watch" in second.output
    output, _ = first.communicate(timeout=60)
    assert first.returncode == 0, output
    assert "watch has ended" in output
    assert site.running_image_id() == site.version_id("v2b")
    assert site.health()["release"] == "release-3"
    # release-2 was never called good: the way back leads to release-1.
    site.must("rollback", "--yes")
    assert site.health()["release"] == "release-1"


def test_a_watch_whose_process_was_killed_is_gone_on_with_or_ended(watched_site: Site) -> None:
    site = watched_site
    first = site.start("--auto-migrate", "--watch", "5", "--image", site.push("v2"))
    wait_for(lambda: is_watched(site), 90, "the watch")
    os.kill(first.pid, signal.SIGKILL)
    first.communicate(timeout=30)
    assert site.json("status")["unfinished"] is not None
    assert site.deploy("abort").exit_code == 4  # the additive revision stays
    assert site.running_image_id() == site.version_id("v1")
    assert site.json("status")["unfinished"] is None


def test_the_events_of_watch_are_one_json_document_a_line(watched_site: Site) -> None:
    site = watched_site
    with requests(site, "/api/users"):
        done = site.deploy("watch", "--minutes", "0.1", "--json")
    assert done.exit_code == 0, done.output
    events = [json.loads(line) for line in done.output.splitlines() if line.startswith("{")]
    assert {event["event"] for event in events} == {"sample", "ended"}
    for event in events:
        require_published(["watch"], event)
    samples = [event for event in events if event["event"] == "sample"]
    assert len(samples) >= 5
    assert samples[-1]["rates"]["responses"] > 0
    assert samples[-1]["database"]["connections_max"] > 0
    assert samples[-1]["containers"][0]["memory_bytes"] > 1_000_000
    assert events[-1]["passed"] is True


def test_a_migration_that_keeps_readers_waiting_is_cancelled_and_nothing_is_applied(watched_site: Site) -> None:
    site = watched_site
    site.must("--auto-migrate", "--watch", "0", "--image", site.push("v2"))
    site.write_settings(DEPLOY_MIGRATION_MAX_BLOCK_SECONDS="3", DEPLOY_MIGRATION_BLOCK_ATTEMPTS="1")
    before = site.app_state()
    words = ("--manual-migrate", "--watch", "0", "--image", site.push("blocking"))
    plan = site.json(*words, "--plan")["plan"]
    with requests(site, "/api/orders", per_second=2) as counts:
        done = site.deploy(*words, "--approve", plan["id"])
    assert done.exit_code == 1, done.output
    assert "kept other sessions waiting" in done.output
    assert "orders" in done.output
    assert site.revision() == "0007"
    assert site.app_state() == before
    assert set(counts) == {200}, counts
    assert site.sql("SELECT count(*) FROM pg_stat_activity WHERE query LIKE '%pg_sleep(30)%' AND pid <> pg_backend_pid()") == "0"


def test_the_edges_moving_average_tells_how_slow_the_newest_requests_were(running_site: Site) -> None:
    from concurrent.futures import ThreadPoolExecutor

    from deploy.adapters.edge import HaproxyEdge
    from deploy.model.watching import EdgeCounters
    from deploy.watch.rates import recent_average

    site = running_site
    edge = HaproxyEdge(site.directory / ".deploy" / "edge" / "admin.sock")
    base = f"http://127.0.0.1:{site.edge_port}/api/strategies/1/backtest?seconds="

    def get(seconds: float) -> None:
        with urllib.request.urlopen(f"{base}{seconds}", timeout=30) as answer:  # noqa: S310 - http only
            assert answer.status == 200

    def after_all(sent: int) -> EdgeCounters:
        """The edge counts a response a moment after its client has it."""
        wait_for(lambda: edge.counters().answered >= at_first + sent, 30, "the edge's counting")
        return edge.counters()

    at_first, sent = edge.counters().answered, 0
    with ThreadPoolExecutor(16) as pool:
        for fast_count in (100, 900):  # once before the edge's window is full, once after
            list(pool.map(get, [0.0] * fast_count))
            before = after_all(sent + fast_count)
            list(pool.map(get, [1.0] * 60))
            sent += fast_count + 60
            after = after_all(sent)
            assert after.answered - before.answered == 60
            found, error = recent_average(before, after)
            assert found is not None
            assert 1000 - error - 50 < found < 1000 + error + 400, (found, error, before, after)
    assert after.serving_count == 1
    assert after.failed == before.failed


def test_monitor_tells_of_the_database_while_it_works(running_site: Site) -> None:
    site = running_site
    seen = site.json("monitor")["database"]
    assert seen["revision_ids"] == ["0006"]
    assert {"public.orders", "public.users"} <= {table["name"] for table in seen["tables"]}
    assert seen["totals"]["connections_used"] > 0
    assert seen["problems"] == []
    words = site.must("monitor").output
    assert "public.orders" in words
    assert f"{site.name}, PostgreSQL 15" in words
