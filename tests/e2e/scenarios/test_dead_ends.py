"""States that once had no way out, and outages that once ended a deployment: each has its end and its next command."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

from tests.e2e.site import Site, build_image, free_port, wait_for, wait_for_step

pytestmark = pytest.mark.docker


class Relay:
    """Passes connections on to another socket, until it is stopped; then they are cut and refused."""

    def __init__(self, family: socket.AddressFamily, address: object, target: Callable[[], socket.socket]) -> None:
        self._family, self._address, self._target = family, address, target
        self._listener: socket.socket | None = None
        self._open: list[socket.socket] = []
        self.start()

    def start(self) -> None:
        if isinstance(self._address, str):
            Path(self._address).unlink(missing_ok=True)
        listener = socket.socket(self._family, socket.SOCK_STREAM)
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(self._address)  # type: ignore[arg-type]
        listener.listen(64)
        self._listener = listener
        threading.Thread(target=self._accept, args=(listener,), daemon=True).start()

    def stop(self) -> None:
        listener, self._listener = self._listener, None
        if listener is not None:
            with suppress(OSError):
                listener.shutdown(socket.SHUT_RDWR)
            listener.close()
        for connection in self._open:
            with suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)
        self._open.clear()

    def _accept(self, listener: socket.socket) -> None:
        while True:
            try:
                client, _ = listener.accept()
                server = self._target()
            except OSError:
                return
            self._open += [client, server]
            for one, other in ((client, server), (server, client)):
                threading.Thread(target=_copy, args=(one, other), daemon=True).start()


def _copy(one: socket.socket, other: socket.socket) -> None:
    with suppress(OSError):
        while data := one.recv(65536):
            other.sendall(data)
    with suppress(OSError):
        other.shutdown(socket.SHUT_WR)


@contextmanager
def relayed(site: Site, directory: Path) -> Iterator[tuple[Relay, Relay, dict[str, str]]]:
    """Engine and database behind relays of this test's own; the shared ones are never touched."""

    def engine() -> socket.socket:
        found = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        found.connect("/var/run/docker.sock")
        return found

    path, port = str(directory / "docker.sock"), free_port()
    relays = (
        Relay(socket.AF_UNIX, path, engine),
        Relay(
            socket.AF_INET, ("127.0.0.1", port),
            lambda: socket.create_connection(("127.0.0.1", site.platform.database_port)),
        ),
    )
    url = site.settings["DEPLOY_DATABASE_URL"].replace(f":{site.platform.database_port}/", f":{port}/")
    try:
        yield *relays, {"DOCKER_HOST": f"unix://{path}", "DEPLOY_DATABASE_URL": url}
    finally:
        for relay in relays:
            relay.stop()


def test_an_engine_and_a_database_that_are_away_for_seconds_delay_a_deployment_and_fail_none(
    running_site: Site, tmp_path_factory: pytest.TempPathFactory
) -> None:
    site = running_site
    site.write_settings(DEPLOY_DATABASE_CONTAINER=site.platform.database_container.name)
    with relayed(site, tmp_path_factory.mktemp("relay")) as (engine, database, environment):
        site.push("v2")
        process = site.start("--auto-migrate", "--image", f"{site.repository}:v2", environment=environment)
        wait_for_step(site, process, "migrate-database", 180)
        wait_for(lambda: bool(site.containers("migration")), 60, "the migration's container")
        engine.stop()
        database.stop()
        threading.Timer(3, engine.start).start()
        threading.Timer(5, database.start).start()
        output, _ = process.communicate(timeout=240)
    assert process.returncode == 0, output
    assert "waiting for the Docker engine, at most 120 s" in output
    assert site.revision() == "0007"
    assert site.running_image_id() == site.version_id("v2")
    assert len(site.containers("migration")) == 1


