"""How old the operator's own backup may be, to the second."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from deploy.checks.external_backup import MOST_AHEAD, require_fresh
from deploy.model.backups import ExternalBackup
from deploy.model.errors import StepFailed

NOW = datetime(2026, 1, 2, tzinfo=UTC)


@pytest.mark.parametrize(("age", "told"), [(0, 0), (3600, 3600), (-300, 0), (-1, 0)])
def test_a_fresh_backup_tells_its_age_and_one_of_a_clock_ahead_is_just_made(age: float, told: float) -> None:
    backup = ExternalBackup("full-7", NOW - timedelta(seconds=age))
    assert require_fresh(backup, NOW, 3600) == timedelta(seconds=told)
    assert timedelta(minutes=5) == MOST_AHEAD


@pytest.mark.parametrize(("age", "says"), [(90_000 * 3600, "ended 90,000.0 h"), (90_000 * 3600, " 50,000.0 h"), (-301, " 301 s")])
def test_one_that_proves_nothing_is_refused_with_how_far_off_it_is(age: float, says: str) -> None:
    with pytest.raises(StepFailed) as caught:
        require_fresh(ExternalBackup("full-7", NOW - timedelta(seconds=age)), NOW, 50_000 * 3600)
    assert caught.value.reference == "external-backup-old"
    assert says in caught.value.what
    assert "full-7" in caught.value.what
    assert caught.value.hint
