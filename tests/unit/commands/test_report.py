"""A page that cannot be written names the flag of the command that was given."""

from __future__ import annotations

from pathlib import Path

import pytest

from deploy.commands.report import write_index, write_report
from deploy.commands.wiring import open_ledger
from deploy.model.deployments import Actor, Mode, Plan
from deploy.model.errors import UsageError
from tests.fakes.fake_world import fake_settings


def test_history_names_html_and_report_names_output(tmp_path: Path) -> None:
    settings = fake_settings(state_directory=tmp_path / "state", backup_directory=tmp_path / "backups")
    ledger = open_ledger(settings)
    ledger.begin_deployment(Plan(Mode.AUTO_MIGRATE, (), {}), Actor("ann", "host", None), None)
    ledger.close()
    (tmp_path / "file").touch()
    hints = []

    for write in (
        lambda path: write_index(settings, path, 5), lambda path: write_report(settings, None, path),
    ):
        with pytest.raises(UsageError) as caught:
            write(tmp_path / "file" / "page.html")
        assert caught.value.reference == "report-not-written"
        hints.append(caught.value.hint)

    assert [("--html" in hint, "--output" in hint) for hint in hints] == [(True, False), (False, True)]
