"""Give the running and the new image names that survive: `:backup`, `:release-N`."""

from __future__ import annotations

from deploy.model.deployments import PlannedStep
from deploy.model.steps import StepContext, UndoOutcome


class TagForRollback:
    """Tags are names for people; our own rollback goes by image id.

    Params:
        names: tag reference -> image id it must name.
        previous: the same references -> the image id they named before, None where they named nothing.
    """

    def __init__(self, planned: PlannedStep) -> None:
        self.planned = planned
        self.names: dict[str, str] = dict(planned.params["names"])
        self.previous: dict[str, str | None] = dict(planned.params["previous"])

    def is_done(self, context: StepContext) -> bool:
        """Whether every name already points where it must."""
        return all(_names(context, reference) == image_id for reference, image_id in self.names.items())

    def run(self, context: StepContext) -> str:
        """Move the names."""
        for reference, image_id in self.names.items():
            context.world.images.tag(image_id, reference)
        return ", ".join(f":{reference.rpartition(':')[2]}" for reference in self.names)

    def undo(self, context: StepContext) -> UndoOutcome:
        """Move them back, if they are still where we put them."""
        for reference, image_id in self.names.items():
            previous_id = self.previous.get(reference)
            if previous_id == image_id or _names(context, reference) != image_id:
                continue
            if previous_id is None:
                context.world.images.untag(reference)
            else:
                context.world.images.tag(previous_id, reference)
        return UndoOutcome(True, "tags are as they were")


def _names(context: StepContext, reference: str) -> str | None:
    image = context.world.images.find(reference)
    return image.image_id if image else None
