"""A cache, a page and a database beside the application: no part of a release, and there when it needs them."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from tests.e2e.site import PASSWORD, ROOT, Site, moments, wait_for

pytestmark = pytest.mark.docker

BASE = "surefoot/base-python:bookworm"
CACHE: dict[str, Any] = {"image": BASE, "init": True, "command": ["sleep", "infinity"], "stop_grace_period": "3s"}
# It ends at once where the application's name leads nowhere, as an nginx with an upstream does.
PAGE: dict[str, Any] = {
    **CACHE, "command": ["python", "-c", "import socket, time; socket.gethostbyname('app'); time.sleep(9999)"],
    "depends_on": {"app": {"condition": "service_started"}},
}
STORE: dict[str, Any] = {
    "image": "surefoot/base-postgres:bookworm", "volumes": ["store:/var/lib/postgresql/data"],
    "environment": {"POSTGRES_USER": "auto_trader", "POSTGRES_PASSWORD": PASSWORD, "POSTGRES_DB": "shop"},
    "stop_signal": "SIGINT", "stop_grace_period": "30s",
    "healthcheck": {"test": ["CMD", "pg_isready", "-q", "-U", "auto_trader"], "interval": "1s", "retries": 30},
}
MOMENTS = [f"{moment}:start-accessories" for moment in ("before", "begun", "done")] + ["inside:accessory-started"]


def write(site: Site, **services: dict[str, Any]) -> None:
    """The project's own file is not touched: a second one has what is no part of the release."""
    volumes = {"volumes": {"store": {}}} if "store" in services else {}
    (site.directory / "beside.yml").write_text(json.dumps({"services": services, **volumes}))
    site.write_settings(DEPLOY_COMPOSE_FILES="docker-compose.prod.yml:beside.yml", DEPLOY_SETTLE_SECONDS="1")


def ids(site: Site, service: str) -> list[tuple[str, str]]:
    return [(c.id, c.status) for c in site.containers(service)]


def states(site: Site) -> dict[str, str]:
    return {one["service"]: one["state"] for one in site.json("accessories")["accessories"]}


@pytest.fixture
def shop(site: Site) -> Iterator[Site]:
    yield site
    for container in site.containers("store"):
        container.remove(force=True)
    for volume in site.platform.client.volumes.list(filters={"label": f"com.docker.compose.project={site.name}"}):
        volume.remove(force=True)


def test_the_first_deployment_starts_them_the_next_leaves_them_and_up_applies_the_file(shop: Site) -> None:
    write(shop, cache=CACHE, page=PAGE, store=STORE)
    image = shop.push("v1")
    planned = shop.must("--auto-migrate", "--health-check", "--image", image, "--plan")
    assert "starts cache, store: absent" in planned.output
    assert ids(shop, "cache") == []
    done = shop.must("--auto-migrate", "--health-check", "--image", image)
    assert "starts page: absent" in done.output, "it needs the application, and comes after it"
    before = {name: ids(shop, name) for name in ("cache", "page", "store")}
    assert {status for found in before.values() for _, status in found} == {"running"}
    assert states(shop) == dict.fromkeys(("cache", "page", "store"), "as-the-file-says")

    write(shop, cache={**CACHE, "environment": {"SIZE": "2"}}, page=PAGE, store={**STORE, "shm_size": "128m"})
    shop.must("--skip-migrate", "--image", shop.push("v1b"))
    assert {name: ids(shop, name) for name in before} == before, "a deployment recreates none"

    assert states(shop) == {"cache": "changed-since", "page": "as-the-file-says", "store": "changed-since"}
    listed = shop.must("accessories")
    assert "./scripts/deploy.sh accessories up cache" in listed.output
    assert "cache is away while it is recreated" in shop.must("accessories", "up", "cache", "--plan").output
    assert shop.deploy("accessories", "up", "cache").exit_code == 3, "nobody said yes"
    assert ids(shop, "cache") == before["cache"]
    document = shop.json("accessories", "up", "cache", "--yes")
    assert (document["what"], document["is_done"], document["accessory"]["state"]) == ("recreate", True, "as-the-file-says")
    assert 0 < document["away_seconds"] < 10
    assert ids(shop, "cache") != before["cache"]
    assert "runs as the file says" in shop.must("accessories", "up", "cache").output

    in_store(shop, "CREATE TABLE kept AS SELECT 7 AS n")
    refused = shop.deploy("accessories", "up", "store", "--yes")
    assert refused.exit_code == 3, refused.output
    assert "--confirm store" in refused.output
    assert ids(shop, "store") == before["store"]
    shop.must("accessories", "up", "store", "--confirm", "store")
    assert ids(shop, "store") != before["store"]
    assert in_store(shop, "SELECT n FROM kept") == "7"


def in_store(site: Site, query: str) -> str:
    [store] = site.containers("store")
    code, output = store.exec_run(["psql", "-U", "auto_trader", "-d", "shop", "-At", "-c", query])
    assert code == 0, output.decode()
    return str(output.decode().strip())


def test_one_that_was_stopped_is_left_alone_and_named_with_its_command(shop: Site) -> None:
    write(shop, cache=CACHE)
    shop.must("--auto-migrate", "--image", shop.push("v1"))
    [cache] = shop.containers("cache")
    cache.stop(timeout=3)
    done = shop.must("--skip-migrate", "--image", shop.push("v1b"))
    assert "./scripts/deploy.sh accessories up cache" in done.output
    assert ids(shop, "cache") == [(cache.id, "exited")]
    shop.must("accessories", "up", "cache", "--yes")
    assert ids(shop, "cache") == [(cache.id, "running")]


