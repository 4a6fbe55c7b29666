"""Give the running and the new image names that survive: `:backup`, `:release-N`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, Protocol

from deploy.model.has_doors import HasImages
from deploy.model.planned_step import UndoKind
from deploy.model.steps import Step, StepContext, UndoOutcome


class Doors(HasImages, Protocol):
    """What it touches."""


@dataclass(frozen=True, kw_only=True)
class TagForRollback(Step):
    """Tags are names for people; our own rollback goes by image id.

    Attributes:
        names: tag reference -> image id it must name.
        previous: the same references -> the image id they named before, None where they named nothing.
    """

    name: Literal["tag-for-rollback"] = "tag-for-rollback"
    undo_kind: UndoKind = UndoKind.REVERTED
    names: Mapping[str, str]
    previous: Mapping[str, str | None]

    def is_done(self, context: StepContext[Doors]) -> bool:
        """Whether every name already points where it must."""
        return all(_names(context, reference) == image_id for reference, image_id in self.names.items())

    def run(self, context: StepContext[Doors]) -> str:
        """Move the names."""
        for reference, image_id in self.names.items():
            context.world.images.tag(image_id, reference)
        return ", ".join(f":{reference.rpartition(':')[2]}" for reference in self.names)

    def undo(self, context: StepContext[Doors]) -> UndoOutcome:
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


def _names(context: StepContext[Doors], reference: str) -> str | None:
    image = context.world.images.find(reference)
    return image.image_id if image else None
