"""A production of named cells, steps that set them, and a fate that may strike at any call.

The toy undo is unguarded on purpose: it sets its cell back whoever set it. An engine that undoes
what it did not begin is caught by that.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, cast

from deploy.engine.abort_plan import abort_deployment
from deploy.engine.run_plan import run_deployment
from deploy.model.deployments import Actor, Mode, Plan, StepState
from deploy.model.doors import World
from deploy.model.errors import InterruptedByOperator, StepFailed
from deploy.model.planned_step import PlannedStep
from deploy.model.results import DeploymentOutcome
from deploy.model.steps import Step, StepContext, UndoOutcome
from tests.fakes.fake_ledger import FakeLedger
from tests.fakes.planned_steps import any_step

OLD, HALF, NEW = "old", "half", "new"
DOWNGRADE = "docker run image alembic downgrade x"


class Killed(BaseException):
    """SIGKILL: nothing of ours runs after it."""


@dataclass
class Fate:
    """Counts every call that leaves the engine; strikes at the chosen one."""

    kill_at: int | None = None
    count: int = 0

    def call(self, name: str = "") -> None:
        self.count += 1
        if self.count == self.kill_at:
            raise Killed(name)

    def again(self, kill_at: int | None = None) -> None:
        self.count, self.kill_at = 0, kill_at


class ToyClock:
    def __init__(self) -> None:
        self.seconds = 0.0

    def now(self) -> datetime:
        return datetime(2026, 1, 2, tzinfo=UTC)

    def monotonic(self) -> float:
        self.seconds += 1
        return self.seconds

    def sleep(self, seconds: float) -> None:
        self.seconds += seconds


class ToyStop:
    def __init__(self) -> None:
        self.is_asked = False
        self.shields = 0

    def is_requested(self) -> bool:
        return self.is_asked and self.shields == 0

    def raise_if_requested(self) -> None:
        if self.is_requested():
            raise InterruptedByOperator("interrupted", reference="interrupted")

    @contextmanager
    def shielded(self) -> Iterator[None]:
        self.shields += 1
        try:
            yield
        finally:
            self.shields -= 1


@dataclass
class ToyReporter:
    lines: list[str] = field(default_factory=list)

    def say(self, line: str) -> None:
        self.lines.append(line)

    log = warn = say

    def step_began(self, position: int, total: int, step: PlannedStep, *, is_undo: bool = False) -> None:
        self.lines.append(f"{'undo' if is_undo else 'do'} {position}")

    def step_ended(
        self, position: int, total: int, step: PlannedStep, *, outcome: str, is_ok: bool, seconds: float,
        is_undo: bool = False,
    ) -> None:
        self.lines.append(f"{'ok' if is_ok else 'bad'} {position} {outcome}")


@dataclass
class Toy:
    """The whole toy: cells, ledger, fate. `violations` collects what must never happen."""

    kinds: tuple[str, ...]
    fails_at: int | None = None
    failure: Exception = field(default_factory=lambda: StepFailed("it broke", hint="mend it", reference="toy-failed"))
    fails_after_effect: bool = False
    breaks_undo_of: int | None = None
    fate: Fate = field(default_factory=Fate)
    ledger: FakeLedger = field(default_factory=FakeLedger)
    stop: ToyStop = field(default_factory=ToyStop)
    reporter: ToyReporter = field(default_factory=ToyReporter)
    violations: list[str] = field(default_factory=list)
    undone: list[int] = field(default_factory=list)
    ran: list[int] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.cells = {i: NEW if kind == "already" else OLD for i, kind in enumerate(self.kinds)}
        self.initial = dict(self.cells)
        steps = tuple(
            any_step(f"toy-{kind}") for i, kind in enumerate(self.kinds)
        )
        self.ledger.begin_deployment(Plan(Mode.AUTO_MIGRATE, steps, {}), Actor("ann", "host", None), None)
        self.ledger.before_write = self.ledger.after_write = self.fate.call

    @property
    def world(self) -> World:
        nothing = cast("Any", None)
        return World(
            compose=nothing, images=nothing, containers=nothing, edge=nothing, database=nothing, backups=nothing,
            copies=nothing, restores=nothing, migrations=nothing, http=nothing, scratch=nothing, snapshots=nothing, clock=ToyClock(),
            disk=nothing, ledger=self.ledger, stop=self.stop, watch=nothing, data_checks=nothing, reporter=self.reporter,
        )

    def go(self, how: str = "run") -> DeploymentOutcome | None:
        """One process, from its start to its end or its death; None when nothing is unfinished or it died."""
        deployment = self.ledger.unfinished()
        if deployment is None:
            return None
        steps = [
            ToyStep(name=s.name, says="", undo_kind=s.undo_kind, toy=self, cell=cell)
            for cell, s in enumerate(deployment.plan.steps)
        ]
        self.stop.shields = 0
        try:
            if how == "abort":
                return abort_deployment(self.world, deployment, steps)
            return run_deployment(self.world, deployment, steps, is_resume=how == "resume")
        except Killed:
            return None

    def states(self) -> dict[int, StepState]:
        """The last journal state of every position."""
        return dict(self.ledger.journal)


@dataclass(frozen=True, kw_only=True, eq=False)
class ToyStep(Step):
    toy: Toy
    cell: int

    @property
    def kind(self) -> str:
        return self.toy.kinds[self.cell]

    def is_done(self, context: StepContext[Any]) -> bool:
        self.toy.fate.call("is_done")
        return self.kind != "look" and self.toy.cells[self.cell] == NEW

    def run(self, context: StepContext[Any]) -> str:
        toy = self.toy
        if toy.states().get(self.cell) is not StepState.BEGUN:
            toy.violations.append(f"{self.cell} ran before the journal said so")
        toy.ran.append(self.cell)
        if toy.fails_at == self.cell and not toy.fails_after_effect:
            raise toy.failure
        if self.kind != "look":
            if toy.cells[self.cell] == NEW:
                toy.violations.append(f"{self.cell} ran though it was done")
            for value in (HALF, NEW):
                toy.fate.call(f"before {value}")
                toy.cells[self.cell] = value
                toy.fate.call(f"after {value}")
        if toy.fails_at == self.cell:
            raise toy.failure
        return "set"

    def undo(self, context: StepContext[Any]) -> UndoOutcome:
        toy = self.toy
        toy.undone.append(self.cell)
        if not toy.stop.shields:
            toy.violations.append("undo without a shield")
        if toy.breaks_undo_of == self.cell:
            raise StepFailed("the engine is gone", hint="start it", reference="toy-gone")
        if self.kind == "look":
            return UndoOutcome(True, "nothing to undo")
        if self.kind == "point" and toy.cells[self.cell] != OLD:
            return UndoOutcome(False, f"cell {self.cell} is {toy.cells[self.cell]}", DOWNGRADE)
        toy.fate.call("before undo")
        toy.cells[self.cell] = OLD
        toy.fate.call("after undo")
        return UndoOutcome(True, "set back")
