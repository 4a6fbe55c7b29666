"""Show the maintenance page, let what is in flight end, and keep the application out of its database."""

from __future__ import annotations

from deploy.checks.restoring import find_database, is_journalled_done, is_swapped
from deploy.model.deployments import PlannedStep
from deploy.model.doors import World
from deploy.model.steps import StepContext, UndoOutcome
from deploy.steps.waiting import wait_until


class BeginMaintenance:
    """From here on every request is answered 503, and the database takes no connection.

    Params:
        database_name, old_name: see is_swapped.
        closes_database: false where the role may not, or where the database itself is restored into.
        had_page: whether the page was on before we came.
        drain_timeout_seconds: how long requests in flight may take.
    """

    def __init__(self, planned: PlannedStep) -> None:
        self.planned = planned
        self.params = planned.params

    def is_done(self, context: StepContext) -> bool:
        """Whether both are shut, or a later step has opened them again."""
        world = context.world
        if is_journalled_done(world, context.deployment_id, "end-maintenance"):
            return True
        if world.edge.is_reachable() and not world.edge.is_in_maintenance():
            return False
        if not self.params["closes_database"]:
            return True
        live = find_database(world, self.params["database_name"])
        return live is None or not live.is_open or is_swapped(world, self.params)

    def run(self, context: StepContext) -> str:
        """Page, then requests in flight, then sessions."""
        world = context.world
        said = self._show_page(world)
        if not self.params["closes_database"]:
            return said
        world.database.release_deployment_lock()  # our own session would keep the database from being renamed
        if is_swapped(world, self.params):
            return said
        ended = world.restores.close_database(self.params["database_name"])
        return f"{said}; {self.params['database_name']} takes no connection, {ended} sessions ended"

    def undo(self, context: StepContext) -> UndoOutcome:
        """Open the database, then take the page away."""
        world = context.world
        live = find_database(world, self.params["database_name"])
        if live is not None and not live.is_open:
            world.restores.open_database(live.name)
        if not self.params["had_page"] and world.edge.is_reachable() and world.edge.is_in_maintenance():
            world.edge.set_maintenance(is_on=False)
        page = "on, as before" if self.params["had_page"] else "off"
        return UndoOutcome(True, f"{self.params['database_name']} takes connections, the maintenance page is {page}")

    def _show_page(self, world: World) -> str:
        if not world.edge.is_reachable():
            return "the edge does not run, so nobody is served"
        world.edge.set_maintenance(is_on=True)
        in_flight = 0

        def is_empty() -> bool:
            nonlocal in_flight
            in_flight = sum(slot.session_count for slot in world.edge.slots())
            return in_flight == 0

        wait_until(world, is_empty, self.params["drain_timeout_seconds"])
        return "the maintenance page is on" + (f", {in_flight} requests are cut" if in_flight else "")
