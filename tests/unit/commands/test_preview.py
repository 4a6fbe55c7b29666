"""A preview that cannot be written names what helps a deployment, too."""

from __future__ import annotations

from pathlib import Path

import pytest

from deploy.checking.commands.preview import write_preview
from deploy.model.errors import BlockedError
from deploy.model.risk import RevisionSql, RiskReport


def test_the_hint_names_the_setting_of_a_deployment_and_the_flag_of_the_check(tmp_path: Path) -> None:
    (tmp_path / "state").touch()  # a file where the directory should be

    with pytest.raises(BlockedError) as caught:
        write_preview(tmp_path / "state" / "preview.sql", [RevisionSql("r1", "", "", "")], RiskReport(()))

    assert caught.value.reference == "preview-not-written"
    assert "DEPLOY_STATE_DIRECTORY" in caught.value.hint
    assert "migration-check.sh where --output says" in caught.value.hint
