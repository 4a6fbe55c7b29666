"""The GitHub workflow's deploy jobs, rehearsed: their own commands, from an empty workspace, over a real sshd."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.e2e.environments import TwoEnvironments
from tests.e2e.runner import JobFailed, Runner
from tests.e2e.site import ROOT, Platform
from tests.e2e.ssh_server import SshServer, open_ssh_server
from tests.integration.pipelines.rendering import rendered

pytestmark = pytest.mark.docker


@pytest.fixture
def two(platform: Platform, tmp_path: Path) -> Iterator[TwoEnvironments]:
    server = tmp_path / "server"
    (server / "scripts").mkdir(parents=True)
    (server / "scripts" / "deploy.sh").symlink_to(ROOT / "scripts" / "deploy.sh")
    two = TwoEnvironments(platform, server)
    try:
        yield two
    finally:
        two.remove()


@pytest.fixture
def ssh(tmp_path: Path) -> Iterator[SshServer]:
    with open_ssh_server(tmp_path / "sshd") as server:
        yield server


def a_runner(two: TwoEnvironments, ssh: SshServer, workspace: Path, image: str) -> Runner:
    facts = {
        "vars.SSH_HOST": "127.0.0.1", "vars.SSH_USER": ssh.user, "vars.SSH_PORT": str(ssh.port),
        "vars.SSH_KNOWN_HOSTS": ssh.known_hosts, "secrets.SSH_KEY": ssh.key,
        "vars.DEPLOY_DIRECTORY": str(two.directory), "needs.build.outputs.image": image,
        "github.run_id": "4711", "github.actor": "ann", "vars.PUBLIC_URL": f"http://127.0.0.1:{two.port}",
    }
    return Runner.of(rendered("github/deploy.yml"), workspace, facts)


def digest_of(two: TwoEnvironments, version: str) -> str:
    site = two.production
    reference = site.push(version)
    digests = site.platform.client.images.get(reference).attrs["RepoDigests"]
    return next(digest for digest in digests if digest.startswith(f"{site.repository}@"))


def test_staging_plan_approval_and_production_over_ssh(two: TwoEnvironments, ssh: SshServer, tmp_path: Path) -> None:
    site = two.production
    site.must("--auto-migrate", "--image", site.push("v1"))
    runner = a_runner(two, ssh, tmp_path / "runner" / "workspace", digest_of(two, "v2"))
    before = site.app_state()

    runner.run("staging")
    assert two.staging_containers() == [site.version_id("v2")]
    runner.run("test")
    plan_id = runner.run("plan")["id"]
    assert f"Plan `{plan_id}`" in runner.summary
    assert "point of no return" in runner.summary
    assert (site.app_state(), site.revision()) == (before, "0006")

    runner.run("production")
    assert site.running_image_id() == site.version_id("v2")
    assert site.revision() == "0007"
    assert len(site.backups()) >= 1
    newest = site.json("history")["deployments"][0]
    assert (newest["user"], newest["ci_run"], newest["plan_id"]) == ("ann", "4711", plan_id)
    assert (two.directory / ".deploy" / "reports" / "d0002.html").is_file()
    secret = ssh.key.splitlines()[1]
    assert secret not in runner.output + runner.summary
    assert "e2e-secret-word" not in runner.output + runner.summary


def test_a_plan_that_is_no_longer_true_is_not_carried_out(two: TwoEnvironments, ssh: SshServer, tmp_path: Path) -> None:
    site = two.production
    site.must("--auto-migrate", "--image", site.push("v1"))
    runner = a_runner(two, ssh, tmp_path / "runner" / "workspace", digest_of(two, "v2"))
    for job in ("staging", "plan"):
        runner.run(job)
    site.must("--skip-migrate", "--image", site.push("v2b"))
    before = site.app_state()
    with pytest.raises(JobFailed) as caught:
        runner.run("production")
    assert caught.value.exit_code == 3
    assert "the release that runs" in caught.value.output
    assert "changed since" in caught.value.output
    assert (site.app_state(), site.revision()) == (before, "0006")


def test_what_fails_in_staging_never_reaches_the_plan(two: TwoEnvironments, ssh: SshServer, tmp_path: Path) -> None:
    site = two.production
    site.must("--auto-migrate", "--image", site.push("v1"))
    two.write(DEPLOY_START_TIMEOUT_SECONDS="5")
    runner = a_runner(two, ssh, tmp_path / "runner" / "workspace", digest_of(two, "never-healthy"))
    with pytest.raises(JobFailed):
        runner.run("staging")
    assert "needs.staging.outputs.passed" not in runner.facts
    assert site.running_image_id() == site.version_id("v1")


def test_a_server_with_another_host_key_gets_nothing(two: TwoEnvironments, ssh: SshServer, tmp_path: Path) -> None:
    runner = a_runner(two, ssh, tmp_path / "runner" / "workspace", digest_of(two, "v1"))
    with open_ssh_server(tmp_path / "other") as other:
        runner.facts["vars.SSH_KNOWN_HOSTS"] = f"[127.0.0.1]:{ssh.port} {other.known_hosts.split(' ', 1)[1]}"
        with pytest.raises(JobFailed) as caught:
            runner.run("staging")
    assert caught.value.exit_code == 255
    assert two.staging_containers() == []
