"""Whoever is named is told how a deployment ended, and what is told never changes how it ends."""

from __future__ import annotations

import json

import pytest

from tests.e2e.site import PASSWORD, Site
from tests.webhook import webhook

pytestmark = pytest.mark.docker


def test_a_failure_reaches_the_webhook_with_the_next_command_and_without_a_secret(running_site: Site) -> None:
    site = running_site
    metrics = site.directory / "surefoot.prom"
    with webhook() as (url, got):
        site.write_settings(
            DEPLOY_NOTICE_URLS=url, DEPLOY_METRICS_FILE=str(metrics), DEPLOY_START_TIMEOUT_SECONDS="4"
        )
        done = site.deploy("--auto-migrate", "--health-check", "--image", site.push("never-healthy"))
    assert done.exit_code == 4, done.output
    started, failed = (document["title"] for document in got)
    assert "started" in started
    assert "failed" in failed
    assert "alembic downgrade 0006" in got[1]["message"]
    assert PASSWORD not in json.dumps(got)
    assert "tok3n" not in done.output + json.dumps(got)
    assert "surefoot_deployment_exit_code 4" in metrics.read_text()
    assert "surefoot_deployment_running 0" in metrics.read_text()


def test_a_success_is_told_and_a_webhook_that_refuses_changes_nothing(running_site: Site) -> None:
    site = running_site
    with webhook(500) as (bad, _), webhook() as (good, got):
        site.write_settings(DEPLOY_NOTICE_URLS=f"{bad} {good}")
        done = site.deploy("--skip-migrate", "--health-check", "--image", site.push("v2b"))
    assert done.exit_code == 0, done.output
    assert "succeeded" in got[-1]["title"]
    assert "address 1" in done.output
    assert site.json("status")["unfinished"] is None
