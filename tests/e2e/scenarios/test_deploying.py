"""Deployments that go well, and what must be true of production afterwards."""

from __future__ import annotations

import json

import pytest

from tests.e2e.site import Site

pytestmark = pytest.mark.docker


def test_the_first_deployment_migrates_an_empty_database_and_serves(site: Site) -> None:
    site.as_a_user_has_it()
    site.must("--auto-migrate", "--health-check", "--image", site.push("v1"))
    assert site.revision() == "0006"
    assert site.running_image_id() == site.version_id("v1")
    assert site.health()["release"] == "release-1"
    assert site.image_id("latest") == site.image_id("release-1") == site.version_id("v1")
    assert len(site.serving_slots()) == 1


def test_a_second_release_with_a_migration_under_load_loses_no_request(running_site: Site) -> None:
    site = running_site
    site.as_a_user_has_it()
    reference = site.push("v2")
    # So many that a busy machine serves them: what the application itself refuses says nothing of the switch.
    load = site.load(rate=25, seconds=122)  # of 3,050: every twelfth lasts 5 s, every fourth writes
    site.must("--auto-migrate", "--backup", "--health-check", "--image", reference)
    printed, _ = load.communicate(timeout=180)
    sent = json.loads(printed)
    assert sent["failures"] == {}
    assert sent["sent"] >= 3000
    assert sent["slow"] >= 20
    assert sent["post"] >= 750
    assert int(site.sql("SELECT count(*) FROM users")) == sent["post"]
    assert site.revision() == "0007"
    assert site.running_image_id() == site.version_id("v2")
    assert site.image_id("backup") == site.version_id("v1")
    assert site.image_id("latest") == site.version_id("v2")
    assert [path.name for path in site.backups()] == [b["name"] for b in site.json("backup", "list")["backups"]]
    assert len(site.backups()) == 1


def test_a_rollback_brings_the_release_before_back_on_the_newer_schema(running_site: Site) -> None:
    site = running_site
    site.must("--auto-migrate", "--image", site.push("v2"))
    site.must("rollback", "--yes")
    assert site.running_image_id() == site.version_id("v1")
    assert site.revision() == "0007"
    assert site.health()["release"] == "release-1"
    assert site.image_id("latest") == site.version_id("v1")
    assert site.image_id("backup") == site.version_id("v2")


def test_a_retag_by_hand_is_deployed_without_pulling_over_it(running_site: Site) -> None:
    site = running_site
    site.push("v2", "latest")
    site.must("--skip-migrate", "--image", site.push("v2b"))
    image = site.platform.client.images.get(f"{site.repository}:backup")
    image.tag(site.repository, "latest")
    site.must("--skip-migrate")
    assert site.running_image_id() == site.version_id("v1")
    site.must("--skip-migrate", "--pull")
    assert site.running_image_id() == site.version_id("v2")


def test_an_application_that_cannot_run_twice_is_stopped_first(running_site: Site) -> None:
    site = running_site
    site.write_settings(DEPLOY_SWITCH="stop-first")
    done = site.must("--auto-migrate", "--health-check", "--image", site.push("v2"))
    assert "users are not served" in done.output
    assert site.running_image_id() == site.version_id("v2")
    assert site.health()["release"] == "release-2"


def test_two_replicas_are_switched_one_beside_the_other(site: Site) -> None:
    site.write_settings(DEPLOY_REPLICAS="2")
    site.must("--auto-migrate", "--health-check", "--image", site.push("v1"))
    site.must("--auto-migrate", "--health-check", "--image", site.push("v2"))
    assert {c.attrs["Image"] for c in site.containers()} == {site.version_id("v2")}
    assert len(site.containers()) == len(site.serving_slots()) == 2


