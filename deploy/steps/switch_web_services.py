"""Bring web services beside the application to the release: each behind the edge, as the application is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from deploy.model.planned_step import UndoKind
from deploy.model.steps import Step, StepContext, UndoOutcome
from deploy.steps.switch_containers import Doors, SwitchContainers


@dataclass(frozen=True, kw_only=True)
class SwitchWebServices(Step):
    """One after the other.

    Attributes:
        switches: of each service, its own, with its own backend of the edge.
    """

    name: Literal["switch-web-services"] = "switch-web-services"
    undo_kind: UndoKind = UndoKind.REVERTED
    switches: tuple[SwitchContainers, ...]

    def is_done(self, context: StepContext[Doors]) -> bool:
        """Whether every one is."""
        return all(switch.is_done(context) for switch in self.switches)

    def run(self, context: StepContext[Doors]) -> str:
        """Those that are done already are left."""
        said = [f"{switch.service}: {switch.run(context)}" for switch in self.switches if not switch.is_done(context)]
        return "; ".join(said) or "already so"

    def undo(self, context: StepContext[Doors]) -> UndoOutcome:
        """In the other order."""
        outcomes = [switch.undo(context) for switch in reversed(self.switches)]
        names = ", ".join(switch.service for switch in self.switches)
        return UndoOutcome(
            all(outcome.is_undone for outcome in outcomes), f"{names} run what they ran",
            differs=tuple(line for outcome in outcomes for line in outcome.differs),
        )
