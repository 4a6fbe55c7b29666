"""The contract between the engine and a step."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass, field
from typing import Generic, TypeVar

from deploy.model.doors import World
from deploy.model.planned_step import PlannedStep

DoorsT_co = TypeVar("DoorsT_co", covariant=True)


@dataclass(frozen=True)
class StepContext(Generic[DoorsT_co]):
    """What a step is given: the doors that it names, and whose step it is.

    Attributes:
        remarks: what the deployment's last line must say although everything is done; steps add to it.
    """

    world: DoorsT_co
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


@dataclass(frozen=True, kw_only=True)
class Step(PlannedStep, ABC):
    """One change with its undo: the planned value itself, so it works after a crash from what was saved alone."""

    @abstractmethod
    def is_done(self, context: StepContext[World]) -> bool:
        """Asks the world, never the journal."""

    @abstractmethod
    def run(self, context: StepContext[World]) -> str:
        """Make the change; returns its one-line result. Raises StepFailed or InterruptedByOperator."""

    @abstractmethod
    def undo(self, context: StepContext[World]) -> UndoOutcome:
        """Idempotent, and harmless if run never took effect."""
