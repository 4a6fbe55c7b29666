"""From a prepared plan to its end, the same for every command."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import click
import pytest

from deploy.cli import deploying
from deploy.cli.carrying_out import Presentation, carry_out
from deploy.cli.consent import Wish
from deploy.cli.main import deploy_command
from deploy.cli.options import Invocation
from deploy.commands import importing, restoring
from deploy.commands.prepared import Prepared
from deploy.commands.restoring import RestoreDetails
from deploy.model.consent import Consent, NeededConsent
from deploy.model.deployments import Mode, Plan
from deploy.model.errors import EXIT_FAILED_AND_UNDONE, BlockedError
from deploy.model.results import DeploymentOutcome
from tests.fakes.fake_world import FakeWorld

PLAN = Plan(Mode.DOWNGRADE, (), {"database": "shop"})
ENOUGH = Consent(approved_plan_id=PLAN.plan_id)


@dataclass
class Site:
    """One plan that waits, and what became of it."""

    state_directory: Path
    shown: list[str] = field(default_factory=list)
    done: list[str] = field(default_factory=list)
    is_left: bool = False

    @contextmanager
    def preparing(self) -> Iterator[Prepared[str]]:
        needed = NeededConsent("typed", "shop", "rows will be lost")
        prepared = Prepared(PLAN, needed, "details", FakeWorld("r1").world, self._carry_out)
        yield replace(prepared, _parts={"the image": "1"}, _state_directory=self.state_directory)
        self.is_left = True

    @contextmanager
    def restoring(self, backup_name: str) -> Iterator[Prepared[RestoreDetails]]:
        with self.preparing() as prepared:
            yield replace(prepared, details=RestoreDetails((f"{backup_name} replaces everything",)))  # type: ignore[arg-type,misc]

    def run(self, wish: Wish, *, has_json: bool = False) -> int:
        shown = Presentation[str](lambda _, it: self.shown.append(it.details), lambda it: {"shown": it.details})
        return carry_out(self.preparing(), shown, Invocation(None, has_json, ("downgrade", "r1")), wish)

    def is_remembered(self) -> bool:
        return (self.state_directory / "plans" / f"{PLAN.plan_id}.json").exists()

    def _carry_out(self, plan: Plan) -> DeploymentOutcome:
        assert self.shown, "it was printed first"
        self.done.append(plan.plan_id)
        return DeploymentOutcome(EXIT_FAILED_AND_UNDONE, None, "as it was")


@pytest.fixture
def site(tmp_path: Path) -> Site:
    return Site(tmp_path)


@pytest.mark.parametrize("has_json", [False, True])
def test_a_plan_alone_is_printed_and_remembered_and_nothing_is_done(
    site: Site, has_json: bool, capsys: pytest.CaptureFixture[str]
) -> None:
    assert site.run(Wish(is_plan_only=True, consent=ENOUGH), has_json=has_json) == 0
    assert (site.done, site.is_left, site.is_remembered()) == ([], True, True)
    printed = capsys.readouterr().out
    if has_json:
        assert json.loads(printed)["shown"] == "details"
    else:
        assert site.shown == ["details"]
        assert f"needs: the name shop, typed or --confirm shop, or --approve {PLAN.plan_id}" in printed
        assert printed.endswith(f"next: ./scripts/deploy.sh downgrade r1 --approve {PLAN.plan_id}\n")


@pytest.mark.parametrize("has_json", [False, True])
def test_without_consent_the_plan_is_printed_and_nothing_is_done(site: Site, has_json: bool) -> None:
    with pytest.raises(BlockedError) as refused:
        site.run(Wish(consent=Consent(is_confirmed=True)), has_json=has_json)
    assert refused.value.hint == f"./scripts/deploy.sh downgrade r1 --approve {PLAN.plan_id}"
    assert (site.done, site.shown, site.is_remembered()) == ([], ["details"], True)


@pytest.mark.parametrize("has_json", [False, True])
def test_with_consent_it_is_carried_out_once_and_its_exit_code_is_ours(
    site: Site, has_json: bool, capsys: pytest.CaptureFixture[str]
) -> None:
    assert site.run(Wish(consent=ENOUGH), has_json=has_json) == EXIT_FAILED_AND_UNDONE
    assert site.done == [PLAN.plan_id]
    printed = capsys.readouterr().out
    assert json.loads(printed)["exit_code"] == EXIT_FAILED_AND_UNDONE if has_json else "as it was" in printed


def test_a_dump_that_became_a_backup_is_approved_by_the_backups_name(
    site: Site, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """The file would become another backup, and with it another plan."""
    made = SimpleNamespace(name="backup_shop_1")
    monkeypatch.setattr(importing, "import_dump", lambda *_, **__: made)
    monkeypatch.setattr(restoring, "prepare_restore", lambda _settings, request, _: site.restoring(request.backup_name))
    monkeypatch.setattr("deploy.cli.restore.load", lambda _: None)
    monkeypatch.setattr("sys.stdin", SimpleNamespace(isatty=lambda: False))
    dump = str(tmp_path / "shop.sql")
    with pytest.raises(BlockedError) as refused:
        deploy_command.main(args=["restore", dump, "--in-place"], standalone_mode=False)
    assert refused.value.hint == (
        f"./scripts/deploy.sh restore backup_shop_1 --in-place --approve {PLAN.plan_id}"
    )


def test_the_words_of_the_command_line_are_kept_for_the_next_command(monkeypatch: pytest.MonkeyPatch) -> None:
    kept: list[tuple[str, ...]] = []

    def deploy(invocation: Invocation, _words: Any) -> int:
        kept.append(invocation.arguments)
        return 0

    monkeypatch.setattr(deploying, "deploy", deploy)
    arguments = ["--auto-migrate", "--accept-risk", "high", "--reason", "two of us"]
    with pytest.raises(SystemExit):
        deploy_command.main(args=list(arguments), standalone_mode=False)
    assert kept == [tuple(arguments)]
    assert click.get_current_context(silent=True) is None
