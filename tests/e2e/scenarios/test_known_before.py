"""What would fail after the migration is found before it: nothing is migrated, what served serves."""

from __future__ import annotations

import pytest

from tests.e2e.site import Site

pytestmark = pytest.mark.docker

CHECK = 'test: ["CMD", "python", "-I", "-S", "/srv/app/healthcheck.py"]'
DEPLOY = ("--auto-migrate", "--health-check", "--image")


@pytest.fixture(autouse=True)
def _tried_before_the_migration(site: Site) -> None:
    site.as_a_user_has_it()


def rewrite(site: Site, name: str, old: str, new: str) -> None:
    path = site.directory / name
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new))


def require_nothing_left(site: Site) -> None:
    labels = [f"com.docker.compose.project={site.name}", "com.docker.compose.oneoff=True"]
    assert site.platform.client.containers.list(all=True, filters={"label": labels}) == []


@pytest.mark.parametrize(
    ("overlay", "key"),
    [
        ("services: {app: {network_mode: host}}", "network_mode: host"),
        (
            "services: {app: {networks: {default: {ipv4_address: 10.231.77.10}}}}\n"
            "networks: {default: {ipam: {config: [{subnet: 10.231.77.0/24}]}}}",
            "networks.default.ipv4_address",
        ),
    ],
)
def test_a_file_that_two_versions_cannot_share_is_refused_with_the_key(site: Site, overlay: str, key: str) -> None:
    (site.directory / "overlay.yml").write_text(overlay)
    site.write_settings(DEPLOY_COMPOSE_FILES="docker-compose.prod.yml:overlay.yml")
    done = site.deploy(*DEPLOY, site.push("v1"))
    assert done.exit_code == 3, done.output
    assert key in done.output
    assert "stop-first" in done.output
    assert (site.revision(), site.containers()) == ("", [])


def test_a_health_check_whose_program_the_image_lacks_is_refused_before_the_migration(running_site: Site) -> None:
    site = running_site
    before = site.app_state()
    rewrite(site, "docker-compose.prod.yml", CHECK, 'test: ["CMD-SHELL", "curl -f http://127.0.0.1:8000/ || exit 1"]')
    done = site.deploy(*DEPLOY, site.push("v2"))
    assert done.exit_code == 3, done.output
    assert "curl" in done.output
    assert "not found" in done.output
    assert (site.revision(), site.app_state()) == ("0006", before)


def test_a_health_path_that_the_application_lacks_is_found_before_the_first_migration(site: Site) -> None:
    rewrite(site, "edge/haproxy.cfg", "GET /api/health", "GET /healthz")
    done = site.deploy(*DEPLOY, site.push("v2"))
    assert done.exit_code == 1, done.output
    assert "answers 404 to /healthz" in done.output
    assert (site.revision(), site.containers()) == ("", [])
    require_nothing_left(site)


def test_a_release_that_cannot_start_is_found_before_the_migration(running_site: Site) -> None:
    site = running_site
    before = site.app_state()
    rewrite(site, "docker-compose.prod.yml", "    healthcheck:\n      test: [", (
        '    command: ["python", "-c", "raise SystemExit(\'STRIPE_KEY is not set\')"]\n    healthcheck:\n      test: ['
    ))
    done = site.deploy(*DEPLOY, site.push("v2"))
    assert done.exit_code == 1, done.output
    assert "STRIPE_KEY is not set" in done.output
    assert (site.revision(), site.app_state()) == ("0006", before)
    require_nothing_left(site)
