"""Pushed to all, pruned by the same rules, and what may not be removed is told."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta

import pytest

from deploy.commands import copying
from deploy.commands.wiring import Vault
from deploy.model.backups import Backup, BackupRecord, Occasion, Verification
from deploy.model.errors import BlockedError, DeployError, InterruptedByOperator, LockedError, StepFailed, UsageError
from tests.fakes.fake_copies import FakeCopies
from tests.fakes.fake_database import BY_ANN, make_backup
from tests.fakes.fake_world import DEPLOYMENT_ID, FakeReporter, FakeWorld, fake_settings

NEAR, FAR = "/mnt/backups", "s3://bucket/prefix"
DENIED = StepFailed("denied", reference="copy-denied")
NO_CLIENT = BlockedError("no boto3", hint="pip install boto3", reference="copy-client-missing")
LOST = StepFailed("lost", reference="copy-not-reached")


class ShopVault(Vault):
    """The vault of the fake world; its time is the fake clock's."""

    def now(self):
        return self.copies._clock.now()


class DenyingCopies(FakeCopies):
    """Nothing may be deleted there."""

    denial: StepFailed | None = None

    def delete(self, name: str, target: str) -> None:
        if self.denial:
            raise self.denial
        super().delete(name, target)


class Shop:
    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        fake = FakeWorld()
        self.backups, self.ledger, self.reporter, self.clock = fake.backups, fake.ledger, FakeReporter(), fake.clock
        self.fake = fake
        self.copies = DenyingCopies(self.backups, self.clock, NEAR, FAR)
        vault = ShopVault(self.backups, self.copies, self.ledger)

        @contextmanager
        def opened(_settings: object, *, command: str = "") -> Iterator[Vault]:
            yield vault

        monkeypatch.setattr(copying, "open_vault", opened)
        self.settings = fake_settings(backup_copy_to=(NEAR, FAR))

    def add(self, days: int, *, occasion: Occasion = BY_ANN, is_verified: bool = False) -> Backup:
        at = self.clock.now() - timedelta(days=days)
        record = BackupRecord(Verification(at, "server", 1.0)) if is_verified else BackupRecord()
        backup = make_backup(
            f"backup_shop_{at:%Y%m%dT%H%M%SZ}", started_at=at, occasion=occasion, record=record
        )
        self.backups.kept[backup.name] = backup
        return backup

    def push(self, name: str | None, *targets: str) -> copying.PushReport:
        return copying.push_backup(self.settings, self.reporter, name, targets, is_whole=False)

    def prune(self, *, is_dry_run: bool = False) -> copying.CopyPruning:
        return copying.prune_copies(self.settings, self.reporter, FAR, is_dry_run=is_dry_run)


@pytest.fixture
def shop(monkeypatch: pytest.MonkeyPatch) -> Shop:
    return Shop(monkeypatch)


def test_the_newest_goes_to_all_targets_although_one_fails(shop: Shop) -> None:
    shop.add(2)
    newest = shop.add(1)
    shop.copies.failures[NEAR] = LOST
    report = shop.push(None)
    assert report.targets == (NEAR, FAR)
    assert set(report.problems) == {NEAR}
    assert set(shop.copies.kept[FAR]) == {newest.name}
    assert set(report.backup.record.copy_problems) == {NEAR}


def test_without_a_target_or_a_backup_nothing_is_pushed(shop: Shop) -> None:
    with pytest.raises(BlockedError):
        shop.push(None)
    shop.copies._targets = ()
    with pytest.raises(UsageError):
        shop.push(None)


def test_a_pulled_copy_is_recorded_as_one(shop: Shop) -> None:
    backup = shop.add(1)
    shop.push(None, FAR)
    shop.backups.delete(backup.name)
    pulled = copying.pull_backup(shop.settings, shop.reporter, backup.name, FAR)
    assert [copy.target for copy in pulled.record.copies] == [FAR]


