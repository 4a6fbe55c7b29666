"""Backup, tags, health, verification, promotion, pruning."""

from __future__ import annotations

from dataclasses import replace

import pytest

from deploy.model.errors import StepFailed
from deploy.model.releases import Leaving, ReleaseState
from deploy.steps.back_up_database import BackUpDatabase
from deploy.steps.promote_release import FormerMark, LeftRelease, PromoteRelease
from deploy.steps.prune_releases import PruneReleases
from deploy.steps.tag_for_rollback import TagForRollback
from deploy.steps.verify_release import VerifyRelease
from tests.fakes.fake_database import BY_ANN
from tests.fakes.fake_ledger import AT
from tests.fakes.fake_world import REPOSITORY, FakeWorld
from tests.fakes.planned_steps import promote_release

BROKEN = StepFailed("it is busy", reference="busy")


def _named(fake: FakeWorld, tag: str) -> str | None:
    found = fake.images.find(f"{REPOSITORY}:{tag}")
    return found.image_id if found else None


def test_a_backup_is_recorded_and_kept_by_undo() -> None:
    fake, step = FakeWorld("r1"), BackUpDatabase(says="", image_id=None, release_number=None)
    fake.begin()
    assert step.undo(fake.context).is_undone
    assert not step.is_done(fake.context)
    step.run(fake.context)
    assert step.is_done(fake.context)
    assert step.undo(fake.context) == step.undo(fake.context)
    [backup] = fake.backups.all()
    assert backup.manifest.occasion.user_name == "ann", "who deploys, as the ledger knows"


def _tagging() -> tuple[FakeWorld, TagForRollback, str, str]:
    fake = FakeWorld()
    old, new = fake.docker.add_image(f"{REPOSITORY}:backup"), fake.docker.add_image(f"{REPOSITORY}:latest")
    names = {f"{REPOSITORY}:release-2": new, f"{REPOSITORY}:backup": new}
    previous = {f"{REPOSITORY}:release-2": None, f"{REPOSITORY}:backup": old}
    fake.images.tag(old, f"{REPOSITORY}:kept")
    return fake, TagForRollback(says="", names=names, previous=previous), old, new


def test_tags_move_and_undo_moves_them_back_twice() -> None:
    fake, step, old, new = _tagging()
    assert not step.is_done(fake.context)
    step.run(fake.context)
    assert step.is_done(fake.context)
    assert (_named(fake, "release-2"), _named(fake, "backup")) == (new, new)
    for _ in range(2):
        assert step.undo(fake.context).is_undone
        assert (_named(fake, "release-2"), _named(fake, "backup")) == (None, old)


def test_undo_of_tags_without_run_moves_nothing() -> None:
    fake, step, old, _new = _tagging()
    step.undo(fake.context)
    assert (_named(fake, "release-2"), _named(fake, "backup")) == (None, old)


def test_a_tag_that_somebody_moved_meanwhile_is_left() -> None:
    fake, step, _old, _new = _tagging()
    step.run(fake.context)
    other = fake.docker.add_image("example/other:1")
    fake.images.tag(other, f"{REPOSITORY}:backup")
    step.undo(fake.context)
    assert _named(fake, "backup") == other


def _promotion() -> tuple[FakeWorld, PromoteRelease, str, str]:
    fake = FakeWorld()
    old, new = fake.docker.add_image(f"{REPOSITORY}:latest"), fake.docker.add_image(f"{REPOSITORY}:release-2")
    fake.add_release(1, old, is_current=True)
    fake.add_release(2, new)
    fake.ledger.set_release_state(2, ReleaseState.CANDIDATE)
    return fake, promote_release(new, latest_reference=f"{REPOSITORY}:latest", previous_latest_image_id=old), old, new


def test_a_promoted_release_is_latest_good_and_current_and_undo_names_the_one_before() -> None:
    fake, step, old, new = _promotion()
    fake.images.tag(old, f"{REPOSITORY}:release-1")
    step.undo(fake.context)
    assert _named(fake, "latest") == old
    step.run(fake.context)
    assert step.is_done(fake.context)
    assert _named(fake, "latest") == new
    for _ in range(2):
        assert step.undo(fake.context).is_undone
        current = fake.ledger.current_release()
        assert (_named(fake, "latest"), current and current.number) == (old, 1)


def test_a_promotion_marks_what_was_left_and_undo_takes_the_mark_back() -> None:
    fake, step, _old, _new = _promotion()
    mark = Leaving(AT, "rolled back to release-0")
    fake.ledger.set_release_left(2, mark)
    going = replace(
        step, left=LeftRelease(number=1, because="rolled back to release-2"),
        left_before=(FormerMark(number=2, at=AT, because=mark.because),), configuration="abc",
    )
    going.run(fake.context)
    assert going.is_done(fake.context)
    two, one = fake.ledger.releases()
    assert (one.left and one.left.because, two.left, two.configuration) == ("rolled back to release-2", None, "abc")
    fake.ledger.set_release_left(1, None)
    assert not going.is_done(fake.context), "killed between the two"
    for _ in range(2):
        going.undo(fake.context)
        two, one = fake.ledger.releases()
        assert (one.left, two.left) == (None, mark)


def test_undo_of_the_first_promotion_leaves_no_current_release() -> None:
    fake, step, _old, _new = _promotion()
    fake.ledger._current = None
    first = replace(step, previous_number=None, previous_latest_image_id=None)
    first.run(fake.context)
    first.undo(fake.context)
    assert fake.ledger.current_release() is None


def _pruning() -> tuple[FakeWorld, PruneReleases]:
    fake = FakeWorld("r1")
    for number in (1, 2):
        fake.add_release(number, fake.docker.add_image(f"{REPOSITORY}:release-{number}"))
    names = []
    for _ in range(2):
        backup = fake.backups.create(fake.database.state, BY_ANN, say=str, is_stop_requested=lambda: False)
        names.append(backup.name)
    return fake, PruneReleases(
        says="", repository=REPOSITORY, release_numbers=(1, 2), backup_names=tuple(names)
    )


def test_pruning_goes_on_after_an_error_and_warns() -> None:
    fake, step = _pruning()
    fake.docker.fail_next("images.untag", BROKEN)
    fake.backups.failures[step.backup_names[0]] = BROKEN
    step.run(fake.context)
    assert len(fake.reporter.warned) == 2
    assert (_named(fake, "release-1"), len(fake.backups.kept)) == (None, 1)
    assert not step.is_done(fake.context)
    fake.backups.failures.clear()
    step.run(fake.context)
    assert step.is_done(fake.context)
    assert step.undo(fake.context).is_undone


def test_pruning_counts_only_what_it_removed() -> None:
    fake, step = _pruning()
    fake.docker.fail_next("images.untag", BROKEN)
    assert "1 releases" in step.run(fake.context)


def test_verification_names_every_difference() -> None:
    fake = FakeWorld("r1")
    image_id = fake.docker.add_image("example/shop:1")
    fake.docker.create("app", image_id, {})
    good = VerifyRelease(says="", service="app", image_id=image_id, replicas=1, revision_ids=("r1",))
    assert "r1" in good.run(fake.context)
    bad = replace(good, image_id="sha256:x", replicas=2, revision_ids=("r2",))
    with pytest.raises(StepFailed) as caught:
        bad.run(fake.context)
    assert all(word in caught.value.what for word in ("sha256:x", "1 containers run, not 2", "not r2"))
    fake.docker.create("app", image_id, {}).status = "exited"
    with pytest.raises(StepFailed, match="1 containers run, not 2"):
        replace(good, replicas=2).run(fake.context)
    assert bad.undo(fake.context).is_undone
