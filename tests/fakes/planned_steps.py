"""Steps with everything filled in that a test does not care about."""

from __future__ import annotations

from typing import Any

from deploy.model.deployments import Plan, StepT
from deploy.model.planned_step import PlannedStep, UndoKind
from deploy.model.watching import Thresholds
from deploy.steps.background_services import BackgroundMove, Wanted
from deploy.steps.migrate_database import MigrateDatabase
from deploy.steps.migration_guard import GuardLimits
from deploy.steps.promote_release import PromoteRelease
from deploy.steps.switch_containers import FormerRelease, ServedRelease, SwitchContainers
from deploy.steps.watch_release import WatchRelease


def any_step(name: str = "switch-containers", says: str = "", undo_kind: UndoKind = UndoKind.REVERTED) -> PlannedStep:
    """What a screen, a journal or a plan needs of a step; it cannot be run."""
    return PlannedStep(name=name, says=says, undo_kind=undo_kind)


def switch_containers(new: ServedRelease | None, old: FormerRelease | None, **changes: Any) -> SwitchContainers:
    """One container, drained."""
    fields: dict[str, Any] = {
        "strategy": "drain", "had_page": False, "service": "app", "edge_service": "edge", "replicas": 1,
        "start_timeout_seconds": 20, "drain_timeout_seconds": 10, "stop_grace_seconds": 5,
    }
    return SwitchContainers(says="", new=new, old=old, **(fields | changes))


def background_move(service: str = "worker", **changes: Any) -> BackgroundMove:
    """One worker beside the old one, of which release 1 runs once."""
    fields: dict[str, Any] = {
        "role": "worker", "strategy": "beside", "replicas": 1, "stop_grace_seconds": 7, "has_health_check": False,
        "image_id": "", "former": (Wanted(image_id="sha256:old", release="release-1", count=1),),
    }
    return BackgroundMove(service=service, **(fields | changes))


def migrate_database(image_id: str, **changes: Any) -> MigrateDatabase:
    """From r1 to r2 by release 2, unguarded."""
    fields: dict[str, Any] = {
        "service": "migration", "release": "release-2", "from_ids": ("r1",), "target_ids": ("r2",),
        "commits_inside": "", "downgrade_command": "", "guard": GuardLimits(),
    }
    return MigrateDatabase(says="", image_id=image_id, **(fields | changes))


def watch_release(number: int = 2, image_id: str = "sha256:new", **changes: Any) -> WatchRelease:
    """A minute after release 1."""
    fields: dict[str, Any] = {
        "service": "app", "url": "http://edge/api/health", "seconds": 60.0, "thresholds": Thresholds(),
        "release": f"release-{number}", "previous": "release-1", "previous_number": 1,
        "latest_reference": "example/shop:latest", "stays_because": "", "choices": "fix forward", "others": (),
    }
    return WatchRelease(says="", number=number, image_id=image_id, **(fields | changes))


def promote_release(image_id: str, number: int = 2, **changes: Any) -> PromoteRelease:
    """After release 1, whose image nobody remembers."""
    fields: dict[str, Any] = {
        "latest_reference": "example/shop:latest", "previous_latest_image_id": None, "previous_number": 1,
    }
    return PromoteRelease(says="", image_id=image_id, number=number, **(fields | changes))


def last_of(plan: Plan, kind: type[StepT]) -> StepT:
    """The plan's last step of this kind, which must be there."""
    found = plan.find(kind)
    assert found is not None, f"no {kind.__name__} among {[step.name for step in plan.steps]}"
    return found
