"""Every plan is approved in the same way: it stays the same while nothing changes, and what changed is named."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from deploy.commands import deploying, downgrading, recovering, restoring
from deploy.commands.prepared import Prepared
from deploy.model.consent import Answer, Consent
from deploy.model.deployments import Actor, DeploymentState, DeployRequest, Mode, Plan
from deploy.model.restores import RestoreRequest
from deploy.model.risk import RiskReport
from deploy.settings.schema import Settings
from tests.fakes.fake_database import make_backup
from tests.fakes.fake_docker import ImageBehaviour
from tests.fakes.fake_http import answer
from tests.fakes.fake_migrations import linear_graph
from tests.fakes.fake_world import REPOSITORY, FakeWorld, fake_settings

Preparing = Callable[["Site"], Any]
BACKUP = make_backup()


class Site:
    """Releases 1 and 2 are good and of r2, where the database is; 2 serves. A backup is of r2."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, state_directory: Path) -> None:
        self.fake = fake = FakeWorld("r2")
        self.settings = fake_settings(release_header="", health_path="/", state_directory=state_directory)
        self.loses_rows = False
        fake.docker.services["edge"].default_image_id = fake.docker.add_image("haproxy:1", ImageBehaviour(0))
        fake.compose.rendered = {"services": {
            "app": {"healthcheck": {"test": ["x"]}, "init": True}, "edge": {},
            "migration": {
                "profiles": ["migration"], "command": ["alembic", "upgrade", "head"],
                "labels": {"surefoot.deployment": "manual"},
            },
        }}
        for number in (1, 2):
            image = fake.docker.add_image(f"{REPOSITORY}:release-{number}", ImageBehaviour(0))
            fake.migrations.graphs[image] = linear_graph("r1", "r2")
            fake.add_release(number, image, is_current=number == 2)
        fake.http.handler = lambda _url: answer()
        fake.compose.up("edge", environment={})
        fake.compose.up("app", environment={"APP_IMAGE": image, "RELEASE": "release-2"})
        fake.backups.kept[BACKUP.name] = make_backup(revision_ids=("r2",))

        @contextmanager
        def open_fake(*_: Any, **__: Any) -> Iterator[Any]:
            yield fake.world

        for module in (deploying, downgrading, restoring, recovering):
            monkeypatch.setattr(module, "open_world", open_fake)
        look = lambda *_: SimpleNamespace(loses_rows=self.loses_rows, risk=RiskReport(()))  # noqa: E731
        monkeypatch.setattr(downgrading, "look_at_downgrade", look)
        monkeypatch.setattr(downgrading, "gate_downgrade", lambda *_: None)

    def planned(self, preparing: Preparing) -> Prepared[Any]:
        """Printed with `--plan`, and remembered."""
        with preparing(self) as prepared:
            prepared.remember()
        assert isinstance(prepared, Prepared)
        return prepared

    def with_settings(self, **changes: Any) -> None:
        values = {name: getattr(self.settings, name) for name in Settings.model_fields}
        self.settings = self.settings.model_copy(update=values | changes)

    def add_service(self) -> None:
        self.fake.compose.rendered["services"]["worker"] = {"image": "x"}  # type: ignore[index]


def roll_back(site: Site) -> Any:
    return deploying.prepare(site.settings, DeployRequest(Mode.ROLLBACK), site.fake.reporter)


def downgrade(site: Site) -> Any:
    return downgrading.prepare_downgrade(site.settings, "r1", site.fake.reporter)


def restore(site: Site) -> Any:
    return restoring.prepare_restore(site.settings, RestoreRequest(BACKUP.name), site.fake.reporter)


COMMANDS: list[Preparing] = [roll_back, downgrade, restore]
NOBODY = Consent()


@pytest.fixture
def site(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Site:
    return Site(monkeypatch, tmp_path)


@pytest.mark.parametrize("command", COMMANDS)
def test_a_plan_can_be_approved_later_while_nothing_has_changed(site: Site, command: Preparing) -> None:
    printed = site.planned(command)
    site.fake.clock.sleep(3600)
    now = site.planned(command)
    assert now.answer_to(Consent(approved_plan_id=printed.plan.plan_id)) is Answer.GIVEN
    assert now.answer_to(NOBODY) is Answer.NOBODY_TO_ASK


@pytest.mark.parametrize(
    ("change", "named"),
    [
        (Site.add_service, "`image` of service worker"),
        (lambda site: site.with_settings(drain_timeout_seconds=7), "setting DEPLOY_DRAIN_TIMEOUT_SECONDS"),
    ],
)
@pytest.mark.parametrize("command", COMMANDS)
def test_what_changed_between_plan_and_approval_is_refused_and_named(
    site: Site, command: Preparing, change: Callable[[Site], None], named: str
) -> None:
    printed = site.planned(command)
    change(site)
    now = site.planned(command)
    assert now.answer_to(Consent(approved_plan_id=printed.plan.plan_id)) is Answer.OTHER_PLAN
    assert now.changed_since(printed.plan.plan_id) == named


def test_a_restore_that_was_carried_out_is_not_approved_a_second_time(site: Site) -> None:
    printed = site.planned(restore)
    begun = site.fake.ledger.begin_deployment(Plan(Mode.RESTORE, (), {}), Actor("ann", "host", None), None)
    site.fake.ledger.end_deployment(begun, DeploymentState.DONE, 0, "done")
    now = site.planned(restore)
    assert now.plan.plan_id != printed.plan.plan_id
    assert now.changed_since(printed.plan.plan_id) == "the last deployment"


def test_a_backup_between_plan_and_approval_changes_nothing(site: Site) -> None:
    printed = site.planned(restore)
    begun = site.fake.ledger.begin_deployment(Plan(Mode.BACKUP_ONLY, (), {}), Actor("ann", "host", None), None)
    site.fake.ledger.end_deployment(begun, DeploymentState.DONE, 0, "done")
    assert site.planned(restore).plan.plan_id == printed.plan.plan_id


def test_rows_that_would_be_lost_now_make_another_plan_that_needs_the_name(site: Site) -> None:
    printed = site.planned(downgrade)
    assert printed.needed.kind == "yes"
    site.loses_rows = True
    now = site.planned(downgrade)
    assert (now.needed.kind, now.needed.name) == ("typed", "shop")
    assert now.changed_since(printed.plan.plan_id) == downgrading.WHAT_IS_LOST


def test_a_restore_needs_the_databases_name(site: Site) -> None:
    needed = site.planned(restore).needed
    assert (needed.kind, needed.name) == ("typed", "shop")


def test_a_compose_file_that_cannot_be_read_does_not_keep_a_restore_from_being_planned(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    printed = site.planned(restore)
    monkeypatch.setattr(restoring, "compose_file", lambda _world: {})
    assert site.planned(restore).plan.plan_id != printed.plan.plan_id
