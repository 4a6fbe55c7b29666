"""What is said of a production that was looked at. Pure; one file an area.

A new question is a function here or in the area's file, `(Production, Settings) -> points`, and its line in QUESTIONS.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

from deploy.model.production import Point, PointState, Production
from deploy.planning.production.accessories import accessory_points
from deploy.planning.production.background import background_points
from deploy.planning.production.compose_file import compose_file_points
from deploy.planning.production.deployments import deployment_points, ledger_points
from deploy.planning.production.keeping import backup_points, disk_points, image_points
from deploy.planning.production.schema import database_points, schema_points
from deploy.planning.production.serving import answer_points, container_points, edge_points
from deploy.settings.schema import Settings

Question = Callable[[Production, Settings], Iterable[Point]]

# In the order in which an operator must know it: the first wrong point's command is `next`.
QUESTIONS: tuple[Question, ...] = (
    ledger_points,
    deployment_points,
    accessory_points,
    container_points,
    background_points,
    compose_file_points,
    edge_points,
    answer_points,
    database_points,
    schema_points,
    image_points,
    backup_points,
    disk_points,
)
_RANK = {state: rank for rank, state in enumerate(PointState)}


def judge_production(production: Production, settings: Settings) -> tuple[Point, ...]:
    """Everything that is not simply well: what is wrong first, then what is not known, then what is open."""
    found = [point for question in QUESTIONS for point in question(production, settings)]
    return tuple(sorted(dict.fromkeys(found), key=lambda point: _RANK[point.state]))
