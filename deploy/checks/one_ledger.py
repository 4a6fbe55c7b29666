"""One project has one ledger: whether this is it. Several checkouts, a moved or copied directory, a lost ledger."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from deploy.model.containers import RELEASE_LABEL, Container
from deploy.model.doors import World
from deploy.model.errors import LEDGER_LOST, RECOVER_COMMAND, BlockedError
from deploy.model.releases import release_name
from deploy.settings.schema import Settings

# `<id of the ledger> <state directory>`: the compose file gives it to the application's containers.
LEDGER_LABEL = "surefoot.ledger"
DIRECTORY_LABEL = "com.docker.compose.project.working_dir"
LEDGER_NAME = "ledger.sqlite3"


def ledger_mark(ledger_id: str, state_directory: Path) -> str:
    """The label's value."""
    return f"{ledger_id} {state_directory}"


def require_one_ledger(world: World, settings: Settings) -> None:
    """This checkout deploys the project, and its ledger knows what runs.

    Raises:
        BlockedError: another checkout does, or the ledger was lost.
    """
    containers = world.containers.list(settings.app_service)
    problem = elsewhere_problem(world, settings, containers) or _lost_problem(world, settings, containers)
    if problem:
        raise problem


def elsewhere_problem(world: World, settings: Settings, containers: Sequence[Container]) -> BlockedError | None:
    """Another checkout deploys this project: its edge has its socket there, or its containers name another ledger.

    An edge that answers on our socket is ours, whatever its mounts are called.
    """
    edge = world.containers.list(settings.edge_service)
    if not world.edge.is_reachable():
        for container in edge:
            if container.mounts and not _has_our_directory(container, settings.edge_run):
                return _other_edge(container, settings)
    for container in containers:
        place = container.labels.get(LEDGER_LABEL, "").partition(" ")[2]
        if place and _is_other_ledger(settings, Path(place)):
            return _elsewhere(settings, place, f"{container.name} says so")
    return None


def _has_our_directory(container: Container, directory: Path) -> bool:
    ours = directory.resolve()
    return any(ours == there or there in ours.parents for there in map(_resolved, container.mounts.values()))


def _resolved(source: str) -> Path:
    return Path(source).resolve()


def _other_edge(container: Container, settings: Settings) -> BlockedError:
    """Its socket's directory is a mount of another path: another checkout's, or ours before it was moved."""
    place = container.labels.get(DIRECTORY_LABEL, "")
    sources = sorted(container.mounts.values())
    if place and Path(place).resolve() != settings.project_directory and Path(place).exists():
        return _elsewhere(settings, place, f"{container.name} has its socket below {', '.join(sources)}")
    return BlockedError(
        f"the edge {container.name} does not have its socket in {settings.edge_run}, but below {', '.join(sources)}: "
        "the directory was moved, or EDGE_RUN was changed",
        hint=f"recreate it here; users are not served for about a second: {_recreate(settings)}",
        reference="edge-elsewhere",
    )


def _recreate(settings: Settings) -> str:
    return f"{settings.compose_command} up -d --no-deps --force-recreate {settings.edge_service}"


def _is_other_ledger(settings: Settings, place: Path) -> bool:
    """Another ledger lies there still; one that was moved here, or is gone, does not count."""
    try:
        return not (place / LEDGER_NAME).samefile(settings.state_directory / LEDGER_NAME)
    except FileNotFoundError:
        return False
    except OSError:  # somebody else's directory, which we may not look into
        return True


def _elsewhere(settings: Settings, place: str, why: str) -> BlockedError:
    return BlockedError(
        f"project {settings.project_name} is deployed from {place}, not from {settings.project_directory} ({why})",
        hint="deploy from there; to move on purpose: docs/commands/recover.md, or set another PROJECT",
        reference="deployed-from-elsewhere",
    )


def _lost_problem(world: World, settings: Settings, containers: Sequence[Container]) -> BlockedError | None:
    """A container bears a release that the ledger has never numbered."""
    known = {release.name for release in world.ledger.releases()}
    for container in containers:
        name = container.labels.get(RELEASE_LABEL, "")
        if _is_numbered(name) and name not in known:
            what = "is empty" if not known else f"knows {', '.join(sorted(known))} only"
            return BlockedError(
                f"{container.name} runs {name}, and the ledger in {settings.state_directory} {what}: it was lost or "
                "replaced, and this is no first deployment",
                hint=f"put the ledger back; if it is lost, {RECOVER_COMMAND} finds the releases again",
                reference=LEDGER_LOST,
            )
    return None


def _is_numbered(name: str) -> bool:
    digits = name.removeprefix("release-")
    return digits.isdigit() and name == release_name(int(digits))
