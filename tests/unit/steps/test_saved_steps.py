"""A saved step is read whole or not at all: before anything moves, and in whatever version reads it."""

from __future__ import annotations

import ast
import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

import deploy
from deploy.commands import deploying, unfinished
from deploy.model.deployments import Actor, Mode, Plan, StepState
from deploy.model.errors import EXIT_BLOCKED, BlockedError
from deploy.model.health import HealthExpectation
from deploy.model.pinned_images import PinnedImage
from deploy.model.planned_step import PlannedStep, UndoKind, UnreadableStep, read_step
from deploy.steps.back_up_database import BackUpDatabase
from deploy.steps.begin_maintenance import BeginMaintenance
from deploy.steps.check_health import CheckHealth
from deploy.steps.compare_database import CompareDatabase
from deploy.steps.configure_edge import ConfigureEdge
from deploy.steps.copy_backup import CopyBackup
from deploy.steps.downgrade_database import DowngradeDatabase
from deploy.steps.end_maintenance import EndMaintenance
from deploy.steps.keep_configuration import KeepConfiguration
from deploy.steps.measure_before import MeasureBefore
from deploy.steps.promote_release import FormerMark, LeftRelease
from deploy.steps.prune_releases import PruneReleases
from deploy.steps.registry import read_plan, runnable_steps, step_kinds
from deploy.steps.restore_database import RestoreDatabase
from deploy.steps.restore_in_place import RestoreInPlace
from deploy.steps.run_jobs import Job, RunJobs
from deploy.steps.start_accessories import StartAccessories
from deploy.steps.stop_background import StopBackground
from deploy.steps.swap_databases import SwapDatabases
from deploy.steps.switch_background import SwitchBackground
from deploy.steps.switch_containers import FormerRelease, ServedRelease
from deploy.steps.switch_web_services import SwitchWebServices
from deploy.steps.tag_for_rollback import TagForRollback
from deploy.steps.take_over_port import TakeOverPort
from deploy.steps.try_release import TryRelease
from deploy.steps.verify_data import MeasureData, VerifyData
from deploy.steps.verify_release import VerifyRelease
from tests.fakes.fake_world import FakeWorld, fake_settings
from tests.fakes.planned_steps import (
    background_move,
    migrate_database,
    promote_release,
    switch_containers,
    watch_release,
)

