"""What a mode is given to make its plan of, and the plan that waits for its consent."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Generic, TypeVar

from deploy.commands.announce import announce_approval
from deploy.commands.approvals import remember_parts, what_changed
from deploy.commands.saved_plans import save_and_run
from deploy.model.backups import Backup
from deploy.model.check import CheckReport
from deploy.model.compose_look import ComposeLook
from deploy.model.consent import Answer, Consent, NeededConsent
from deploy.model.database import DatabaseState
from deploy.model.deployments import DeployRequest, Plan
from deploy.model.doors import World
from deploy.model.observed import Observed
from deploy.model.releases import Release
from deploy.model.results import DeploymentOutcome
from deploy.model.risk import RiskReport
from deploy.planning.approval import approved_parts, digest_of
from deploy.planning.consent import Danger, judge_consent, needed_consent
from deploy.settings.schema import Settings

DetailsT = TypeVar("DetailsT")


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
class DeploymentDetails:
    """What a deployment's plan was decided on.

    Attributes:
        preview_path: the SQL, for a person; None where nothing is pending.
        schema: production's, as it was checked; empty where nothing is migrated.
    """

    risk: RiskReport = field(default_factory=lambda: RiskReport(()))
    preview_path: Path | None = None
    check: CheckReport | None = None
    newest_verified: Backup | None = None
    schema: str = field(default="", repr=False)


@dataclass(frozen=True)
class Prepared(Generic[DetailsT]):
    """A plan that waits for its consent. The locks are held until the context ends.

    Attributes:
        needed: the consent that it needs.
        details: what it was decided on, which is shown beside it.
    """

    plan: Plan
    needed: NeededConsent
    details: DetailsT
    _world: World = field(repr=False)
    _carry_out: Callable[[Plan], DeploymentOutcome] = field(repr=False)
    _parts: Mapping[str, str] = field(default_factory=dict, repr=False)
    _state_directory: Path | None = None

    def execute(self) -> DeploymentOutcome:
        """Save the plan, then run it."""
        return self._carry_out(self.plan)

    def answer_to(self, consent: Consent) -> Answer:
        """What this consent is worth for this plan."""
        return judge_consent(self.needed, consent, self.plan.plan_id)

    def held_fast(
        self, settings: Settings, config: Mapping[str, Any], *, schema: str = "", more: Mapping[str, str] | None = None
    ) -> Prepared[DetailsT]:
        """The same; the plan's id holds everything that it will use, so that an approval holds for that alone.

        Args:
            config: the rendered compose file.
            schema: production's, as it was checked.
            more: further parts, by the name that an operator knows them by.
        """
        parts = approved_parts(settings, config, self.plan, schema, more or {})
        plan = replace(self.plan, summary={**self.plan.summary, "inputs": digest_of(parts, settings)})
        return replace(self, plan=plan, _parts=parts, _state_directory=settings.state_directory)

    def tell_approval_is_needed(self) -> None:
        """A notice to people, where the command itself cannot ask one."""
        self.remember()
        announce_approval(self._world, self.plan)

    def remember(self) -> None:
        """Keep what the plan was made of, so that a change before its approval can be named."""
        if self._state_directory is not None:
            remember_parts(self._state_directory, self.plan.plan_id, self._parts)

    def changed_since(self, plan_id: str) -> str:
        """What is otherwise than when that plan was printed: names, not values."""
        return what_changed(self._state_directory, plan_id, self._parts) if self._state_directory else "something"


def prepared_deployment(
    ground: Ground, plan: Plan, observed: Observed, details: DeploymentDetails, *,
    danger: Danger = Danger.NOTHING_LOST, release: Release | None = None,
) -> Prepared[DeploymentDetails]:
    """The plan of a mode of a deployment.

    Args:
        release: the new one, where the plan makes one.
    """
    world, revisions = ground.world, details.risk.revisions

    def carry_out(plan: Plan) -> DeploymentOutcome:
        if revisions:
            world.ledger.record_revision_kinds({r.revision_id: r.kind for r in revisions})
        return save_and_run(world, plan, observed.actor, release)

    needed = needed_consent(plan.mode, danger, observed.database.database_name)
    return Prepared(plan, needed, details, world, carry_out)
