"""Show the maintenance page, let what is in flight end, and keep the application out of its database."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, Protocol

from deploy.checks.restoring import find_database, is_journalled_done, is_swapped
from deploy.model.has_doors import HasClock, HasDatabase, HasDatabaseServer, HasEdge, HasLedger, HasStop
from deploy.model.planned_step import UndoKind
from deploy.model.steps import Step, StepContext, UndoOutcome
from deploy.routines.waiting import wait_until


class Doors(HasClock, HasDatabase, HasEdge, HasLedger, HasDatabaseServer, HasStop, Protocol):
    """What it touches."""


@dataclass(frozen=True, kw_only=True)
class BeginMaintenance(Step):
    """From here on every request is answered 503, and the database takes no connection.

    Attributes:
        database_name, old_name: see is_swapped.
        closes_database: false where the role may not, or where the database itself is restored into.
        had_page: whether the page was on before we came.
        drain_timeout_seconds: how long requests in flight may take.
    """

    name: Literal["begin-maintenance"] = "begin-maintenance"
    undo_kind: UndoKind = UndoKind.REVERTED
    database_name: str
    old_name: str | None
    closes_database: bool
    had_page: bool
    drain_timeout_seconds: float

    def is_done(self, context: StepContext[Doors]) -> bool:
        """Whether both are shut, or a later step has opened them again."""
        world = context.world
        if is_journalled_done(world, context.deployment_id, "end-maintenance"):
            return True
        if world.edge.is_reachable() and not world.edge.is_in_maintenance():
            return False
        if not self.closes_database:
            return True
        live = find_database(world, self.database_name)
        return live is None or not live.is_open or is_swapped(world, self.database_name, self.old_name)

    def run(self, context: StepContext[Doors]) -> str:
        """Page, then requests in flight, then sessions."""
        world = context.world
        said = self._show_page(world)
        if not self.closes_database:
            return said
        world.database.release_deployment_lock()  # our own session would keep the database from being renamed
        if is_swapped(world, self.database_name, self.old_name):
            return said
        ended = world.restores.close_database(self.database_name)
        return f"{said}; {self.database_name} accepts no connection, {ended} sessions ended"

    def undo(self, context: StepContext[Doors]) -> UndoOutcome:
        """Open the database, then take the page away."""
        world = context.world
        live = find_database(world, self.database_name)
        if live is not None and not live.is_open:
            world.restores.open_database(live.name)
        if not self.had_page and world.edge.is_reachable() and world.edge.is_in_maintenance():
            world.edge.set_maintenance(is_on=False)
        page = "on, as before" if self.had_page else "off"
        return UndoOutcome(True, f"{self.database_name} accepts connections, the maintenance page is {page}")

    def _show_page(self, world: Doors) -> str:
        if not world.edge.is_reachable():
            return "the edge does not run, so users are not served"
        world.edge.set_maintenance(is_on=True)
        in_flight = 0

        def is_empty() -> bool:
            nonlocal in_flight
            in_flight = sum(slot.session_count for slot in world.edge.slots())
            return in_flight == 0

        wait_until(world, is_empty, self.drain_timeout_seconds)
        return "the maintenance page is on" + (f", {in_flight} requests are cut" if in_flight else "")
