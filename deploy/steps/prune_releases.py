"""Remove what is older than the operator wants to keep. Only what the ledger says we made."""

from __future__ import annotations

from deploy.model.deployments import PlannedStep
from deploy.model.errors import DeployError
from deploy.model.releases import Release, ReleaseState, release_name
from deploy.model.steps import StepContext, UndoOutcome


class PruneReleases:
    """Its failure is told, and never fails a deployment that already serves.

    Params:
        repository: where our tags live.
        release_numbers: releases whose tag goes.
        backup_names: backups that are too old.
    """

    def __init__(self, planned: PlannedStep) -> None:
        self.planned = planned
        self.params = planned.params

    def is_done(self, context: StepContext) -> bool:
        """Whether nothing of it is left."""
        kept = {backup.name for backup in context.world.backups.all()}
        return not kept & set(self.params["backup_names"]) and not self._releases(context)

    def run(self, context: StepContext) -> str:
        """Remove, one by one."""
        world = context.world
        removed_releases = removed_backups = 0
        for release in self._releases(context):
            try:
                world.images.untag(f"{self.params['repository']}:{release_name(release.number)}")
                world.ledger.set_release_state(release.number, ReleaseState.PRUNED)
                removed_releases += 1
            except DeployError as error:
                world.reporter.warn(f"could not remove {release.name}: {error.what}")
        for name in self.params["backup_names"]:
            try:
                world.backups.delete(name)
                removed_backups += 1
            except DeployError as error:
                world.reporter.warn(f"could not remove {name}: {error.what}")
        return f"{removed_releases} releases and {removed_backups} backups removed"

    def undo(self, context: StepContext) -> UndoOutcome:  # noqa: ARG002
        """Nothing that runs needed them."""
        return UndoOutcome(True, "nothing to undo")

    def _releases(self, context: StepContext) -> list[Release]:
        numbers = set(self.params["release_numbers"])
        releases = context.world.ledger.releases()
        return [r for r in releases if r.number in numbers and r.state is not ReleaseState.PRUNED]
