"""One look at production: `status`, `health`, `healthcheck.sh` and the checklists all rest on it.

All doors are asked at the same time, and none for long: what does not answer is `NotKnown`, with the reason.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Generic, TypeVar

from deploy.adapters.state_lock import lock_holder
from deploy.commands.accessories import look_at_accessories
from deploy.commands.asking import asked
from deploy.commands.database_service import naming_the_service
from deploy.commands.kept_configuration import changed_since_kept
from deploy.commands.maintenance import read_order
from deploy.commands.observe import look_at_services
from deploy.commands.own_images import images_that_run
from deploy.commands.preflight import placeholders
from deploy.model.accessories import SeenAccessory
from deploy.model.containers import Container, HttpAnswer
from deploy.model.database import DatabaseState
from deploy.model.doors import World
from deploy.model.maintenance import MaintenanceState
from deploy.model.production import BackupsLook, LedgerLook, NotKnown, Production
from deploy.model.releases import ReleaseState
from deploy.model.restores import ServerDatabase
from deploy.model.roles import Background
from deploy.settings.schema import Settings

LOOK_SECONDS = 15.0
HTTP_SECONDS = 5.0
T = TypeVar("T")


@dataclass(frozen=True)
class _EngineLook:
    """What the Docker engine said."""

    app: tuple[Container, ...]
    edge: tuple[Container, ...]
    image_ids: Mapping[str, str | None]
    data_directory: Path


def look_at_production(world: World, settings: Settings) -> Production:
    """Look once; nothing is changed, and nothing raises: what has no answer says why."""
    ledger = asked(lambda: _ledger(world))
    engine = _Asking(lambda: _engine(world, settings, ledger))
    slots = _Asking(world.edge.slots)
    page = _Asking(lambda: _maintenance(world, settings))
    answer: _Asking[HttpAnswer | None] = _Asking(
        lambda: world.http.get(settings.public_url + settings.health_path, HTTP_SECONDS)
    )
    database: _Asking[DatabaseState] = _Asking(lambda: _database(world, settings))
    kept: _Asking[tuple[ServerDatabase, ...]] = _Asking(lambda: world.restores.ground().kept)
    backups = _Asking(lambda: BackupsLook(world.backups.all(), world.backups.damaged()))
    services = _Asking(lambda: _services(world, settings, ledger))
    found, of_file = engine.answer(), services.answer()
    return Production(
        at=world.clock.now(),
        lock_holder=lock_holder(settings.state_directory),
        ledger=ledger,
        app=found if isinstance(found, NotKnown) else found.app,
        edge=found if isinstance(found, NotKnown) else found.edge,
        slots=slots.answer(),
        maintenance=page.answer(),
        answer=answer.answer(),
        database=database.answer(),
        image_ids=found if isinstance(found, NotKnown) else found.image_ids,
        backups=backups.answer(),
        free_bytes=asked(lambda: _free(world, settings, found)),
        kept_databases=kept.answer(),
        background=of_file if isinstance(of_file, NotKnown) else of_file.background,
        file_differences=of_file if isinstance(of_file, NotKnown) else of_file.differences,
        accessories=of_file if isinstance(of_file, NotKnown) else of_file.accessories,
    )


class _Asking(Generic[T]):
    """One question on a thread of its own, which never keeps the process alive."""

    def __init__(self, question: Callable[[], T]) -> None:
        self._found: T | NotKnown = NotKnown(f"there was no answer within {LOOK_SECONDS:.0f} s")
        self._deadline = time.monotonic() + LOOK_SECONDS
        self._thread = threading.Thread(target=self._ask, args=(question,), daemon=True)
        self._thread.start()

    def _ask(self, question: Callable[[], T]) -> None:
        self._found = asked(question)

    def answer(self) -> T | NotKnown:
        """What was found, or why nothing was."""
        self._thread.join(timeout=max(self._deadline - time.monotonic(), 0))
        return self._found


def _ledger(world: World) -> LedgerLook:
    ledger = world.ledger
    current = ledger.current_release()
    return LedgerLook(
        current=current,
        releases=ledger.releases(),
        unfinished=ledger.unfinished(),
        last=next(iter(ledger.deployments(1)), None),
        current_graph=ledger.cached_graph(current.image.image_id) if current else None,
        known_graphs=ledger.known_graphs(),
        revision_kinds=ledger.revision_kinds(),
    )


@dataclass(frozen=True)
class _FileLook:
    """What of the compose file is there, and what of the file changed since the release that serves was made."""

    background: Background
    accessories: tuple[SeenAccessory, ...]
    differences: tuple[str, ...]


def _services(world: World, settings: Settings, ledger: LedgerLook | NotKnown) -> _FileLook:
    config = world.compose.config(placeholders())
    background = look_at_services(world, settings, config)[1]
    current = ledger.current if isinstance(ledger, LedgerLook) else None
    background = images_that_run(world, background, current.name if current else None)
    return _FileLook(
        background, look_at_accessories(world, settings, config),
        changed_since_kept(world, settings, background, current.name) if current else (),
    )


def _database(world: World, settings: Settings) -> DatabaseState:
    with naming_the_service(world, settings):
        return world.database.observe()


def _engine(world: World, settings: Settings, ledger: LedgerLook | NotKnown) -> _EngineLook:
    version = world.containers.engine_version()
    return _EngineLook(
        app=world.containers.list(settings.app_service),
        edge=world.containers.list(settings.edge_service),
        image_ids={name: _image_id(world, name) for name in _names(settings, ledger)},
        data_directory=Path(version.data_directory),
    )


def _names(settings: Settings, ledger: LedgerLook | NotKnown) -> list[str]:
    """The tags of this environment, and the images that a way back needs."""
    tags = [f"{settings.tag_repository}:{tag}" for tag in ("latest", "backup")]
    if isinstance(ledger, NotKnown):
        return tags
    kept = [release.image.image_id for release in ledger.releases if release.state is ReleaseState.GOOD]
    return list(dict.fromkeys([*tags, *kept]))


def _image_id(world: World, name: str) -> str | None:
    image = world.images.find(name)
    return image.image_id if image else None


def _maintenance(world: World, settings: Settings) -> MaintenanceState:
    is_on = world.edge.is_in_maintenance() if world.edge.is_reachable() else None
    return MaintenanceState(is_on, read_order(settings))


def _free(world: World, settings: Settings, engine: _EngineLook | NotKnown) -> Mapping[Path, int]:
    directories = {settings.state_directory, settings.backup_directory}
    if not isinstance(engine, NotKnown):
        directories.add(engine.data_directory)
    free: dict[Path, int] = {}
    for directory in sorted(directories):
        with suppress(OSError):  # the engine of another machine has its directory there
            free[directory] = world.disk.free_bytes(directory)
    return free