NEW = ServedRelease(image_id="sha256:new", release="release-2")
OLD = FormerRelease(image_id="sha256:old", release="release-1", digest="example/shop@sha256:0", is_sick=True)
SAMPLES: tuple[PlannedStep, ...] = (
    BackUpDatabase(says="b", image_id="sha256:old", release_number=1, external_max_age_seconds=3600),
    BeginMaintenance(
        says="m", database_name="shop", old_name=None, closes_database=True, had_page=False, drain_timeout_seconds=5
    ),
    CheckHealth(
        says="h", timeout_seconds=9, expectation=HealthExpectation("app", "http://e/", "", None, "sha256:new", ("r1",))
    ),
    CompareDatabase(says="c", backup_name="b1", new_name=None, database_name="shop", old_name="shop_old"),
    CopyBackup(says="c", targets=("/mnt/backups",)),
    DowngradeDatabase(
        says="d", service="migration", image_id="sha256:new", release="release-2", command=("alembic", "downgrade"),
        from_ids=("r2",), target_ids=("r1",), commits_inside=None, also_differs=("it is off",),
    ),
    EndMaintenance(says="e", service="app", timeout_seconds=9, old_name=None),
    RunJobs(says="j", jobs=(Job(service="seed", image_id="sha256:2", stop_grace_seconds=5),), release="release-2"),
    ConfigureEdge(
        says="c", edge_service="edge", text="new", backends=("web_admin",), previous="old", previous_backends=(),
    ),
    SwitchWebServices(
        says="w", switches=(switch_containers(
            ServedRelease(image_id="sha256:2", release="release-2"), None, service="admin", backend="web_admin",
        ),),
    ),
    KeepConfiguration(
        says="k", release="release-2", replaces=True,
        images=(PinnedImage(service="page", image_id="sha256:9", reference="shop-page:v1", digest=""),),
    ),
    MeasureBefore(says="m", service="app", url="http://e/", seconds=2.5, others=()),
    MeasureData(says="m", image_id="sha256:new", from_ids=("r1",)),
    migrate_database("sha256:new"),
    promote_release(
        "sha256:new", left=LeftRelease(number=1, because="gone back"), configuration="abc",
        left_before=(FormerMark(number=2, at=datetime(2026, 11, 21, 9, 30, tzinfo=UTC), because="rolled back"),),
    ),
    PruneReleases(says="p", repository="example/shop", release_numbers=(1, 2), backup_names=("b1",)),
    RestoreDatabase(
        says="r", backup_name="b1", new_name="shop_new", has_owner=True, database_name="shop", old_name=None
    ),
    RestoreInPlace(says="r", backup_name="b1", database_name="shop", has_owner=False),
    StartAccessories(says="s", services=("redis", "page"), start_timeout_seconds=20, settle_seconds=5),
    StopBackground(says="s", moves=(background_move(),)),
    SwapDatabases(
        says="s", backup_name="b1", has_owner=True, database_name="shop", new_name="shop_new", old_name="shop_old"
    ),
    SwitchBackground(
        says="s", moves=(background_move(),), image_id="sha256:new", release="release-2", start_timeout_seconds=20,
        settle_seconds=5,
    ),
    switch_containers(NEW, OLD, start_limit="raise it"),
    TagForRollback(says="t", names={"example/shop:backup": "sha256:old"}, previous={"example/shop:backup": None}),
    TakeOverPort(says="p", port=8080, switch=switch_containers(NEW, OLD)),
    TryRelease(
        says="t", service="app", container_name="try", image_id="sha256:new", release="release-2",
        health_test=("CMD", "x"), health_timeout_seconds=2, limit_seconds=20, port=8000, paths=("/",),
        release_header="X-Release",
    ),
    VerifyData(says="v", image_id="sha256:new"),
    VerifyRelease(says="v", service="app", image_id="sha256:new", replicas=2, revision_ids=None),
    watch_release(),
)
LOOKS = {"containers.engine_version", "containers.sweep_helpers"}
EACH = pytest.mark.parametrize("step", SAMPLES, ids=lambda step: step.name)


def read(fields: Mapping[str, Any]) -> PlannedStep:
    return read_step(fields, step_kinds())


