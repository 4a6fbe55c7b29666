"""The contract between the engine and a step."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Protocol

from deploy.model.deployments import PlannedStep
from deploy.model.doors import World


@dataclass(frozen=True)
class StepContext:
    """What a step is given: the doors, and whose step it is.

    Attributes:
        remarks: what the deployment's last line must say although everything is done; steps add to it.
    """

    world: World
    deployment_id: str
    remarks: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class UndoOutcome:
    """What undo achieved.

    Attributes:
        is_undone: the world is as it was before this step.
        says: one line; what differs when it is not undone.
        next_command: the one command that comes next, when it is not undone.
        differs: one line for each thing that differs; empty where `says` is the only one.
    """

    is_undone: bool
    says: str
    next_command: str = ""
    differs: tuple[str, ...] = ()


class Step(Protocol):
    """One change with its undo. Built from the saved plan alone, so it works after a crash."""

    planned: PlannedStep

    def is_done(self, context: StepContext) -> bool:
        """Asks the world, never the journal."""

    def run(self, context: StepContext) -> str:
        """Make the change; returns its one-line result. Raises StepFailed or InterruptedByOperator."""

    def undo(self, context: StepContext) -> UndoOutcome:
        """Idempotent, and harmless if run never took effect."""
