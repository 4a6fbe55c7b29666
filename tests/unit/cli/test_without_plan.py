"""`restore discard` and `recover` have no plan that is approved later; they ask by the same rule."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from types import SimpleNamespace
from typing import Any

import pytest

from deploy.cli.main import deploy_command
from deploy.commands import recovering, restoring
from deploy.commands.prepared import Prepared
from deploy.model.consent import NeededConsent
from deploy.model.deployments import Mode, Plan
from deploy.model.errors import EXIT_DONE, BlockedError
from deploy.model.recovery import Recovery
from deploy.model.restores import ServerDatabase
from deploy.model.results import DeploymentOutcome
from tests.fakes.fake_world import FakeWorld

OLD = "shop_before_restore_20260102_030405"


class Site:
    """One old database is kept, and a ledger is to be written."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.discarded: list[str] = []
        self.written: list[str] = []
        for name in ("restore", "recover"):
            monkeypatch.setattr(f"deploy.cli.{name}.load", lambda _: None)
        monkeypatch.setattr("sys.stdin", SimpleNamespace(isatty=lambda: False))
        monkeypatch.setattr(restoring, "kept_databases", lambda *_: (ServerDatabase(OLD, False, 1),))
        monkeypatch.setattr(restoring, "discard_databases", lambda _settings, names, _: self.discarded.extend(names))
        monkeypatch.setattr(recovering, "prepare_recovery", self._preparing)

    @contextmanager
    def _preparing(self, *_: Any) -> Iterator[Prepared[Recovery]]:
        found = Recovery((), None, ("release-1: good",), ())
        needed = NeededConsent("yes", "shop", "production is changed")
        yield Prepared(Plan(Mode.RECOVER, (), {}), needed, found, FakeWorld("r1").world, self._write)

    def _write(self, plan: Plan) -> DeploymentOutcome:
        self.written.append(plan.plan_id)
        return DeploymentOutcome(EXIT_DONE, None, "done")

    def run(self, *arguments: str) -> None:
        deploy_command.main(args=list(arguments), standalone_mode=False)


@pytest.fixture
def site(monkeypatch: pytest.MonkeyPatch) -> Site:
    return Site(monkeypatch)


def test_an_old_database_is_removed_after_its_name_was_given(site: Site) -> None:
    site.run("restore", "discard", "--confirm", OLD)
    assert site.discarded == [OLD]


@pytest.mark.parametrize(
    ("arguments", "reference"), [((), "approval-needed"), (("--confirm", "shop"), "not-approved")]
)
def test_an_old_database_stays_where_its_name_was_not_given(
    site: Site, arguments: tuple[str, ...], reference: str
) -> None:
    with pytest.raises(BlockedError) as refused:
        site.run("restore", "discard", *arguments)
    assert (refused.value.reference, site.discarded) == (reference, [])
    assert refused.value.hint == f"./scripts/deploy.sh restore discard --confirm {OLD}"


def test_a_ledger_is_written_after_a_yes(site: Site) -> None:
    with pytest.raises(SystemExit) as ended:
        site.run("recover", "--yes")
    assert (ended.value.code, len(site.written)) == (EXIT_DONE, 1)


def test_a_ledger_is_not_written_without_a_yes(site: Site) -> None:
    with pytest.raises(BlockedError) as refused:
        site.run("recover")
    assert (refused.value.reference, site.written) == ("approval-needed", [])
    assert refused.value.hint == "./scripts/deploy.sh recover --yes"
