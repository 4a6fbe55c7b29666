"""Obligation: a way of sending notices is a file that registers itself by its name."""

from __future__ import annotations

import importlib
import sys
from pathlib import Path

import pytest

from deploy.adapters.notices import ways
from deploy.adapters.notices.registry import way_names, way_of
from deploy.adapters.notices.sending import SentNotices
from deploy.model.notices import Notice, NoticeKind

SENDS = """
def send(url, title, body, *, is_bad):
    return f"got {title!r}, {body!r}, {is_bad}"
"""


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder that the tool takes for one more of ways/."""
    monkeypatch.setattr(ways, "__path__", [*ways.__path__, str(tmp_path)])
    monkeypatch.delitem(sys.modules, f"{ways.__name__}.my_chat", raising=False)
    importlib.invalidate_caches()
    return tmp_path


def test_a_file_that_is_put_into_the_folder_sends_what_has_its_name(folder: Path) -> None:
    (folder / "my_chat.py").write_text(SENDS)
    warned: list[str] = []
    SentNotices(["My-Chat://room"], ["hunter2"], warned.append).send(
        Notice(NoticeKind.FAILED, "shop: failed", "key hunter2")
    )
    [line] = warned
    assert "got 'shop: failed', 'key " in line
    assert "True" in line
    assert "hunter2" not in line


def test_a_file_that_registers_nothing_is_an_error_with_its_name(folder: Path) -> None:
    (folder / "my_chat.py").write_text("SECONDS = 10\n")
    with pytest.raises(TypeError, match="my_chat"):
        way_of("my-chat://room")


def test_every_address_without_a_file_of_its_own_is_apprises() -> None:
    assert way_of("slack://token").__module__ == f"{ways.__name__}.apprise"
    assert way_of("nonsense").__module__ == f"{ways.__name__}.apprise"


@pytest.mark.parametrize("name", way_names())
def test_every_file_of_the_folder_is_a_way(name: str) -> None:
    assert way_of(f"{name}://").__module__ == f"{ways.__name__}.{name}"
