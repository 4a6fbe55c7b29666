"""The page's order: kept, shouted, and never half written."""

from __future__ import annotations

from pathlib import Path

import pytest

from deploy.adapters.edge_files import EdgeFiles
from deploy.commands.maintenance import start_maintenance
from deploy.model.errors import StepFailed, UsageError
from tests.fakes.fake_world import fake_settings


def test_what_the_edge_reads_at_its_start_is_html_on_one_line(tmp_path: Path) -> None:
    EdgeFiles(tmp_path).write(is_on=True, message="back\n<b>soon</b> & well", allowed=("10.0.0.0/8",))
    assert (tmp_path / "flags.map").read_text() == (
        "maint on\nmessage back &lt;b&gt;soon&lt;/b&gt; &amp; well\n"
    )
    assert (tmp_path / "maintenance-allow.lst").read_text() == "10.0.0.0/8\n"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["flags.map", "maintenance-allow.lst"]


def test_a_folder_that_is_not_there_is_an_error_that_names_the_file(tmp_path: Path) -> None:
    with pytest.raises(StepFailed, match=r"flags\.map"):
        EdgeFiles(tmp_path / "none").write(is_on=True, message="x", allowed=())


def test_an_address_that_is_none_is_refused_before_anything_is_touched() -> None:
    with pytest.raises(UsageError, match=r"10\.0\.0\.300"):
        start_maintenance(fake_settings(), "", ["10.0.0.300"])