def test_an_image_that_is_nowhere_is_found_before_anything_is_changed(shop: Site) -> None:
    write(shop, cache={**CACHE, "image": f"{shop.platform.repository_host}/nobody/cache:1"})
    done = shop.deploy("--auto-migrate", "--image", shop.push("v1"))
    assert done.exit_code == 3, done.output
    assert "service cache" in done.output
    assert (shop.revision(), shop.containers(), shop.containers("edge"), shop.containers("cache")) == ("", [], [], [])
    write(shop, cache={"build": {"context": "."}, "command": ["sleep", "9"]})
    done = shop.deploy("--auto-migrate", "--image", shop.version_id("v1"))
    assert done.exit_code == 3, done.output
    assert "build cache" in done.output
    assert shop.revision() == ""


def test_images_of_the_edge_and_of_an_accessory_are_pulled_on_a_new_machine(shop: Site) -> None:
    client = shop.platform.client
    names = {"edge": "surefoot/base-haproxy:bookworm", "cache": BASE}
    for name, base in names.items():
        reference = f"{shop.repository}-{name}"
        client.images.get(base).tag(reference, "1")
        for line in client.images.push(reference, "1", stream=True, decode=True):
            assert "error" not in line, line
        client.images.remove(f"{reference}:1")
    write(shop, cache={**CACHE, "image": f"{shop.repository}-cache:1"})
    shop.write_settings(EDGE_IMAGE=f"{shop.repository}-edge:1")
    image = shop.push("v1")
    planned = shop.must("--auto-migrate", "--image", image, "--plan")
    assert f"{shop.repository}-edge:1 of service edge is not on this machine: it would be pulled" in planned.output
    assert not client.images.list(name=f"{shop.repository}-edge")
    try:
        shop.must("--auto-migrate", "--image", image)
        assert shop.health()["status"] == "ok"
        assert [status for _, status in ids(shop, "cache")] == ["running"]
    finally:
        shop.remove()
        for name in names:
            for found in client.images.list(name=f"{shop.repository}-{name}"):
                client.images.remove(f"{shop.repository}-{name}:1", force=True)
                assert found


def test_a_deployment_that_is_taken_back_says_what_stays(shop: Site) -> None:
    write(shop, cache=CACHE, broken={**CACHE, "command": ["python", "-c", "print('no licence'); raise SystemExit(3)"],
                                     "depends_on": {"cache": {"condition": "service_started"}}})
    shop.write_settings(DEPLOY_SETTLE_SECONDS="10")  # a busy machine starts a Python slowly
    done = shop.deploy("--auto-migrate", "--image", shop.push("v1"))
    assert done.exit_code == 1, done.output
    assert "broken was started, and ended with exit code 3" in done.output
    assert "no licence" in done.output
    assert "no release owns cache, broken: started by this deployment, and left there" in done.output
    assert (shop.revision(), shop.containers()) == ("", [])
    assert [status for _, status in ids(shop, "cache")] == ["running"]


def killed(site: Site, fault: str) -> None:
    write(site, cache=CACHE)
    done = site.deploy(
        "--auto-migrate", "--health-check", "--image", site.push("v1"), environment={
            "SUREFOOT_FAULT": fault, "SUREFOOT_ROOT": str(ROOT), "PYTHONPATH": str(ROOT / "tests" / "e2e" / "faults"),
        },
    )
    assert done.exit_code == -9, done.output


@pytest.mark.parametrize("fault", moments(MOMENTS, ["begun:start-accessories"]))
def test_a_deployment_killed_while_they_start_is_finished_by_resume(shop: Site, fault: str) -> None:
    killed(shop, fault)
    shop.must("resume")
    assert [status for _, status in ids(shop, "cache")] == ["running"]
    assert shop.running_image_id() == shop.version_id("v1")


@pytest.mark.parametrize("fault", moments(MOMENTS, ["inside:accessory-started"]))
def test_a_deployment_killed_while_they_start_is_taken_back_and_says_what_stays(shop: Site, fault: str) -> None:
    killed(shop, fault)
    done = shop.must("abort")
    is_started = fault in {"done:start-accessories", "inside:accessory-started"}
    assert ("no release owns cache" in done.output) is is_started
    assert len(ids(shop, "cache")) == is_started
    assert shop.containers() == []


def test_a_database_in_the_same_file_is_started_before_the_look_and_never_recreated(shop: Site) -> None:
    write(shop, store=STORE)
    url = f"postgresql://auto_trader:{PASSWORD}@store:5432/shop"
    shop.write_settings(DATABASE_URL=url, DEPLOY_DATABASE_URL="")
    image = shop.push("v1")
    refused = shop.deploy("--auto-migrate", "--image", image, "--plan")
    assert refused.exit_code == 3, refused.output
    assert "./scripts/deploy.sh accessories up store" in refused.output
    assert ids(shop, "store") == []

    done = shop.must("--auto-migrate", "--health-check", "--image", image)
    assert "store, the database of the compose file, has no container: made and started" in done.output
    assert in_store(shop, "SELECT version_num FROM alembic_version") == "0006"
    [store] = shop.containers("store")

    store.stop(timeout=30)
    status = shop.deploy("status")
    assert status.exit_code == 3, status.output
    assert "service store, the database of the compose file, is not running" in status.output
    assert "./scripts/deploy.sh accessories up store" in status.output
    shop.must("--auto-migrate", "--health-check", "--image", shop.push("v2"))
    assert ids(shop, "store") == [(store.id, "running")], "the same container"
    wait_for(lambda: shop.health()["status"] == "ok", 30, "the application")
