"""`deploy contract`: the revisions that deployments held back, run by the release that serves."""

from __future__ import annotations

from dataclasses import dataclass, replace

from deploy.commands.observe import observe
from deploy.commands.own_images import images_that_run
from deploy.commands.preflight import placeholders
from deploy.model.database import DatabaseState
from deploy.model.deployments import DeployRequest
from deploy.model.doors import World
from deploy.model.errors import BlockedError
from deploy.model.observed import Observed
from deploy.model.releases import Release
from deploy.planning.hold_contract import gate_contract, held_back, hold, releases_that_need
from deploy.planning.plan_background import gate_older_background
from deploy.planning.watch_passed import gate_watch, last_watch
from deploy.settings.schema import Settings

TARGET_VARIABLE = "MIGRATION_TARGET"
PROBE_WORD = "surefoot-target"
# Backups are deployments, too: as many as this may have come since the release's own.
DEPLOYMENTS_LOOKED_AT = 1000


@dataclass(frozen=True)
class ContractLook:
    """What the plan needs: the world as it is, and the number of the release that serves."""

    observed: Observed
    release_number: int


def observe_contract(
    world: World, settings: Settings, request: DeployRequest, database: DatabaseState
) -> ContractLook:
    """The running release, and what it holds back.

    Raises:
        BlockedError: nothing serves, nothing is held back, the release's watch has not passed, or a kept release needs
            what would go.
    """
    current = world.ledger.current_release()
    if current is None:
        raise BlockedError(
            "no good release serves, so a contract cannot run", hint="./scripts/deploy.sh status",
            reference="nothing-runs",
        )
    image = world.images.find(current.image.image_id)
    if image is None:
        raise _image_gone(current)
    observed = observe(world, settings, image, database)
    observed = replace(observed, background=images_that_run(world, observed.background, current.name))
    if observed.graph is None:
        raise ValueError("observe always reads the graph of an image")
    held = held_back(observed.graph, observed.database.revision_ids)
    kept = [(release, world.ledger.cached_graph(release.image.image_id)) for release in world.ledger.releases()]
    needing = releases_that_need(held, kept, current.number)
    if held.revisions:
        _require_watched(world, settings, current)
    gate_contract(held, needing, gives_up_rollback=request.gives_up_rollback)
    gate_older_background(observed, image.image_id)
    if needing:
        names = ", ".join(release.name for release in needing)
        world.reporter.warn(f"after this, a rollback to {names} is not possible")
    return ContractLook(observed, current.number)


def _image_gone(current: Release) -> BlockedError:
    digest = current.image.digest
    way = f"docker pull {digest}" if digest else (
        "copy it from where it was built (docker save, docker load), so that it has the same id"
    )
    return BlockedError(
        f"the image of {current.name}, which would run the postponed revisions, is not on this machine: "
        f"{current.image.image_id[7:19]}",
        hint=f"{way}; then ./scripts/deploy.sh contract again", reference="nothing-runs",
    )


def _require_watched(world: World, settings: Settings, release: Release) -> None:
    own = world.ledger.deployment(release.deployment_id)
    deployments = (*world.ledger.deployments(DEPLOYMENTS_LOOKED_AT), *([own] if own else []))
    gate_watch(release, last_watch(release, deployments), is_watching_usual=settings.watch_minutes > 0)


def hold_back(world: World, observed: Observed) -> Observed:
    """What a deployment goes on with; what is held back is told.

    Raises:
        BlockedError: the compose file's migration cannot stop before the newest revision.
    """
    kept = hold(observed)
    if not kept.held_revision_ids:
        return observed
    world.reporter.say(
        f"postponed until the watch has passed and no kept release needs what they remove: "
        f"{', '.join(kept.held_revision_ids)} (./scripts/deploy.sh contract)"
    )
    return kept


def require_target(world: World, settings: Settings, observed: Observed) -> None:
    """The migration service must take its target from a variable, where something is held back.

    Raises:
        BlockedError: it does not.
    """
    if not observed.held_revision_ids:
        return
    config = world.compose.config({**placeholders(), TARGET_VARIABLE: PROBE_WORD})
    if PROBE_WORD not in str(config["services"][settings.migration_service].get("command")):
        raise BlockedError(
            f"{', '.join(observed.held_revision_ids)} must be postponed, but service "
            f"{settings.migration_service!r} always upgrades to the newest revision",
            hint='in its compose file: command: ["alembic", "upgrade", "${MIGRATION_TARGET:-head}"]',
            reference="migration-target-fixed",
        )
