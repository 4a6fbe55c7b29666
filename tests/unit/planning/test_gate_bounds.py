"""What is let through and what is not, at the bound itself, and what a refusal names."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from deploy.model.containers import Container, Health
from deploy.model.deployments import (
    DeployRequest,
    Mode,
)
from deploy.model.errors import BlockedError
from deploy.model.releases import Image, Release, ReleaseState, Revision, RevisionGraph, RevisionKind
from deploy.model.risk import RevisionRisk, RiskLevel, RiskReport
from deploy.planning.gates import (
    gate_failure,
    gate_known_revision,
    gate_revisions,
    gate_risk,
    gate_rollback,
    with_needed_backup,
)
from deploy.planning.hand_migration import gate_hand_migration, pending_revisions, says_pending
from deploy.planning.hold_contract import gate_contract, held_back, hold, releases_that_need, without
from tests.fakes.fake_database import FakeDatabase
from tests.fakes.fake_ledger import AT
from tests.fakes.fake_migrations import linear_graph
from tests.fakes.fake_observed import fake_observed
from tests.fakes.fake_world import fake_settings
from tests.unit.cli.check_report.reports import a_finding

GOOD, BAD = ReleaseState.GOOD, ReleaseState.BAD


def release(number: int, image: str = "", state: ReleaseState = GOOD, head: str = "r1", **changes: Any) -> Release:
    made = Release(number, Image(f"sha256:{image or number}", "r", None, 1), (head,), state, "d1", AT)
    return replace(made, **changes)


def refused(reference: str, call: Any, *arguments: Any, **named: Any) -> BlockedError:
    with pytest.raises(BlockedError) as caught:
        call(*arguments, **named)
    assert (caught.value.exit_code, caught.value.reference) == (3, reference)
    assert caught.value.hint
    return caught.value


def test_a_revision_that_is_not_known_stops_what_migrates_serves_or_goes_back() -> None:
    database = replace(FakeDatabase("r1").state, revision_problem="two version tables")
    look = fake_observed(database=database)
    assert "two version tables" in refused("revision-not-known", gate_known_revision, database).what
    for mode in (Mode.AUTO_MIGRATE, Mode.SKIP_MIGRATE):
        refused("revision-not-known", gate_revisions, look, mode)
    refused("revision-not-known", gate_rollback, look, linear_graph("r1"), release(1))


@pytest.mark.parametrize("mode", [Mode.AUTO_MIGRATE, Mode.MANUAL_MIGRATE, Mode.CONTRACT])
def test_a_standby_is_not_migrated_in_any_mode_that_migrates(mode: Mode) -> None:
    database = FakeDatabase("r1")
    database.change(is_in_recovery=True)
    refused("database-is-standby", gate_revisions, fake_observed(database=database.state), mode)


def test_an_older_image_may_be_served_again_over_what_only_adds() -> None:
    look = fake_observed(
        graph=linear_graph("r1"), database=FakeDatabase("r2").state, known_graphs=(linear_graph("r1", "r2"),),
        revision_kinds={"r2": RevisionKind.EXPAND},
    )
    gate_revisions(look, Mode.SKIP_MIGRATE)
    refused("unknown-revision", gate_revisions, look, Mode.AUTO_MIGRATE)
    refused("unknown-revision", gate_revisions, replace(look, revision_kinds={}), Mode.SKIP_MIGRATE)


def _risk(*levels: RiskLevel, **changes: Any) -> RiskReport:
    return RiskReport(tuple(
        replace(RevisionRisk(f"r{n}", "", level, RevisionKind.UNKNOWN, ()), **changes) for n, level in enumerate(levels, 1)
    ))


def test_the_most_dangerous_revision_is_named() -> None:
    error = refused(
        "risk-too-high-for-auto", gate_risk, _risk(RiskLevel.LOW, RiskLevel.VERY_HIGH, RiskLevel.HIGH),
        DeployRequest(Mode.AUTO_MIGRATE),
    )
    assert "revision r2 is of very high risk" in error.what
    assert error.what.endswith("risk"), "nothing was found in it"


def test_the_most_dangerous_finding_is_the_reason_that_is_told() -> None:
    found = (a_finding("a", RiskLevel.LOW), a_finding("b_c", RiskLevel.HIGH), a_finding("d", RiskLevel.MEDIUM))
    risk = _risk(RiskLevel.HIGH, findings=found)
    what = refused("risk-too-high-for-auto", gate_risk, risk, DeployRequest(Mode.AUTO_MIGRATE)).what
    assert what.endswith("high risk: b c")


def test_accepting_less_than_medium_takes_nothing_away() -> None:
    gate_risk(_risk(RiskLevel.MEDIUM), DeployRequest(Mode.AUTO_MIGRATE, accepted_risk="low", risk_reason="x"))


def test_the_first_revision_that_fails_is_named() -> None:
    risk = RiskReport((
        RevisionRisk("r1", "", RiskLevel.LOW, RevisionKind.EXPAND, ()),
        RevisionRisk("r2", "", RiskLevel.VERY_HIGH, RevisionKind.UNKNOWN, (), failure="it fails"),
    ))
    assert refused("migration-fails", gate_failure, risk, ("r2",), DeployRequest(Mode.AUTO_MIGRATE)).what == "revision r2 fails"


def test_a_backup_that_was_asked_for_stays_asked_for() -> None:
    asked = DeployRequest(Mode.AUTO_MIGRATE, has_backup=True)
    assert with_needed_backup(asked, "optional", _risk(RiskLevel.LOW)) == asked
    error = refused(
        "backup-required", with_needed_backup, DeployRequest(Mode.MANUAL_MIGRATE, refuses_backup=True), "required",
        _risk(RiskLevel.HIGH),
    )
    assert error.hint == "./scripts/deploy.sh --manual-migrate --backup"


BY_HAND = Container("c1", "shop_migration", "migration", "sha256:0123456789abcdef", "exited", Health.NONE, 0, False, 0, ())


def test_what_is_pending_is_listed_where_the_image_knows_the_database() -> None:
    assert [r.revision_id for r in pending_revisions(fake_observed())] == ["r2"]
    assert pending_revisions(fake_observed(graph=None)) == ()
    assert pending_revisions(fake_observed(database=FakeDatabase("rx").state)) == ()
    graph = linear_graph("r1", "r2", "r3")
    assert says_pending(graph.revisions[1:]) == "2 revisions are not applied: r2, r3"
    assert says_pending(graph.revisions[2:]) == "1 revision is not applied: r3"


def test_both_images_are_named_by_twelve_characters_and_a_failure_by_its_exit_code() -> None:
    skip = DeployRequest(Mode.SKIP_MIGRATE)
    other = fake_observed(hand_migration=BY_HAND, image=Image("sha256:fedcba9876543210", "", None, 1))
    what = refused("hand-migration-of-another-image", gate_hand_migration, fake_settings(), other, skip).what
    assert "(0123456789ab)" in what
    assert "(fedcba987654)" in what
    failed = fake_observed(hand_migration=replace(BY_HAND, image_id="sha256:new", exit_code=3))
    assert "exit code 3" in refused("hand-migration-failed", gate_hand_migration, fake_settings(), failed, skip).what
    unknown = fake_observed(hand_migration=replace(BY_HAND, image_id="sha256:new", exit_code=None))
    gate_hand_migration(fake_settings(), unknown, skip)
    gate_hand_migration(fake_settings(), fake_observed(hand_migration=BY_HAND, image=None), skip)


def test_what_depends_on_a_revision_that_waits_waits_too_and_a_branch_beside_it_does_not() -> None:
    graph = RevisionGraph(
        (
            Revision("r1", (), "", ""), Revision("r2", ("r1",), "", "", phase="contract"), Revision("b", ("r1",), "", ""),
            Revision("c", ("b",), "", "", depends_on_ids=("r2",)),
        ), ("r2", "c"),
    )
    held = held_back(graph, ("r1",))
    assert set(held.revision_ids) == {"r2", "c"}
    kept = without(graph, held)
    assert ([r.revision_id for r in kept.revisions], kept.head_ids) == (["r1", "b"], ("b",))
    assert hold(fake_observed(graph=None)).graph is None


def test_the_running_release_and_those_that_know_it_do_not_need_what_goes() -> None:
    held = held_back(linear_graph("r1", "r2"), ("r1",))
    assert held.revisions == ()
    refused("nothing-held-back", gate_contract, held, (), gives_up_rollback=False)
    waiting = held_back(RevisionGraph((Revision("r1", (), "", ""), Revision("r2", ("r1",), "", "", phase="contract"),
                                       Revision("r3", ("r2",), "", "")), ("r3",)), ("r1",))
    some = linear_graph("r1", "r2")
    pairs = [(release(1), some), (release(2), None), (release(3), linear_graph("r1", "r2", "r3")), (release(4, state=BAD), None)]
    assert [r.number for r in releases_that_need(waiting, pairs, 2)] == [1]
    assert [r.number for r in releases_that_need(waiting, pairs, None)] == [1, 2]
    error = refused("contract-still-needed", gate_contract, waiting, (release(1), release(2)), gives_up_rollback=False)
    assert "release-1, release-2" in error.what
    assert "r2, r3" in error.what