def test_copies_are_pruned_by_age_and_the_ones_needed_stay(shop: Shop) -> None:
    names = {days: shop.add(days, is_verified=days == 12).name for days in (1, 2, 9, 10, 11, 12)}
    bound = shop.add(30, occasion=Occasion("ann", "host", DEPLOYMENT_ID)).name
    shop.fake.add_release(1, "sha256:a")
    for name in [*names.values(), bound]:
        shop.push(name, FAR)
    before = set(shop.copies.kept[FAR])
    assert {v.backup.name for v in shop.prune(is_dry_run=True).verdicts if not v.is_kept} == {
        names[9], names[10], names[11]
    }
    assert set(shop.copies.kept[FAR]) == before
    shop.prune()
    assert set(shop.copies.kept[FAR]) == {names[1], names[2], names[12], bound}
    assert len(shop.backups.kept) == 7, "here nothing is pruned"
    assert shop.backups.get(names[9]).record.copies == (), "what is gone there is recorded no more"
    assert [copy.target for copy in shop.backups.get(names[12]).record.copies] == [FAR]


def test_what_may_not_be_removed_is_told_and_is_no_error(shop: Shop) -> None:
    old, new = shop.add(20), shop.add(1)
    for backup in (old, new):
        shop.push(backup.name, FAR)
    shop.copies.denial = DENIED
    assert set(shop.prune().denied) == {old.name}
    assert [copy.target for copy in shop.backups.get(old.name).record.copies] == [FAR]
    shop.copies.denial = LOST
    with pytest.raises(StepFailed):
        shop.prune()


def test_what_a_broken_push_left_goes_when_it_is_old_and_its_backup_is_gone(shop: Shop) -> None:
    here, new = shop.add(20), shop.add(1)
    shop.push(new.name, FAR)
    old, young = "backup_shop_20251201T000000Z-2", f"{new.name}-2"
    shop.copies.broken[FAR] = {here.name, old, young, "backup_shop_x"}
    assert shop.prune(is_dry_run=True).unfinished == (old,)
    assert old in shop.copies.broken[FAR]
    shop.prune()
    assert shop.copies.broken[FAR] == {here.name, young, "backup_shop_x"}


def test_a_listed_copy_knows_what_was_proven_here_of_the_same_backup_only(shop: Shop) -> None:
    backup = shop.add(1)
    shop.push(backup.name, FAR)
    shop.backups.record(backup.name, BackupRecord(Verification(shop.clock.now(), "server", 1.0)))
    (copy,), _ = copying.list_copies(shop.settings, FAR)
    assert copy.is_verified
    shop.backups.kept[backup.name] = replace(
        shop.backups.get(backup.name), manifest=replace(backup.manifest, server_version="other")
    )
    (copy,), _ = copying.list_copies(shop.settings, FAR)
    assert not copy.is_verified


def test_a_target_whose_client_is_missing_keeps_no_other_from_its_copy(shop: Shop) -> None:
    newest = shop.add(1)
    shop.copies.failures[NEAR] = NO_CLIENT
    report = shop.push(None)
    assert report.problems == {NEAR: NO_CLIENT}
    assert set(shop.copies.kept[FAR]) == {newest.name}


def test_a_target_that_cannot_be_read_keeps_no_other_from_its_copy(shop: Shop) -> None:
    newest = shop.add(1)
    report = shop.push(newest.name, "garbage", FAR)
    assert set(report.problems) == {"garbage"}
    assert set(shop.copies.kept[FAR]) == {newest.name}


@pytest.mark.parametrize("error", [NO_CLIENT, LockedError("another push", reference="copy-under-way")])
def test_what_no_target_could_be_tried_for_ends_with_its_own_exit_code(shop: Shop, error: DeployError) -> None:
    shop.add(1)
    shop.copies.failures.update({NEAR: error, FAR: error})
    with pytest.raises(type(error)) as caught:
        shop.push(None)
    assert caught.value is error


def test_an_interruption_ends_the_push_at_once(shop: Shop) -> None:
    shop.add(1)
    shop.copies.failures[NEAR] = InterruptedByOperator("stopped", reference="interrupted")
    with pytest.raises(InterruptedByOperator):
        shop.push(None)
    assert FAR not in shop.copies.kept
