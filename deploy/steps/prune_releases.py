"""Remove what is older than the operator wants to keep. Only what the ledger says we made."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, Protocol

from deploy.model.errors import DeployError
from deploy.model.has_doors import HasBackups, HasCompose, HasImages, HasLedger, HasReporter
from deploy.model.pinned_images import pinned_images
from deploy.model.planned_step import UndoKind
from deploy.model.releases import Release, ReleaseState, release_name
from deploy.model.steps import Step, StepContext, UndoOutcome


class Doors(HasBackups, HasCompose, HasImages, HasLedger, HasReporter, Protocol):
    """What it touches."""


@dataclass(frozen=True, kw_only=True)
class PruneReleases(Step):
    """Its failure is told, and never fails a deployment that already serves.

    Attributes:
        repository: where our tags live.
        release_numbers: releases whose tag goes.
        backup_names: backups that are too old.
    """

    name: Literal["prune-releases"] = "prune-releases"
    undo_kind: UndoKind = UndoKind.NOTHING_TO_UNDO
    repository: str
    release_numbers: tuple[int, ...]
    backup_names: tuple[str, ...]

    def is_done(self, context: StepContext[Doors]) -> bool:
        """Whether nothing of it is left."""
        kept = {backup.name for backup in context.world.backups.all()}
        return not kept & set(self.backup_names) and not self._releases(context)

    def run(self, context: StepContext[Doors]) -> str:
        """Remove, one by one."""
        world = context.world
        removed_releases = removed_backups = 0
        for release in self._releases(context):
            try:
                world.images.untag(f"{self.repository}:{release_name(release.number)}")
                for image in pinned_images(world.compose.kept(release.name) or {}).values():
                    world.images.untag(image.tag(release.name))
                world.compose.forget(release.name)
                world.ledger.set_release_state(release.number, ReleaseState.PRUNED)
                removed_releases += 1
            except DeployError as error:
                world.reporter.warn(f"could not remove {release.name}: {error.what}")
        for name in self.backup_names:
            try:
                world.backups.delete(name)
                removed_backups += 1
            except DeployError as error:
                world.reporter.warn(f"could not remove {name}: {error.what}")
        return f"{removed_releases} releases and {removed_backups} backups removed"

    def undo(self, context: StepContext[Doors]) -> UndoOutcome:  # noqa: ARG002
        """Nothing that runs needed them."""
        return UndoOutcome(True, "nothing to undo")

    def _releases(self, context: StepContext[Doors]) -> list[Release]:
        numbers = set(self.release_numbers)
        releases = context.world.ledger.releases()
        return [r for r in releases if r.number in numbers and r.state is not ReleaseState.PRUNED]
