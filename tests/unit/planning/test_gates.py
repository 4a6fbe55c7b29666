"""Each gate passes and blocks, with its exit code and reference."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from deploy.model.deployments import DeployRequest, Mode
from deploy.model.errors import EXIT_BLOCKED, BlockedError
from deploy.model.releases import Image, Release, ReleaseState, RevisionGraph, RevisionKind
from deploy.model.risk import RevisionRisk, RiskLevel, RiskReport
from deploy.planning.gates import (
    gate_failure,
    gate_revisions,
    gate_risk,
    gate_rollback,
    gate_self_migration,
    with_needed_backup,
)
from tests.fakes.fake_database import FakeDatabase
from tests.fakes.fake_ledger import AT
from tests.fakes.fake_migrations import linear_graph
from tests.fakes.fake_observed import fake_observed
from tests.fakes.fake_world import fake_settings

TARGET = Release(1, Image("sha256:1", "", None, 1), ("r1",), ReleaseState.GOOD, "d1", AT)


def _blocked(call: Callable[[], None], reference: str) -> BlockedError:
    with pytest.raises(BlockedError) as caught:
        call()
    assert (caught.value.exit_code, caught.value.reference) == (EXIT_BLOCKED, reference)
    assert caught.value.hint
    return caught.value


def _risk(level: RiskLevel) -> RiskReport:
    return RiskReport((RevisionRisk("r2", "", level, RevisionKind.UNKNOWN, ()),))


def test_revisions() -> None:
    gate_revisions(fake_observed(), Mode.AUTO_MIGRATE)
    gate_revisions(fake_observed(graph=None), Mode.AUTO_MIGRATE)
    heads = fake_observed(graph=RevisionGraph(linear_graph("r1", "r2").revisions, ("r1", "r2")))
    _blocked(lambda: gate_revisions(heads, Mode.AUTO_MIGRATE), "several-heads")
    gate_revisions(heads, Mode.SKIP_MIGRATE)
    lost = fake_observed(database=FakeDatabase("rx").state)
    for mode in (Mode.AUTO_MIGRATE, Mode.SKIP_MIGRATE):
        assert "rx" in _blocked(lambda mode=mode: gate_revisions(lost, mode), "unknown-revision").what  # type: ignore[misc]
    standby = FakeDatabase("r1")
    standby.change(is_in_recovery=True)
    look = fake_observed(database=standby.state)
    _blocked(lambda: gate_revisions(look, Mode.MANUAL_MIGRATE), "database-is-standby")
    gate_revisions(look, Mode.SKIP_MIGRATE)


@pytest.mark.parametrize("level", list(RiskLevel))
def test_auto_goes_on_for_low_and_medium_and_for_what_was_accepted(level: RiskLevel) -> None:
    gate_risk(_risk(level), DeployRequest(Mode.MANUAL_MIGRATE))
    gate_risk(_risk(level), DeployRequest(Mode.AUTO_MIGRATE, accepted_risk="very high", risk_reason="seen"))
    auto = DeployRequest(Mode.AUTO_MIGRATE)
    if level < RiskLevel.HIGH:
        gate_risk(_risk(level), auto)
    else:
        assert "migration-check" in _blocked(lambda: gate_risk(_risk(level), auto), "risk-too-high-for-auto").hint


def test_accepting_high_does_not_accept_very_high() -> None:
    accepted = DeployRequest(Mode.AUTO_MIGRATE, accepted_risk="high", risk_reason="seen")
    gate_risk(_risk(RiskLevel.HIGH), accepted)
    _blocked(lambda: gate_risk(_risk(RiskLevel.VERY_HIGH), accepted), "risk-too-high-for-auto")


def test_a_required_backup_is_taken_unasked_or_the_deployment_is_refused() -> None:
    risk = _risk(RiskLevel.HIGH)
    plain = DeployRequest(Mode.MANUAL_MIGRATE)
    assert with_needed_backup(plain, "required", risk).has_backup
    assert not with_needed_backup(plain, "recommended", risk).has_backup
    assert not with_needed_backup(plain, "required", RiskReport(())).has_backup
    refusing = DeployRequest(Mode.MANUAL_MIGRATE, refuses_backup=True)
    with_needed_backup(refusing, "recommended", risk)
    _blocked(lambda: with_needed_backup(refusing, "required", risk), "backup-required")


@pytest.mark.parametrize("kind", [RevisionKind.EXPAND, RevisionKind.CONTRACT, RevisionKind.UNKNOWN, None])
def test_rollback_passes_only_over_revisions_that_only_add(kind: RevisionKind | None) -> None:
    look = fake_observed(
        database=FakeDatabase("r2").state, known_graphs=(linear_graph("r1", "r2"),),
        revision_kinds={"r2": kind} if kind else {},
    )
    gate_rollback(look, linear_graph("r1", "r2"), TARGET)
    if kind is RevisionKind.EXPAND:
        gate_rollback(look, linear_graph("r1"), TARGET)
    else:
        error = _blocked(lambda: gate_rollback(look, linear_graph("r1"), TARGET), "rollback-blocked-by-schema")
        assert "rollback --to 1 --with-schema" in error.hint


@pytest.mark.parametrize("mode", [Mode.AUTO_MIGRATE, Mode.MANUAL_MIGRATE, Mode.CONTRACT])
def test_a_migration_that_is_known_to_fail_is_repaired_and_not_approved(mode: Mode) -> None:
    failing = RevisionRisk("r2", "", RiskLevel.VERY_HIGH, RevisionKind.UNKNOWN, (), failure="it fails on this schema: no")
    risk = RiskReport((failing,))
    error = _blocked(lambda: gate_failure(risk, ("r2 (r2.py:7)",), DeployRequest(mode)), "migration-fails")
    assert error.what == "revision r2 fails on this schema: no"
    assert "r2 (r2.py:7)" in error.hint
    gate_failure(risk, (), DeployRequest(mode))
    gate_failure(risk, ("r2",), DeployRequest(mode, accepted_risk="very high", risk_reason="seen"))
    _blocked(
        lambda: gate_failure(risk, ("r2",), DeployRequest(mode, accepted_risk="high", risk_reason="seen")),
        "migration-fails",
    )


def test_an_application_that_migrates_itself_must_find_nothing_to_migrate() -> None:
    settings, words = fake_settings(), "alembic upgrade head"
    pending = fake_observed(migrates_at_start=words)
    nothing = fake_observed(migrates_at_start=words, database=FakeDatabase("r2").state)
    held = fake_observed(migrates_at_start=words, held_revision_ids=("r3",))
    lost = fake_observed(migrates_at_start=words, database=FakeDatabase("rx").state)

    gate_self_migration(settings, pending, Mode.AUTO_MIGRATE)
    gate_self_migration(settings, fake_observed(), Mode.SKIP_MIGRATE)
    gate_self_migration(settings, nothing, Mode.SKIP_MIGRATE)
    gate_self_migration(settings, lost, Mode.SKIP_MIGRATE)
    told = _blocked(lambda: gate_self_migration(settings, pending, Mode.SKIP_MIGRATE), "application-migrates-itself")
    assert "r2" in told.what
    told = _blocked(lambda: gate_self_migration(settings, held, Mode.AUTO_MIGRATE), "application-migrates-itself")
    assert "r3" in told.what
