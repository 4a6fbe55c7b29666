"""`abort --give-up`: end a deployment that can be neither finished nor taken back, and write down what is there."""

from __future__ import annotations

from dataclasses import replace

from deploy.model.doors import World
from deploy.model.releases import Release
from deploy.model.results import DeploymentOutcome
from deploy.settings.schema import Settings

ROLLBACK_COMMAND = "./scripts/deploy.sh rollback"
STATUS_COMMAND = "./scripts/deploy.sh status"


def record_what_serves(world: World, settings: Settings) -> Release | None:
    """The ledger's current release becomes the one whose container serves; none where none does.

    Without it a rollback would refuse to bring back what the ledger only believes to run.
    """
    healthy = [
        c for c in world.containers.list(settings.app_service)
        if c.is_running and c.health.value in {"healthy", "none"}
    ]
    known = {release.image.image_id: release for release in reversed(world.ledger.releases())}
    serving = next((known[c.image_id] for c in healthy if c.image_id in known), None)
    world.ledger.set_current_release(serving.number if serving else None)
    return serving


def with_next_command(outcome: DeploymentOutcome, has_way_back: bool) -> DeploymentOutcome:
    """Where the deployment was given up: the way back where there is one, else a look."""
    if outcome.next_command or not outcome.differs:
        return outcome
    return replace(outcome, next_command=ROLLBACK_COMMAND if has_way_back else STATUS_COMMAND)
