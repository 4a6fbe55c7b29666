"""Keep the compose file as this release gets it: rolled back to, or brought back, it gets the same again."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, Protocol

from deploy.checks.restoring import is_journalled_done
from deploy.model.has_doors import HasCompose, HasLedger
from deploy.model.pinned_images import PinnedImage
from deploy.model.planned_step import UndoKind
from deploy.model.steps import Step, StepContext, UndoOutcome


class Doors(HasCompose, HasLedger, Protocol):
    """What it touches."""


@dataclass(frozen=True, kw_only=True)
class KeepConfiguration(Step):
    """Before anything of the release is started.

    Attributes:
        replaces: whether another file was kept for this release when the plan was made.
        images: of services that do not run the application's, theirs.
    """

    name: Literal["keep-configuration"] = "keep-configuration"
    undo_kind: UndoKind = UndoKind.REVERTED
    release: str
    replaces: bool
    images: tuple[PinnedImage, ...]

    def is_done(self, context: StepContext[Doors]) -> bool:
        """Whether this deployment did it: a file that somebody edits meanwhile is no part of the plan."""
        return is_journalled_done(context.world, context.deployment_id, self.name)

    def run(self, context: StepContext[Doors]) -> str:
        """Render and write."""
        context.world.compose.keep(self.release, {image.service: image for image in self.images})
        return f"{self.release} is made by the compose file as it is now"

    def undo(self, context: StepContext[Doors]) -> UndoOutcome:
        """What was kept before, or nothing."""
        if self.replaces:
            context.world.compose.put_back(self.release)
        else:
            context.world.compose.forget(self.release)
        return UndoOutcome(True, f"{self.release} is as it was kept before" if self.replaces else "nothing is kept")