def test_what_can_be_neither_finished_nor_taken_back_can_be_given_up_and_production_goes_on(running_site: Site) -> None:
    site = running_site
    site.write_settings(DEPLOY_START_TIMEOUT_SECONDS="15")
    lost = f"{site.repository}:built-here"
    build_image(site.platform.client, lost, ["FROM surefoot-e2e:v1", f'LABEL only="{site.name}"'])
    lost_id = str(site.platform.client.images.get(lost).id)
    site.must("--skip-migrate", "--image", lost_id)
    process = site.start("--skip-migrate", "--image", site.push("v1-never-healthy"))
    wait_for_step(site, process, "switch-containers", number=3)
    wait_for(lambda: len(site.containers()) == 2, 60, "the second container")
    os.kill(process.pid, signal.SIGSTOP)  # so that it does not meet a container that is half removed
    [old] = [c for c in site.containers() if c.attrs["Image"] == lost_id]
    old.remove(force=True)
    site.platform.client.images.remove(lost_id, force=True)
    os.kill(process.pid, signal.SIGCONT)
    output, _ = process.communicate(timeout=120)
    assert process.returncode == 4, output
    assert "next: ./scripts/deploy.sh abort --give-up" in output
    aborted = site.deploy("abort")
    assert (aborted.exit_code, "abort --give-up" in aborted.output) == (4, True), aborted.output
    given_up = site.deploy("abort", "--give-up", "--reason", "somebody removed its image")
    assert given_up.exit_code == 4, given_up.output
    last = site.json("history")["deployments"][0]
    assert last["state"] == "given-up"
    assert "somebody removed its image" in last["outcome"]
    site.write_settings(DEPLOY_START_TIMEOUT_SECONDS="60")
    site.must("rollback", "--yes")
    assert site.running_image_id() == site.version_id("v1")
    assert site.health()["release"] == "release-1"
    assert len(site.serving_slots()) == 1
    site.must("--auto-migrate", "--health-check", "--image", site.push("v2"))
    assert site.running_image_id() == site.version_id("v2")


def test_a_second_checkout_is_refused_with_the_path_of_the_one_that_deploys(
    running_site: Site, tmp_path_factory: pytest.TempPathFactory
) -> None:
    site, other = running_site, tmp_path_factory.mktemp("other")
    for name in ("docker-compose.prod.yml", ".env"):
        shutil.copy(site.directory / name, other)
    shutil.copytree(site.directory / "edge", other / "edge")
    before = site.app_state()
    here, site.directory = site.directory, other
    done = site.deploy("--auto-migrate", "--image", site.push("v2"))
    assert done.exit_code == 3, done.output
    assert str(here) in done.output
    shared = {"EDGE_RUN": str(here / ".deploy" / "edge")}
    assert site.deploy("--auto-migrate", "--image", f"{site.repository}:v2", environment=shared).exit_code == 3
    site.directory = here
    assert (site.app_state(), site.revision()) == (before, "0006")


def test_a_ledger_that_vanishes_is_noticed_and_what_it_knew_is_read_back(running_site: Site) -> None:
    site = running_site
    site.must("--auto-migrate", "--image", site.push("v2"))
    process = site.start("--skip-migrate", "--image", site.push("v2b"))
    wait_for_step(site, process, "switch-containers", number=3)
    for path in (site.directory / ".deploy").glob("ledger.sqlite3*"):
        path.unlink()
    output, _ = process.communicate(timeout=120)
    assert process.returncode == 4, output
    assert "was deleted while this command ran" in output
    assert "next: ./scripts/deploy.sh recover" in output
    assert site.running_image_id() == site.version_id("v2"), "it was taken back"
    refused = site.deploy("--skip-migrate", "--image", f"{site.repository}:v2b")
    assert (refused.exit_code, "recover" in refused.output) == (3, True), refused.output
    assert site.deploy("recover").exit_code == 3, "nobody said yes"
    site.must("recover", "--yes")
    assert site.json("status")["release"] == "release-2"
    assert site.deploy("recover", "--yes").exit_code == 3, "there is nothing more to read back"
    site.must("rollback", "--yes")
    assert site.running_image_id() == site.version_id("v1")
    assert site.health()["release"] == "release-1"
    site.must("--skip-migrate", "--image", f"{site.repository}:v2b")
    assert site.health()["release"] == "release-3", "no number is used twice"
