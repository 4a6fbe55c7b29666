"""The project's own checks of its data stand around the migration."""

from __future__ import annotations

from deploy.model.observed import Observed
from deploy.model.steps import Step
from deploy.steps.migrate_database import MigrateDatabase
from deploy.steps.verify_data import MeasureData, VerifyData


def with_data_checks(observed: Observed, migration: MigrateDatabase) -> list[Step]:
    """The migration, and before and after it the questions, where the project has any."""
    if not observed.data_check_names:
        return [migration]
    says = f"{len(observed.data_check_names)} data checks"
    return [
        MeasureData(says=f"{says}, before", image_id=migration.image_id, from_ids=migration.from_ids),
        migration,
        VerifyData(says=f"{says}, after", image_id=migration.image_id),
    ]
