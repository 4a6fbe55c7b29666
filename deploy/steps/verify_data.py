"""The project's own questions to its data, before a migration and after it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, Protocol

from deploy.checks.data_expectations import judge_data
from deploy.model.data_checks import DataResult
from deploy.model.errors import DeployError, StepFailed
from deploy.model.has_doors import HasDatabase, HasDataChecks, HasReporter, HasWatch
from deploy.model.planned_step import UndoKind
from deploy.model.steps import Step, StepContext, UndoOutcome


class Doors(HasDataChecks, HasDatabase, HasReporter, HasWatch, Protocol):
    """What it touches."""


def record_name(deployment_id: str) -> str:
    """Under which the answers from before are kept."""
    return f"{deployment_id}-data"


@dataclass(frozen=True, kw_only=True)
class MeasureData(Step):
    """Ask before the migration; nothing is judged.

    Attributes:
        image_id: the release whose Python asks; the same as afterwards, so that answers can be compared.
        from_ids: the revisions of before; once the database left them, it is too late to ask.
    """

    name: Literal["measure-data"] = "measure-data"
    undo_kind: UndoKind = UndoKind.NOTHING_TO_UNDO
    image_id: str
    from_ids: tuple[str, ...]

    def is_done(self, context: StepContext[Doors]) -> bool:
        """Whether it was asked for this deployment."""
        return bool(context.world.watch.records.load(record_name(context.deployment_id)))

    def run(self, context: StepContext[Doors]) -> str:
        """Ask and keep."""
        world = context.world
        if sorted(world.database.observe().revision_ids) != sorted(self.from_ids):
            return "the migration has already begun: there are no values from before to compare with"
        results = world.data_checks.run(self.image_id)
        document = {"results": [result.to_json() for result in results]}
        world.watch.records.save(record_name(context.deployment_id), document)
        unanswered = sum(1 for result in results if result.error)
        more = f", {unanswered} without an answer on the old schema" if unanswered else ""
        return f"{len(results)} data checks asked{more}"

    def undo(self, context: StepContext[Doors]) -> UndoOutcome:  # noqa: ARG002
        """Nothing was changed."""
        return UndoOutcome(True, "nothing to undo")


@dataclass(frozen=True, kw_only=True)
class VerifyData(Step):
    """Ask again after the migration, and judge; a check that fails fails the deployment.

    Attributes:
        image_id: as before.
    """

    name: Literal["verify-data"] = "verify-data"
    undo_kind: UndoKind = UndoKind.NOTHING_TO_UNDO
    image_id: str

    def is_done(self, context: StepContext[Doors]) -> bool:  # noqa: ARG002
        """Never: asking again costs little, and the data may have changed since."""
        return False

    def run(self, context: StepContext[Doors]) -> str:
        """Every verdict is told; the first failed one is the error."""
        world = context.world
        kept = world.watch.records.load(record_name(context.deployment_id))
        before = [DataResult.from_json(raw) for raw in kept["results"]] if kept else None
        try:
            verdicts = judge_data(world.data_checks.find(), before, world.data_checks.run(self.image_id))
        except DeployError as error:
            raise StepFailed(error.what, hint=error.hint, reference=error.reference) from None
        for verdict in verdicts:
            world.reporter.say(f"{'ok' if verdict.is_ok else 'FAILED'}  {verdict.name}: {verdict.says}")
        failed = [verdict for verdict in verdicts if not verdict.is_ok]
        if failed:
            more = f" (and {len(failed) - 1} more)" if len(failed) > 1 else ""
            raise StepFailed(
                f"the data check {failed[0].name!r} failed: {failed[0].says}{more}",
                hint="look at the data with ./scripts/deploy.sh verify; repair the migration or the check",
                reference="data-check-failed",
            )
        return f"{len(verdicts)} data checks hold"

    def undo(self, context: StepContext[Doors]) -> UndoOutcome:  # noqa: ARG002
        """Nothing was changed."""
        return UndoOutcome(True, "nothing to undo")
