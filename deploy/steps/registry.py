"""From a saved step's name to the step."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType

from deploy.model.deployments import Plan, PlannedStep
from deploy.model.steps import Step
from deploy.steps.back_up_database import BackUpDatabase
from deploy.steps.begin_maintenance import BeginMaintenance
from deploy.steps.check_health import CheckHealth
from deploy.steps.compare_database import CompareDatabase
from deploy.steps.copy_backup import CopyBackup
from deploy.steps.downgrade_database import DowngradeDatabase
from deploy.steps.end_maintenance import EndMaintenance
from deploy.steps.measure_before import MeasureBefore
from deploy.steps.migrate_database import MigrateDatabase
from deploy.steps.promote_release import PromoteRelease
from deploy.steps.prune_releases import PruneReleases
from deploy.steps.restore_database import RestoreDatabase
from deploy.steps.restore_in_place import RestoreInPlace
from deploy.steps.swap_databases import SwapDatabases
from deploy.steps.switch_containers import SwitchContainers
from deploy.steps.tag_for_rollback import TagForRollback
from deploy.steps.try_release import TryRelease
from deploy.steps.verify_data import MeasureData, VerifyData
from deploy.steps.verify_release import VerifyRelease
from deploy.steps.watch_release import WatchRelease

STEPS: Mapping[str, Callable[[PlannedStep], Step]] = MappingProxyType(
    {
        "measure-before": MeasureBefore,
        "back-up-database": BackUpDatabase,
        "copy-backup": CopyBackup,
        "tag-for-rollback": TagForRollback,
        "try-release": TryRelease,
        "measure-data": MeasureData,
        "migrate-database": MigrateDatabase,
        "verify-data": VerifyData,
        "switch-containers": SwitchContainers,
        "check-health": CheckHealth,
        "verify-release": VerifyRelease,
        "watch-release": WatchRelease,
        "promote-release": PromoteRelease,
        "prune-releases": PruneReleases,
        "begin-maintenance": BeginMaintenance,
        "restore-database": RestoreDatabase,
        "compare-database": CompareDatabase,
        "swap-databases": SwapDatabases,
        "restore-in-place": RestoreInPlace,
        "end-maintenance": EndMaintenance,
        "downgrade-database": DowngradeDatabase,
    }
)


def build_steps(plan: Plan) -> tuple[Step, ...]:
    """The steps of a plan, in order.

    Raises:
        KeyError: the plan was saved by a version that knew another step.
    """
    return tuple(STEPS[planned.name](planned) for planned in plan.steps)
