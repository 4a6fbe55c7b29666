"""A backup, the server and what runs become the plan of a restore. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from deploy.model.backups import Backup, Manifest
from deploy.model.deployments import MOMENT, NEXT_COMMAND, Mode, Plan
from deploy.model.errors import BlockedError
from deploy.model.health import HealthExpectation
from deploy.model.observed import Observed
from deploy.model.planned_step import UndoKind
from deploy.model.releases import Image
from deploy.model.restores import RestoreGround, RestoreRequest, kept_name, moment_in_names, restoring_name
from deploy.model.steps import Step
from deploy.planning.backup_steps import back_up
from deploy.planning.plan_background import kept_down_background, stop_background, switch_background
from deploy.planning.plan_deployment import (
    UNNAMED_RELEASE,
    check_health,
    promote,
    running_name,
    start_behind_page,
    stop_application,
)
from deploy.planning.restored_release import ReleaseChoice
from deploy.settings.schema import Settings
from deploy.steps.begin_maintenance import BeginMaintenance
from deploy.steps.check_health import CheckHealth
from deploy.steps.compare_database import CompareDatabase
from deploy.steps.end_maintenance import EndMaintenance
from deploy.steps.restore_database import RestoreDatabase
from deploy.steps.restore_in_place import RestoreInPlace
from deploy.steps.swap_databases import SwapDatabases

KEPT_DOWN_WARNING = (
    "no application runs afterwards, and the maintenance page stays on: deploy an image whose migrations know the "
    "restored revision, look at it, then ./scripts/deploy.sh maintenance off"
)
WRITES_NO_MORE = "must not write meanwhile"
IN_PLACE_WARNING = "in place: tables and other objects that are newer than the backup stay"


@dataclass(frozen=True)
class _Names:
    """The backup and the databases that the steps speak of.

    Attributes:
        old: what the live database is called afterwards; None where it is not renamed.
    """

    backup: str
    live: str
    new: str
    old: str | None
    has_owner: bool


def restore_problems(
    manifest: Manifest, ground: RestoreGround, request: RestoreRequest, *, is_elsewhere: bool = False
) -> list[BlockedError]:
    """What stands in the way on the server.

    Args:
        is_elsewhere: into another database, which is empty or made for it: nothing there is renamed or replaced.
    """
    problems = []
    if manifest.server_major > ground.server_major:
        problems.append(
            BlockedError(
                f"the backup is of PostgreSQL {manifest.server_major}, the server is {ground.server_major}",
                hint="restore into a server of the backup's major version with "
                "--to-url", reference="restore-older-server",
            )
        )
    missing = [name for name in manifest.role_names if name not in ground.role_names]
    if missing and request.has_owner:
        problems.append(
            BlockedError(
                f"roles of the backup are missing on the server: {', '.join(missing)}",
                hint="create them (globals.sql in the backup's directory says how), or --no-owner",
                reference="restore-roles-missing",
            )
        )
    if ground.prepared_transactions and not is_elsewhere:
        why = (
            "may hold locks for which an in-place restore would wait without end" if is_in_place(ground, request)
            else "keep the database from being renamed"
        )
        problems.append(
            BlockedError(
                f"{ground.prepared_transactions} prepared transactions {why}",
                hint="COMMIT PREPARED or ROLLBACK PREPARED them: SELECT * FROM pg_prepared_xacts",
                reference="prepared-transactions",
            )
        )
    if ground.database is None and is_in_place(ground, request):
        problems.append(
            BlockedError(
                "there is no database to restore over", hint="create an empty one first",
                reference="database-missing",
            )
        )
    return problems


def is_in_place(ground: RestoreGround, request: RestoreRequest) -> bool:
    """Whether it is restored over the live database: by wish, or because this role cannot swap."""
    return request.is_in_place or bool(ground.swap_obstacle)


def plan_restore(
    settings: Settings, observed: Observed, backup: Backup, ground: RestoreGround, request: RestoreRequest,
    choice: ReleaseChoice, at: datetime, *, has_page: bool,
) -> Plan:
    """Swap, or in place.

    Args:
        at: the present moment; it names the databases on the way.
        has_page: whether the maintenance page is on already.
    """
    live = observed.database.database_name
    # In place, nothing is renamed.
    is_renamed = ground.database is not None and not is_in_place(ground, request)
    names = _Names(
        backup.name, live, restoring_name(live, at), kept_name(live, at) if is_renamed else None, request.has_owner
    )
    if is_in_place(ground, request):
        steps, warnings = _in_place(settings, observed, names, choice, has_page=has_page), [IN_PLACE_WARNING]
        if ground.swap_obstacle and not request.is_in_place:
            warnings.insert(0, f"{ground.swap_obstacle}: the backup is restored over the live database, in one "
                               "transaction, after a fresh backup of it")
    else:
        steps, warnings = _swap(settings, observed, names, choice, has_page=has_page), []
    if backup.manifest.database_name != live:
        warnings.append(f"the backup is of database {backup.manifest.database_name}, not of {live}")
    if choice.keeps_down:
        warnings.append(KEPT_DOWN_WARNING)
    else:
        # Exactly one point of no return: in place, it came before.
        end_kind = UndoKind.REVERTED if is_in_place(ground, request) else UndoKind.POINT_OF_NO_RETURN
        steps += _serve(settings, observed, backup.manifest, choice, names, end_kind)
    summary = _summary(settings, observed, backup, choice, names) | {MOMENT: moment_in_names(at)}
    if choice.keeps_down or (choice.release is None and observed.running_image is None):
        warnings += kept_down_background(observed)
    return Plan(Mode.RESTORE, tuple(steps), summary, tuple(warnings))


def _swap(
    settings: Settings, observed: Observed, names: _Names, choice: ReleaseChoice, *, has_page: bool
) -> list[Step]:
    steps: list[Step] = stop_background(observed, WRITES_NO_MORE)
    if _stops(choice) and observed.running_image is not None:
        # Stopped while its database is open, so that an undo finds it open when the application starts again.
        steps += [_begin(settings, names, has_page=has_page, closes=False), stop_application(settings, observed)]
        has_page = True
    steps.append(_begin(settings, names, has_page=has_page, closes=names.old is not None))
    steps.append(
        RestoreDatabase(
            says=f"{names.backup} into the new database {names.new}", backup_name=names.backup, new_name=names.new,
            has_owner=names.has_owner, database_name=names.live, old_name=names.old,
        )
    )
    steps.append(_compare(names, names.new))
    kept = f", kept as {names.old}" if names.old else ""
    steps.append(
        SwapDatabases(
            says=f"{names.new} becomes {names.live}{kept}", backup_name=names.backup, has_owner=names.has_owner,
            database_name=names.live, new_name=names.new, old_name=names.old,
        )
    )
    return steps


def _in_place(
    settings: Settings, observed: Observed, names: _Names, choice: ReleaseChoice, *, has_page: bool
) -> list[Step]:
    steps: list[Step] = stop_background(observed, WRITES_NO_MORE)
    steps.append(_begin(settings, names, has_page=has_page, closes=False))
    if observed.running_image is not None:
        steps.append(stop_application(settings, observed))
    steps.append(back_up(observed))
    steps.append(
        RestoreInPlace(
            says=f"{names.backup} over {names.live}, in one transaction", backup_name=names.backup,
            database_name=names.live, has_owner=names.has_owner,
        )
    )
    steps.append(_compare(names, None))
    if not _stops(choice) and observed.running_image is not None:
        release = running_name(observed) or UNNAMED_RELEASE
        steps.append(start_behind_page(settings, observed, observed.running_image, release))
    return steps


def _stops(choice: ReleaseChoice) -> bool:
    """Whether what runs now is not what runs afterwards."""
    return choice.keeps_down or choice.release is not None


def _serve(
    settings: Settings, observed: Observed, manifest: Manifest, choice: ReleaseChoice, names: _Names,
    end_kind: UndoKind,
) -> list[Step]:
    """The release that fits, its health behind the page, the page off."""
    steps: list[Step] = []
    image = observed.running_image
    if choice.release is not None:
        image = choice.release.image
        steps.append(start_behind_page(settings, observed, image, choice.release.name))
    if image is not None:
        steps.append(_health(settings, image, manifest.content.revision_ids))
    if choice.release is not None:
        steps.append(promote(settings, observed, choice.release.image, choice.release.number))
    steps.append(
        EndMaintenance(
            says="requests are served again", undo_kind=end_kind, service=settings.app_service,
            timeout_seconds=settings.health_timeout_seconds, old_name=names.old,
        )
    )
    if image is not None:
        release = choice.release.name if choice.release else running_name(observed) or UNNAMED_RELEASE
        steps += switch_background(settings, observed, image.image_id, release, were_stopped=True, stay_stopped=True)
    return steps


def _begin(settings: Settings, names: _Names, *, has_page: bool, closes: bool) -> BeginMaintenance:
    shut = f"; {names.live} accepts no connection" if closes else ""
    return BeginMaintenance(
        says=f"503 with the maintenance page{shut}", database_name=names.live, old_name=names.old,
        closes_database=closes, had_page=has_page, drain_timeout_seconds=settings.drain_timeout_seconds,
    )


def _compare(names: _Names, new_name: str | None) -> CompareDatabase:
    return CompareDatabase(
        says="tables, rows, content, sequences with the manifest", backup_name=names.backup, new_name=new_name,
        database_name=names.live, old_name=names.old,
    )


def _health(settings: Settings, image: Image, revision_ids: Sequence[str]) -> CheckHealth:
    expectation = HealthExpectation(
        settings.app_service, "", "", None, image.image_id, tuple(sorted(revision_ids))
    )
    return check_health(settings, expectation, "containers and schema, behind the page")


def _summary(
    settings: Settings, observed: Observed, backup: Backup, choice: ReleaseChoice, names: _Names
) -> dict[str, Any]:
    manifest = backup.manifest
    before = running_name(observed)
    kept_down = {NEXT_COMMAND: _deploy_command(observed, manifest)} if choice.keeps_down else {}
    return {
        "project": settings.project_name,
        "environment": settings.environment,
        "database": names.live,
        "backup": backup.name,
        "backup_time": manifest.started_at.strftime("%Y-%m-%d %H:%M:%S UTC"),
        "database_revision": ", ".join(observed.database.revision_ids),
        "restored_revision": ", ".join(manifest.content.revision_ids),
        "release": None if choice.keeps_down else (choice.release.name if choice.release else before),
        "release_before": before,
        "old_database": names.old,
        **kept_down,
    }


def _deploy_command(observed: Observed, manifest: Manifest) -> str:
    """From the restored revision on: with what runs now, where its migrations know that revision."""
    graph, image = observed.running_graph, observed.running_image
    is_known = graph is not None and all(graph.knows(r) for r in manifest.content.revision_ids)
    named = image.image_id if image is not None and is_known else "IMAGE"
    # Behind the page neither a health check nor a watch sees more than the page.
    return f"./scripts/deploy.sh --auto-migrate --watch 0 --image {named}"

