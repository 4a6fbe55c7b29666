"""`--health-check` alone and `health`: does everything that serves agree? Changes nothing (D4, D6)."""

from __future__ import annotations

from deploy.checks.health import container_problem, http_problem, schema_problem
from deploy.commands.preflight import check_engine
from deploy.commands.wiring import open_world
from deploy.model.doors import Reporter
from deploy.model.health import HealthExpectation
from deploy.model.results import HealthCheck, HealthReport
from deploy.settings.schema import Settings


def check_health(settings: Settings, reporter: Reporter) -> HealthReport:
    """Ask container, edge and database once.

    Raises:
        BlockedError: no engine answers.
    """
    with open_world(settings, reporter, command="health", is_exclusive=False) as world:
        check_engine(world)
        current = world.ledger.current_release()
        expectation = HealthExpectation(
            service=settings.app_service,
            url=settings.public_url + settings.health_path,
            release_header=settings.release_header,
            release=current.name if current else None,
            image_id=current.image.image_id if current else None,
            revision_ids=None,
        )
        questions = (
            ("containers-healthy", container_problem),
            ("edge-answers", http_problem),
            ("database-answers", schema_problem),
        )
        checks = []
        for name, question in questions:
            problem = question(world, expectation)
            checks.append(HealthCheck(name=name, is_ok=not problem, says=problem or "ok"))
        return HealthReport(checks=tuple(checks))