def places(fields: Mapping[str, Any], within: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    """Every field, also those of values in values; names that are data (tags) are not fields."""
    for name, value in fields.items():
        yield (*within, name)
        if isinstance(value, Mapping) and name not in {"names", "previous"}:
            yield from places(value, (*within, name))


def changed(fields: Mapping[str, Any], place: tuple[str, ...], change: Any) -> dict[str, Any]:
    again = json.loads(json.dumps(fields))
    holder = again
    for name in place[:-1]:
        holder = holder[name]
    change(holder, place[-1])
    return dict(again)


def test_there_is_a_sample_of_every_step() -> None:
    assert sorted(step.name for step in SAMPLES) == sorted(step_kinds())


@EACH
def test_a_step_that_was_saved_comes_back_equal(step: PlannedStep) -> None:
    assert read(json.loads(json.dumps(step.to_fields()))) == step


@EACH
def test_a_field_that_is_missing_anywhere_makes_the_step_unreadable_and_is_named(step: PlannedStep) -> None:
    fields = step.to_fields()
    for place in places(fields):
        found = read(changed(fields, place, lambda holder, name: holder.pop(name)))
        assert isinstance(found, UnreadableStep), place
        assert place[-1] in found.problem or place == ("name",)
        assert found.to_fields() == changed(fields, place, lambda holder, name: holder.pop(name)), "kept as it was"


@EACH
def test_a_field_that_is_not_known_anywhere_makes_the_step_unreadable_and_is_named(step: PlannedStep) -> None:
    fields = step.to_fields()
    holders = {place[:-1] for place in places(fields)}
    for within in holders:
        found = read(changed(fields, (*within, "later"), lambda holder, name: holder.update({name: 1})))
        assert isinstance(found, UnreadableStep), within
        assert "later is not known" in found.problem


@EACH
def test_a_field_of_another_type_makes_the_step_unreadable(step: PlannedStep) -> None:
    fields = step.to_fields()
    for place in places(fields):
        found = read(changed(fields, place, lambda holder, name: holder.update({name: [{}]})))
        assert isinstance(found, UnreadableStep), place


def test_a_step_that_is_not_known_is_told_of_and_not_run() -> None:
    unknown = PlannedStep(name="walk-dog", says="round the block", undo_kind=UndoKind.REVERTED)
    saved = Plan(Mode.AUTO_MIGRATE, (unknown,), {}).to_json()
    plan = read_plan(saved)
    [step] = plan.steps
    assert (step.name, step.says, plan.to_json()) == ("walk-dog", "round the block", saved)
    with pytest.raises(BlockedError) as caught:
        runnable_steps("d0007", plan)
    assert (caught.value.exit_code, caught.value.reference) == (EXIT_BLOCKED, "plan-from-another-version")
    assert "walk-dog" in caught.value.what
    assert "abort --give-up" in caught.value.hint


def test_a_whole_plan_of_a_newer_format_is_refused() -> None:
    newer = json.loads(Plan(Mode.AUTO_MIGRATE, SAMPLES, {}).to_json()) | {"format": 4}
    with pytest.raises(BlockedError) as caught:
        read_plan(json.dumps(newer))
    assert caught.value.reference == "plan-from-another-version"


@pytest.mark.parametrize("command", ["resume", "abort"])
@pytest.mark.parametrize("position", range(len(SAMPLES)), ids=[step.name for step in SAMPLES])
def test_a_plan_with_a_field_removed_is_refused_before_anything_moves(
    command: str, position: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    fake = FakeWorld("r1")

    @contextmanager
    def open_fake(*_: Any, **__: Any) -> Iterator[Any]:
        yield fake.world

    for module in (unfinished, deploying):
        monkeypatch.setattr(module, "open_world", open_fake)
    name = fake.ledger.begin_deployment(Plan(Mode.AUTO_MIGRATE, SAMPLES, {}), Actor("ann", "host", None), None)
    fake.ledger.record_step(name, 0, SAMPLES[0].name, StepState.BEGUN)
    saved = SAMPLES[position].to_fields()
    lacking = read({key: value for key, value in saved.items() if key != "says"})
    deployment = fake.ledger._deployments[name]
    steps = (*SAMPLES[:position], lacking, *SAMPLES[position + 1:])
    fake.ledger._deployments[name] = replace(deployment, plan=replace(deployment.plan, steps=steps))
    before, journal = list(fake.docker.calls), list(fake.ledger.journal)
    with pytest.raises(BlockedError, match="says is missing") as caught:
        getattr(unfinished, command)(fake_settings(), fake.reporter)
    assert caught.value.reference == "plan-from-another-version"
    # Which engine answers is asked, and what a killed look left behind is swept; that moves nothing of production's.
    calls = [call for call in fake.docker.calls[len(before):] if call[0] not in LOOKS]
    assert (calls, fake.ledger.journal) == ([], journal)
    assert fake.ledger.unfinished() is not None, "for the version that made it"


@pytest.mark.parametrize("room", ["steps", "routines"])
def test_no_step_is_handed_the_whole_world(room: str) -> None:
    files = sorted((Path(deploy.__file__).parent / room).glob("*.py"))
    imported = {
        (file.name, name.name)
        for file in files for node in ast.walk(ast.parse(file.read_text())) if isinstance(node, ast.ImportFrom)
        for name in node.names
    }
    assert len(files) > 3
    assert not [place for place in imported if place[1] == "World"]
