"""Call the release good: `:latest` names it, the ledger says it runs."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal, Protocol

from deploy.model.has_doors import HasClock, HasImages, HasLedger, HasWatch
from deploy.model.planned_step import Saved, UndoKind
from deploy.model.releases import Leaving, ReleaseState
from deploy.model.steps import Step, StepContext, UndoOutcome
from deploy.model.watching import UNDECIDED


class Doors(HasClock, HasImages, HasLedger, HasWatch, Protocol):
    """What it touches."""


@dataclass(frozen=True, kw_only=True)
class LeftRelease(Saved):
    """The release that production goes away from, and because of what."""

    number: int
    because: str


@dataclass(frozen=True, kw_only=True)
class FormerMark(Saved):
    """That a release had been left: since when, and because of what; kept for the undo."""

    number: int
    at: datetime
    because: str


@dataclass(frozen=True, kw_only=True)
class PromoteRelease(Step):
    """A plain `docker compose up -d` typed by hand starts the same release afterwards.

    Attributes:
        latest_reference, image_id, number: what is promoted.
        previous_latest_image_id, previous_number: for the undo; None where there was none.
        left: the release that production went away from; None where it went forward.
        left_before: marks that end, because their image serves again.
        configuration: fingerprint of the compose service that it serves with.
    """

    name: Literal["promote-release"] = "promote-release"
    undo_kind: UndoKind = UndoKind.REVERTED
    latest_reference: str
    image_id: str
    number: int
    previous_latest_image_id: str | None
    previous_number: int | None
    left: LeftRelease | None = None
    left_before: tuple[FormerMark, ...] = ()
    configuration: str = ""

    def is_done(self, context: StepContext[Doors]) -> bool:
        """Whether the tag and the ledger both say so."""
        latest = context.world.images.find(self.latest_reference)
        current = context.world.ledger.current_release()
        return (
            latest is not None
            and latest.image_id == self.image_id
            and current is not None
            and current.number == self.number
            and current.state is ReleaseState.GOOD
            and self._is_marked(context)
        )

    def run(self, context: StepContext[Doors]) -> str:
        """Tag, then record. What the watch could not judge is what runs, and is not made good by that."""
        name = f"release-{self.number}"
        context.world.images.tag(self.image_id, self.latest_reference)
        undecided = context.world.watch.records.load(context.deployment_id).get(UNDECIDED)
        if undecided:
            context.world.ledger.set_current_release(self.number)
            command = f"./scripts/deploy.sh --skip-migrate --health-check --watch --image {self.image_id}"
            context.remarks.append(
                f"{name} serves, but its watch could not tell whether it is good: {undecided}; "
                f"watch it again when the machine is less busy: {command}"
            )
            return f":latest names {name}, which its watch could not judge"
        context.world.ledger.set_release_state(self.number, ReleaseState.GOOD)
        self._mark(context)
        context.world.ledger.set_current_release(self.number)
        return f"{name} is good, :latest names it"

    def undo(self, context: StepContext[Doors]) -> UndoOutcome:
        """Name the release before again."""
        world = context.world
        latest = world.images.find(self.latest_reference)
        previous_image_id = self.previous_latest_image_id
        # Only if it still is where we put it: somebody may have moved it since.
        if latest is not None and latest.image_id == self.image_id != previous_image_id:
            if previous_image_id is None:
                world.images.untag(self.latest_reference)
            else:
                world.images.tag(previous_image_id, self.latest_reference)
        current = world.ledger.current_release()
        if current is not None and current.number == self.number:
            world.ledger.set_current_release(self.previous_number)
        self._unmark(context)
        return UndoOutcome(True, ":latest is as it was")

    def _is_marked(self, context: StepContext[Doors]) -> bool:
        """Whether the ledger says which release was left, and which no longer is."""
        gone = {entry.number for entry in self.left_before}
        for release in context.world.ledger.releases():
            if release.number in gone and release.left is not None:
                return False
            if self.left and release.number == self.left.number and release.left is None:
                return False
            if release.number == self.number and release.configuration != self.configuration:
                return False
        return True

    def _mark(self, context: StepContext[Doors]) -> None:
        ledger, left = context.world.ledger, self.left
        for entry in self.left_before:
            ledger.set_release_left(entry.number, None)
        if left:
            ledger.set_release_left(left.number, Leaving(context.world.clock.now(), left.because))
        ledger.set_release_configuration(self.number, self.configuration)

    def _unmark(self, context: StepContext[Doors]) -> None:
        ledger, left = context.world.ledger, self.left
        if left:
            ledger.set_release_left(left.number, None)
        for entry in self.left_before:
            ledger.set_release_left(entry.number, Leaving(entry.at, entry.because))
