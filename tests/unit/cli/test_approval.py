"""Who may say yes, and to what."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from deploy.cli.consent import read_wish, require_consent
from deploy.cli.deploying import read_request
from deploy.commands.prepared import DeploymentDetails, Prepared
from deploy.model.consent import NeededConsent
from deploy.model.deployments import Mode, Plan
from deploy.model.errors import BlockedError, UsageError
from tests.fakes.fake_world import FakeWorld

NAME = "shop"
PLAN = Plan(mode=Mode.MANUAL_MIGRATE, steps=(), summary={"database": NAME})
ARGUMENTS = ("--manual-migrate", "--backup")


def asked(needs: Any, **words: Any) -> None:
    def never(_plan: Plan) -> Any:
        raise AssertionError("it was carried out")

    prepared = Prepared(PLAN, NeededConsent(needs, NAME), DeploymentDetails(), FakeWorld("r1").world, never)
    require_consent(prepared, read_wish(words).consent, ARGUMENTS)


@pytest.fixture(autouse=True)
def without_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", SimpleNamespace(isatty=lambda: False))


@pytest.mark.parametrize(
    ("needs", "words"),
    [
        ("none", {}),
        ("yes", {"is_confirmed": True}),
        ("yes", {"approved_plan_id": PLAN.plan_id}),
        ("typed", {"approved_plan_id": PLAN.plan_id}),
        ("typed", {"confirmed_name": NAME}),
    ],
)
def test_enough_is_enough(needs: str, words: dict[str, Any]) -> None:
    asked(needs, **words)


@pytest.mark.parametrize(
    ("needs", "words", "reference"),
    [
        ("yes", {}, "approval-needed"),
        ("typed", {}, "approval-needed"),
        ("typed", {"is_confirmed": True}, "approval-needed"),
        ("none", {"approved_plan_id": "000000000000"}, "plan-changed"),
        ("typed", {"approved_plan_id": "000000000000", "is_confirmed": True}, "plan-changed"),
        ("typed", {"approved_plan_id": "000000000000", "confirmed_name": NAME}, "plan-changed"),
    ],
)
def test_less_is_refused_with_the_plan_to_approve(needs: str, words: dict[str, Any], reference: str) -> None:
    with pytest.raises(BlockedError) as caught:
        asked(needs, **words)
    assert caught.value.reference == reference
    assert caught.value.hint.endswith(f"./scripts/deploy.sh --manual-migrate --backup --approve {PLAN.plan_id}")


WORDS: dict[str, Any] = {
    "auto_migrate": False, "manual_migrate": False, "skip_migrate": False, "has_backup": None, "accepted_risk": None, "risk_reason": "",
    "has_health_check": False, "has_pull": False, "has_build": False, "images": (), "approved_plan_id": None,
    "is_confirmed": False, "wait_seconds": None, "watch_minutes": None,
}


def test_a_health_check_alone_is_no_deployment() -> None:
    assert read_request(WORDS | {"has_health_check": True}) is None


def test_a_backup_alone_is_a_backup() -> None:
    request = read_request(WORDS | {"has_backup": True})
    assert request is not None
    assert request.mode is Mode.BACKUP_ONLY


@pytest.mark.parametrize("given", [{}, {"auto_migrate": True, "manual_migrate": True}])
def test_no_mode_and_two_modes_are_usage_errors(given: dict[str, bool]) -> None:
    with pytest.raises(UsageError):
        read_request(WORDS | given)
