"""An approval holds for everything that a deployment uses; what changed is named, and no value is kept."""

from __future__ import annotations

from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest

from deploy.commands.approvals import remember_parts, what_changed
from deploy.model.deployments import Mode, Plan
from deploy.planning.approval import approved_parts, digest_of
from tests.fakes.fake_world import fake_settings
from tests.fakes.planned_steps import any_step

CONFIG: dict[str, Any] = {
    "services": {
        "app": {"image": "shop", "environment": {"PIN": "pin-4711"}, "command": None},
        "migration": {"image": "shop"},
    },
    "networks": {"default": {}},
}
MORE = {"what is lost": "nothing"}
SUMMARY = {"image_id": "sha256:1", "database_revision": "r1", "check": "c1"}


def parts(
    config: Any = CONFIG, summary: Any = SUMMARY, schema: str = "CREATE TABLE a ();", steps: Any = (), **settings: Any
) -> dict[str, str]:
    return approved_parts(fake_settings(**settings), config, Plan(Mode.MANUAL_MIGRATE, steps, summary), schema, MORE)


def changed(**services: Any) -> dict[str, Any]:
    config = deepcopy(CONFIG)
    for name, options in services.items():
        config["services"].setdefault(name, {}).update(options)
    return config


@pytest.mark.parametrize(
    ("now", "named"),
    [
        (parts(changed(app={"command": ["other"]})), "`command` of service app"),
        (parts(changed(app={"environment": {"PIN": "pin-4712"}})), "variable PIN of service app"),
        (parts(changed(app={"environment": {"PIN": "pin-4711", "NEW": "1"}})), "variable NEW of service app"),
        (parts(changed(worker={"image": "x"})), "`image` of service worker"),
        (parts(CONFIG | {"networks": {"default": {"internal": True}}}), "`networks` of the compose file"),
        (parts(summary=SUMMARY | {"image_id": "sha256:2"}), "the image"),
        (parts(summary=SUMMARY | {"check": "c2"}), "the check's findings"),
        (parts(summary=SUMMARY | {"backup": "another"}), "the backup"),
        (parts(summary=SUMMARY | {"target": "r0"}), "the target revision"),
        (parts(summary=SUMMARY | {"release": "release-2"}), "the release that serves afterwards"),
        (parts(steps=(any_step(),)), "the steps"),
        (parts() | {"what is lost": "rows"}, "what is lost"),
        (parts(schema="CREATE TABLE b ();"), "the database's schema"),
        (parts(switch="stop-first"), "setting DEPLOY_SWITCH"),
        (parts(deploy_database_url="postgresql://ann:other@db/shop"), "setting DEPLOY_DATABASE_URL"),
    ],
)
def test_each_change_makes_another_plan_and_is_named(tmp_path: Path, now: dict[str, str], named: str) -> None:
    settings = fake_settings()
    assert digest_of(now, settings) != digest_of(parts(), settings)
    remember_parts(tmp_path, "abc", parts())
    assert what_changed(tmp_path, "abc", now) == named


def test_the_same_look_gives_the_same_digest_and_no_value_is_kept(tmp_path: Path) -> None:
    assert digest_of(parts(), fake_settings()) == digest_of(parts(), fake_settings())
    remember_parts(tmp_path, "abc", parts())
    [path] = (tmp_path / "plans").iterdir()
    assert path.stat().st_mode & 0o077 == 0
    for secret in ("pin-4711", "secret", "postgresql"):
        assert secret not in path.read_text()


def test_a_plan_of_which_nothing_is_known_has_changed_in_something(tmp_path: Path) -> None:
    assert what_changed(tmp_path, "../../etc/passwd", parts()) == "something"
