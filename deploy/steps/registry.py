"""From a saved step's name to the step."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType

from deploy.model.deployments import Plan, PlannedStep
from deploy.model.steps import Step
from deploy.steps.back_up_database import BackUpDatabase
from deploy.steps.check_health import CheckHealth
from deploy.steps.migrate_database import MigrateDatabase
from deploy.steps.promote_release import PromoteRelease
from deploy.steps.prune_releases import PruneReleases
from deploy.steps.switch_containers import SwitchContainers
from deploy.steps.tag_for_rollback import TagForRollback
from deploy.steps.verify_release import VerifyRelease

STEPS: Mapping[str, Callable[[PlannedStep], Step]] = MappingProxyType(
    {
        "back-up-database": BackUpDatabase,
        "tag-for-rollback": TagForRollback,
        "migrate-database": MigrateDatabase,
        "switch-containers": SwitchContainers,
        "check-health": CheckHealth,
        "verify-release": VerifyRelease,
        "promote-release": PromoteRelease,
        "prune-releases": PruneReleases,
    }
)


def build_steps(plan: Plan) -> tuple[Step, ...]:
    """The steps of a plan, in order.

    Raises:
        KeyError: the plan was saved by a version that knew another step.
    """
    return tuple(STEPS[planned.name](planned) for planned in plan.steps)
