"""The project's own checks of its data stand around the migration."""

from __future__ import annotations

from deploy.model.deployments import PlannedStep, UndoKind
from deploy.model.observed import Observed


def with_data_checks(observed: Observed, migration: PlannedStep) -> list[PlannedStep]:
    """The migration, and before and after it the questions, where the project has any."""
    if not observed.data_check_names:
        return [migration]
    says = f"{len(observed.data_check_names)} data checks"
    image_id, from_ids = migration.params["image_id"], migration.params["from_ids"]
    return [
        PlannedStep(
            "measure-data", {"image_id": image_id, "from_ids": from_ids}, f"{says}, before", UndoKind.NOTHING_TO_UNDO
        ),
        migration,
        PlannedStep("verify-data", {"image_id": image_id}, f"{says}, after", UndoKind.NOTHING_TO_UNDO),
    ]
