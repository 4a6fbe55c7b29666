"""The project's own questions to its data, before a migration and after it."""

from __future__ import annotations

from deploy.checks.data_expectations import judge_data
from deploy.model.data_checks import DataResult
from deploy.model.deployments import PlannedStep
from deploy.model.errors import DeployError, StepFailed
from deploy.model.steps import StepContext, UndoOutcome


def record_name(deployment_id: str) -> str:
    """Under which the answers from before are kept."""
    return f"{deployment_id}-data"


class MeasureData:
    """Ask before the migration; nothing is judged.

    Params:
        image_id: the release whose Python asks; the same as afterwards, so that answers can be compared.
        from_ids: the revisions of before; once the database left them, it is too late to ask.
    """

    def __init__(self, planned: PlannedStep) -> None:
        self.planned = planned
        self.params = planned.params

    def is_done(self, context: StepContext) -> bool:
        """Whether it was asked for this deployment."""
        return bool(context.world.watch.records.load(record_name(context.deployment_id)))

    def run(self, context: StepContext) -> str:
        """Ask and keep."""
        world = context.world
        if sorted(world.database.observe().revision_ids) != sorted(self.params["from_ids"]):
            return "the migration has begun already: nothing from before to compare with"
        results = world.data_checks.run(self.params["image_id"])
        document = {"results": [result.to_json() for result in results]}
        world.watch.records.save(record_name(context.deployment_id), document)
        unanswered = sum(1 for result in results if result.error)
        more = f", {unanswered} without an answer on the old schema" if unanswered else ""
        return f"{len(results)} data checks asked{more}"

    def undo(self, context: StepContext) -> UndoOutcome:  # noqa: ARG002
        """Nothing was changed."""
        return UndoOutcome(True, "nothing to undo")


class VerifyData:
    """Ask again after the migration, and judge; a check that fails fails the deployment.

    Params:
        image_id: as before.
    """

    def __init__(self, planned: PlannedStep) -> None:
        self.planned = planned
        self.params = planned.params

    def is_done(self, context: StepContext) -> bool:  # noqa: ARG002
        """Never: asking again costs little, and the data may have changed since."""
        return False

    def run(self, context: StepContext) -> str:
        """Every verdict is told; the first failed one is the error."""
        world = context.world
        kept = world.watch.records.load(record_name(context.deployment_id))
        before = [DataResult.from_json(raw) for raw in kept["results"]] if kept else None
        try:
            verdicts = judge_data(world.data_checks.find(), before, world.data_checks.run(self.params["image_id"]))
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

    def undo(self, context: StepContext) -> UndoOutcome:  # noqa: ARG002
        """Nothing was changed."""
        return UndoOutcome(True, "nothing to undo")
