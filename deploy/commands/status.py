"""What runs, where the database is, what is wrong, unfinished or open: one screen at 2 a.m."""

from __future__ import annotations

from deploy.commands.production_look import LOOK_SECONDS, look_at_production
from deploy.commands.wiring import open_world
from deploy.model.doors import Reporter
from deploy.model.results import Status
from deploy.planning.production import judge_production
from deploy.settings.schema import Settings


def read_status(settings: Settings, reporter: Reporter) -> Status:
    """Whatever answers; what does not is a point that says why, never an error."""
    with open_world(
        settings, reporter, command="status", is_exclusive=False, engine_seconds=LOOK_SECONDS
    ) as world:
        production = look_at_production(world, settings)
    return Status(production, judge_production(production, settings))
