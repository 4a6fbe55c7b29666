"""Read back what runs: image ids, database revision, what the migration left."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, Protocol

from deploy.model.errors import StepFailed
from deploy.model.has_doors import HasContainers, HasDatabase, HasReporter
from deploy.model.planned_step import UndoKind
from deploy.model.steps import Step, StepContext, UndoOutcome


class Doors(HasContainers, HasDatabase, HasReporter, Protocol):
    """What it touches."""


@dataclass(frozen=True, kw_only=True)
class VerifyRelease(Step):
    """A report is only as good as what was read back: an exit code proves nothing.

    Attributes:
        service, image_id, replicas: what must run.
        revision_ids: where the database must be; None where it is nobody's business.
    """

    name: Literal["verify-release"] = "verify-release"
    undo_kind: UndoKind = UndoKind.NOTHING_TO_UNDO
    service: str
    image_id: str
    replicas: int
    revision_ids: tuple[str, ...] | None

    def is_done(self, context: StepContext[Doors]) -> bool:  # noqa: ARG002
        """Never: it is a look at the moment."""
        return False

    def run(self, context: StepContext[Doors]) -> str:
        """Compare; every difference is named."""
        world = context.world
        containers = world.containers.list(self.service)
        problems = [
            f"{c.name} runs {c.image_id[:19]}, not {self.image_id[:19]}"
            for c in containers
            if c.image_id != self.image_id
        ]
        running = sum(1 for c in containers if c.is_running)
        if running != self.replicas:
            problems.append(f"{running} containers run, not {self.replicas}")
        state = world.database.observe()
        wanted = self.revision_ids
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
        return f"image {self.image_id[7:19]}, database at {at}, {len(state.table_names)} tables"

    def undo(self, context: StepContext[Doors]) -> UndoOutcome:  # noqa: ARG002
        """Nothing was changed."""
        return UndoOutcome(True, "nothing to undo")
