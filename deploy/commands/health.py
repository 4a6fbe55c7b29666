"""`--health-check` alone and `health`: does everything that serves agree? Changes nothing (D4, D6)."""

from __future__ import annotations

from deploy.commands.status import read_status
from deploy.model.doors import Reporter
from deploy.model.production import Area, NotKnown, PointState, Production
from deploy.model.results import HealthCheck, HealthReport, Status
from deploy.settings.schema import Settings

# The questions of `health`, and what of the look answers each.
CHECKS = {
    "containers-healthy": Area.CONTAINERS,
    "edge-serves": Area.EDGE,
    "edge-answers": Area.ANSWER,
    "database-answers": Area.DATABASE,
    "schema-fits": Area.SCHEMA,
}


def check_health(settings: Settings, reporter: Reporter) -> HealthReport:
    """Look once at what serves: containers, edge, answer, database and its revision."""
    return health_of(read_status(settings, reporter))


def health_of(status: Status) -> HealthReport:
    """What a look says of serving."""
    checks = []
    for name, area in CHECKS.items():
        problems = [point for point in status.problems if point.area is area]
        checks.append(HealthCheck(
            name=name, is_ok=not problems, says="; ".join(point.says for point in problems) or "ok",
            is_known=not problems or any(point.state is PointState.WRONG for point in problems),
        ))
    if status.production.was_never_deployed and status.production.app == ():
        checks[0] = HealthCheck("containers-healthy", is_ok=False, says="nothing was deployed yet, and nothing runs")
    if (why := _why_schema_is_unknown(status.production)) and checks[-1].is_ok:
        checks[-1] = HealthCheck("schema-fits", is_ok=False, says=f"not known: {why}", is_known=False)
    return HealthReport(tuple(checks), status.next_command)


def _why_schema_is_unknown(production: Production) -> str:
    """A revision is compared with the release's: without one of both there is no answer."""
    for looked in (production.database, production.ledger):
        if isinstance(looked, NotKnown):
            return looked.why
    return ""
