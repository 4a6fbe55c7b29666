"""A migration that was run by hand, and a deployment that does not migrate. Pure.

The operator's guide: `docker compose … --profile migration up migration`, then `--skip-migrate`. Compose takes the
`:latest` of this machine, the deployment that of the registry: two images, where nobody looks.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from deploy.model.deployments import NEXT_COMMAND, OPEN_POINT, DeployRequest, Mode
from deploy.model.errors import BlockedError
from deploy.model.observed import Observed
from deploy.model.releases import Revision
from deploy.settings.schema import Settings


def migrate_by_hand_command(settings: Settings, image_id: str) -> str:
    """The migration of exactly this image, by hand."""
    return f"APP_IMAGE={image_id} {settings.compose_command} --profile migration up {settings.migration_service}"


def pending_revisions(observed: Observed) -> tuple[Revision, ...]:
    """What the image would apply; nothing where it does not know the database's revisions."""
    graph, present = observed.graph, observed.database.revision_ids
    if graph is None or not all(graph.knows(revision_id) for revision_id in present):
        return ()
    return graph.pending(present)


def gate_hand_migration(settings: Settings, observed: Observed, request: DeployRequest) -> None:
    """Behind a migration by hand, its image must be the one that is deployed, and it must have ended well.

    Raises:
        BlockedError: it was another image, or it failed, and revisions of this one are pending.
    """
    by_hand, image, pending = observed.hand_migration, observed.image, pending_revisions(observed)
    if request.mode is not Mode.SKIP_MIGRATE or by_hand is None or image is None or not pending:
        return
    is_other = by_hand.image_id != image.image_id
    if not is_other and not by_hand.exit_code:
        return
    why = (
        f"used another image ({by_hand.image_id[7:19]}) than the one to be deployed ({image.image_id[7:19]})"
        if is_other else f"failed (exit code {by_hand.exit_code}; docker logs {by_hand.name})"
    )
    raise BlockedError(
        f"the migration that was run by hand {why}: {says_pending(pending)}",
        hint=f"run `{migrate_by_hand_command(settings, image.image_id)}`, then the same command again; "
        f"to deploy over what is pending all the same, `docker rm {by_hand.name}` first",
        reference="hand-migration-of-another-image" if is_other else "hand-migration-failed",
    )


def open_point(observed: Observed, request: DeployRequest) -> dict[str, Any]:
    """What a deployment without its migration leaves to be done, for the plan's summary."""
    pending = pending_revisions(observed)
    if request.mode is not Mode.SKIP_MIGRATE or observed.image is None or not pending:
        return {}
    return {
        OPEN_POINT: says_pending(pending),
        NEXT_COMMAND: f"./scripts/deploy.sh --manual-migrate --backup --image {observed.image.image_id}",
    }


def says_pending(pending: Sequence[Revision]) -> str:
    """`2 revisions are not applied: 0007, 0008`."""
    names = ", ".join(revision.revision_id for revision in pending)
    return f"{len(pending)} revision{'s are' if len(pending) > 1 else ' is'} not applied: {names}"
