"""What a mode is given to make its plan of, and the plan that waits for its yes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from deploy.commands.announce import announce_approval
from deploy.commands.approvals import remember_parts, what_changed
from deploy.commands.saved_plans import save_and_run
from deploy.model.backups import Backup
from deploy.model.check import CheckReport
from deploy.model.compose_look import ComposeLook
from deploy.model.database import DatabaseState
from deploy.model.deployments import DeployRequest, Plan
from deploy.model.doors import World
from deploy.model.observed import Observed
from deploy.model.releases import Release
from deploy.model.results import DeploymentOutcome
from deploy.model.risk import RiskReport
from deploy.settings.schema import Settings

Approval = Literal["none", "yes", "typed"]


@dataclass(frozen=True)
class Ground:
    """What is known before a mode looks at anything of its own.

    Attributes:
        compose: None where no compose file is used.
    """

    world: World
    settings: Settings
    request: DeployRequest
    database: DatabaseState
    compose: ComposeLook | None


@dataclass(frozen=True)
class PreparedDeployment:
    """A plan that waits for its yes. The locks are held until the context ends.

    Attributes:
        schema: production's, as it was checked; empty where nothing is migrated.
    """

    plan: Plan
    risk: RiskReport
    needs_approval: Approval
    preview_path: Path | None
    _world: World
    _observed: Observed
    _release: Release | None = None
    check: CheckReport | None = None
    newest_verified: Backup | None = None
    schema: str = field(default="", repr=False)
    _parts: Mapping[str, str] = field(default_factory=dict, repr=False)
    _state_directory: Path = Path()

    def execute(self) -> DeploymentOutcome:
        """Save the plan, then run it."""
        if self.risk.revisions:
            self._world.ledger.record_revision_kinds({r.revision_id: r.kind for r in self.risk.revisions})
        return save_and_run(self._world, self.plan, self._observed.actor, self._release)

    def tell_approval_is_needed(self) -> None:
        """A notice to people, where the command itself cannot ask one."""
        self.remember()
        announce_approval(self._world, self.plan)

    def remember(self) -> None:
        """Keep what the plan was made of, so that a change before its approval can be named."""
        remember_parts(self._state_directory, self.plan.plan_id, self._parts)

    def changed_since(self, plan_id: str) -> str:
        """What is otherwise than when that plan was printed: names, not values."""
        return what_changed(self._state_directory, plan_id, self._parts)
