"""Read back what runs: image ids, database revision, what the migration left."""

from __future__ import annotations

from deploy.model.deployments import PlannedStep
from deploy.model.errors import StepFailed
from deploy.model.steps import StepContext, UndoOutcome


class VerifyRelease:
    """A report is only as good as what was read back: an exit code proves nothing.

    Params:
        service, image_id, replicas: what must run.
        revision_ids: where the database must be; None where it is nobody's business.
    """

    def __init__(self, planned: PlannedStep) -> None:
        self.planned = planned
        self.params = planned.params

    def is_done(self, context: StepContext) -> bool:  # noqa: ARG002
        """Never: it is a look at the moment."""
        return False

    def run(self, context: StepContext) -> str:
        """Compare; every difference is named."""
        world = context.world
        containers = world.containers.list(self.params["service"])
        problems = [
            f"{c.name} runs {c.image_id[:19]}, not {self.params['image_id'][:19]}"
            for c in containers
            if c.image_id != self.params["image_id"]
        ]
        if len([c for c in containers if c.is_running]) != self.params["replicas"]:
            problems.append(f"{len(containers)} containers, not {self.params['replicas']}")
        state = world.database.observe()
        wanted = self.params["revision_ids"]
        if wanted is not None and set(state.revision_ids) != set(wanted):
            problems.append(f"the database is at {state.at}, not {', '.join(wanted)}")
        if problems:
            raise StepFailed(
                f"what runs is not what was planned: {'; '.join(problems)}",
                hint="./scripts/deploy.sh status",
                reference="release-not-as-planned",
            )
        for name in state.unvalidated_constraint_names:
            world.reporter.say(f"not yet validated: {name}")
        at = state.at
        return f"image {self.params['image_id'][7:19]}, database at {at}, {len(state.table_names)} tables"

    def undo(self, context: StepContext) -> UndoOutcome:  # noqa: ARG002
        """Nothing was changed."""
        return UndoOutcome(True, "nothing to undo")
