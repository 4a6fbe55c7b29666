"""The page's order: kept, shouted, and never half written."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from deploy.adapters.edge_files import EdgeFiles
from deploy.commands import maintenance as module
from deploy.commands.maintenance import end_maintenance, start_maintenance
from deploy.model.errors import EXIT_NOT_UNDONE, NotUndoneError, StepFailed, UsageError
from deploy.settings.schema import Settings
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


class Edge:
    """An edge that answers."""

    def __init__(self, *_: object) -> None:
        self.is_on = False

    def is_reachable(self) -> bool:
        return True

    def set_page(self, _message: str, _allowed: object) -> None:
        return

    def set_maintenance(self, *, is_on: bool) -> None:
        self.is_on = is_on


@pytest.mark.parametrize("change", [lambda s: start_maintenance(s, "", []), end_maintenance])
def test_files_that_cannot_be_written_are_told_as_not_undone(
    change: Callable[[Settings], object], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "HaproxyEdge", Edge)  # what is asked here is what is said of the files
    settings = fake_settings(project_directory=tmp_path, state_directory=tmp_path / "state")
    with pytest.raises(NotUndoneError) as caught:
        change(settings)
    assert (caught.value.exit_code, caught.value.reference) == (EXIT_NOT_UNDONE, "edge-files-not-written")
    assert "restart of the edge" in caught.value.what
    assert "maintenance status" in caught.value.hint
