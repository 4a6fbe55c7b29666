"""After a good release the database says what it is, so that sync_db.py leaves it alone."""

from __future__ import annotations

from deploy.model.deployments import Mode, Plan
from deploy.model.doors import World
from deploy.model.errors import EXIT_DONE, DeployError
from deploy.model.results import DeploymentOutcome

OF_DEVELOPERS = {"development", "dev", "test", "local"}


def mark_environment(world: World, plan: Plan, outcome: DeploymentOutcome) -> None:
    """Every time, for a restored database has lost its mark; what fails here never fails a deployment."""
    name = str(plan.summary.get("environment", "")).strip()
    is_good = outcome.exit_code == EXIT_DONE and plan.mode is not Mode.BACKUP_ONLY
    if not is_good or not name or name.lower() in OF_DEVELOPERS:
        return
    try:
        world.database.mark_environment(name)
    except DeployError as error:
        then = f" ({error.hint})" if error.hint else ""
        world.reporter.warn(f"the database could not be marked as {name} for sync_db.py: {error.what}{then}")