def test_a_plan_changes_nothing_and_its_id_is_approved_later(running_site: Site) -> None:
    site = running_site
    reference = site.push("dropping")
    before = site.app_state()
    words = ("--manual-migrate", "--backup", "--image", reference)
    plan = site.json(*words, "--plan")
    assert plan["risk"]["level"] == "very high"
    assert plan["plan"]["needs_approval"] == "typed"
    assert site.deploy(*words).exit_code == 3
    assert site.deploy(*words, "--yes").exit_code == 3
    assert site.deploy(*words, "--approve", "000000000000").exit_code == 3
    assert site.deploy(*words, "--approve", plan["plan"]["id"], "--confirm", "another").exit_code == 3
    assert site.app_state() == before
    assert site.revision() == "0006"
    site.must(*words, "--approve", plan["plan"]["id"])
    assert site.revision() == "0008"


def test_a_backup_alone_restores_with_equal_content(running_site: Site) -> None:
    site = running_site
    site.sql("INSERT INTO users (email) SELECT 'u' || n || '@example.com' FROM generate_series(1, 1000) AS n")
    before = site.app_state()
    site.must("--backup")
    assert site.app_state() == before
    [directory] = site.backups()
    path = directory / "database.dump"
    assert directory.stat().st_mode & 0o777 == 0o700
    assert path.stat().st_mode & 0o777 == 0o600
    copy = f"{site.name}_copy"
    site.platform.sql(f'CREATE DATABASE "{copy}"')
    try:
        container = site.platform.database_container
        import io
        import tarfile

        packed = io.BytesIO()
        with tarfile.open(fileobj=packed, mode="w") as tar:
            tar.add(path, arcname="copy.dump")
        container.put_archive("/tmp", packed.getvalue())
        code, output = container.exec_run(["pg_restore", "-U", "auto_trader", "-d", copy, "-e", "/tmp/copy.dump"])
        assert code == 0, output
        query = "SELECT count(*), md5(string_agg(u::text, ',' ORDER BY id)) FROM users AS u"
        assert site.platform.sql(query, copy) == site.sql(query)
    finally:
        site.platform.sql(f'DROP DATABASE "{copy}"')
    [listed] = site.json("backup", "list")["backups"]
    import hashlib

    assert {t["name"]: t["rows"] for t in listed["tables"]}["public.users"] == 1000
    assert listed["files"][0]["sha256"] == hashlib.sha256(path.read_bytes()).hexdigest()


def test_migration_by_hand_works_and_its_log_is_kept(running_site: Site) -> None:
    import subprocess

    site = running_site
    site.must("--skip-migrate", "--image", site.push("v2"))
    argv = ["docker", "compose", "-f", "docker-compose.prod.yml", "--profile", "migration", "up", "migration"]
    subprocess.run(argv, cwd=site.directory, check=True, capture_output=True, timeout=120)
    assert site.revision() == "0007"
    logs = subprocess.run(
        ["docker", "logs", f"{site.name}_migration"], capture_output=True, text=True, check=True
    )
    assert "0006 -> 0007" in logs.stdout + logs.stderr


def test_another_projects_service_of_the_same_name_on_a_shared_network_gets_no_requests(running_site: Site) -> None:
    client = running_site.platform.client
    [network] = client.networks.list(names=[f"{running_site.name}_default"])
    # It passes the edge's check, and its answer is not the application's.
    program = (
        "import http.server as h\nclass S(h.BaseHTTPRequestHandler):\n"
        "    def do_GET(self):\n        self.send_response(200); self.end_headers(); self.wfile.write(b'stranger')\n"
        "h.HTTPServer(('', 8000), S).serve_forever()"
    )
    stranger = client.containers.create("surefoot/base-python:bookworm", ["python", "-c", program])
    try:
        network.connect(stranger, aliases=["app"])
        stranger.start()
        stranger.reload()
        address = stranger.attrs["NetworkSettings"]["Networks"][network.name]["IPAddress"]
        done = running_site.must("--auto-migrate", "--health-check", "--image", running_site.push("v2"))
        assert address in done.output
        assert all(running_site.health() for _ in range(20)), "an answer that is no JSON raises"
        assert running_site.serving_slots() == [
            c.attrs["NetworkSettings"]["Networks"][network.name]["IPAddress"] for c in running_site.containers()
        ]
    finally:
        stranger.remove(force=True)
