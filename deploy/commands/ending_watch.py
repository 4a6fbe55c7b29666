"""A release is being watched, and somebody begins something new: the watch ends, and that is said."""

from __future__ import annotations

from deploy.model.deployments import Deployment, DeploymentState, Mode
from deploy.model.doors import World
from deploy.model.errors import EXIT_DONE, BlockedError
from deploy.steps.watch_release import WatchRelease


def may_end_watch(world: World, unfinished: Deployment, mode: Mode) -> bool:
    """Whether this command may take over from a watch; said when it may.

    Raises:
        BlockedError: a backup alone is no reason to end a watch, and a contract waits for it to pass.
    """
    if not unfinished.is_being_watched:
        return False
    name = f"deployment {unfinished.deployment_id} of {unfinished.actor.user_name}"
    if mode is Mode.BACKUP_ONLY:
        raise BlockedError(
            f"{name} is being watched, and a backup would end the watch",
            hint="wait for it to end; ./scripts/deploy.sh status", reference="being-watched",
        )
    if mode is Mode.CONTRACT:
        raise BlockedError(
            f"{name} is being watched, and the revisions that it postponed wait until that watch has passed",
            hint="wait for it to end; ./scripts/deploy.sh status (resume, if its process has died)",
            reference="contract-watch-running",
        )
    world.reporter.warn(f"{name} is being watched; this command ends that watch")
    return True


def end_watch(world: World, mode: Mode) -> None:
    """Close the watched deployment: its release serves, but was never called good."""
    unfinished = world.ledger.unfinished()
    if unfinished is None or not unfinished.is_being_watched:
        return
    watched = unfinished.plan.find(WatchRelease)
    # It is what runs: a plain `docker compose up -d` must start it, whatever becomes of the next one.
    if watched is not None:
        world.images.tag(watched.image_id, watched.latest_reference)
    world.ledger.end_deployment(
        unfinished.deployment_id, DeploymentState.DONE, EXIT_DONE, f"done; its watch was ended early by a {mode}"
    )
    release = unfinished.plan.summary.get("release")
    world.reporter.warn(f"the watch of {release} has ended early; a rollback does not choose it")
