"""Every plan is approved in the same way: it stays the same while nothing changes, and what changed is named."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest

from deploy.commands import deploying, downgrading, recovering, restoring
from deploy.commands import prepared as prepared_module
from deploy.commands.modes import contract, migrate
from deploy.commands.prepared import Ground, Prepared
from deploy.model.consent import Answer, Consent
from deploy.model.deployments import Actor, DeploymentState, DeployRequest, Mode, Plan
from deploy.model.releases import RevisionKind
from deploy.model.restores import RestoreRequest
from deploy.model.risk import RevisionRisk, RiskLevel, RiskReport
from deploy.settings.schema import Settings
from tests.fakes.fake_database import make_backup
from tests.fakes.fake_docker import ImageBehaviour
from tests.fakes.fake_http import answer
from tests.fakes.fake_migrations import linear_graph
from tests.fakes.fake_observed import fake_observed
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
        self.fake.compose.rendered["services"]["worker"] = {"image": "x"}


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


@pytest.mark.parametrize(("level", "kind"), [(RiskLevel.HIGH, "yes"), (RiskLevel.VERY_HIGH, "typed")])
@pytest.mark.parametrize("mode", [migrate, contract])
def test_a_very_high_risk_needs_the_name_in_a_deployment_as_in_a_contract(
    mode: ModuleType, level: RiskLevel, kind: str, site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    ground = judged_ground(mode, level, site, monkeypatch)
    assert mode.prepare(ground).needed.kind == kind


def test_kinds_of_revisions_are_recorded_before_the_plan_is_carried_out(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    ran: list[str] = []
    monkeypatch.setattr(prepared_module, "save_and_run", lambda _world, plan, *_: ran.append(plan.mode))
    prepared = migrate.prepare(judged_ground(migrate, RiskLevel.LOW, site, monkeypatch))
    assert site.fake.ledger.revision_kinds() == {}
    prepared.execute()
    assert (site.fake.ledger.revision_kinds(), ran) == ({"r3": RevisionKind.CONTRACT}, [Mode.MANUAL_MIGRATE])


def judged_ground(mode: ModuleType, level: RiskLevel, site: Site, monkeypatch: pytest.MonkeyPatch) -> Ground:
    """Everything is looked at; what is pending was judged as this."""
    risk = RiskReport((RevisionRisk("r3", "", level, RevisionKind.CONTRACT, ()),))
    plan = Plan(Mode.CONTRACT if mode is contract else Mode.MANUAL_MIGRATE, (), {})
    observed = fake_observed()
    for name, value in (
        ("judge", SimpleNamespace(risk=risk, check=None, preview_path=None, schema="")),
        ("gate_check", SimpleNamespace(has_backup=False)), ("look_at_image", observed), ("gate_revisions", None),
        ("past_their_time", ()), ("plan_deployment", plan), ("plan_contract", plan), ("candidate", None),
        ("_check_health_program", None), ("observe_contract", SimpleNamespace(observed=observed, release_number=1)),
    ):
        monkeypatch.setattr(mode, name, lambda *_, value=value: value, raising=False)
    request = DeployRequest(plan.mode)
    return Ground(site.fake.world, site.settings, request, observed.database, None)
