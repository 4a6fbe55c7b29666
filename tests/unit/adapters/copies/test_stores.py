"""Obligation: a kind of store is a file that registers itself; nothing else names it."""

from __future__ import annotations

import importlib
import sys
from pathlib import Path

import pytest

from deploy.adapters.copies import stores
from deploy.adapters.copies.targets import kind_names, kind_of, parse_target
from deploy.model.errors import UsageError
from deploy.settings.backup_schema import BackupSettings

SHELF = """
from deploy.adapters.copies.store import StoreKind, Target

def read_target(text, url):
    if not url.netloc:
        raise ValueError("a shelf has a number")
    return Target("shelf", text, url.netloc, "")

def open_store(target, settings):
    return f"shelf {target.place}, kept {settings.backup_keep_days} days"

KIND = StoreKind("shelf://7", read_target, open_store)
"""


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder that the tool takes for one more of stores/."""
    monkeypatch.setattr(stores, "__path__", [*stores.__path__, str(tmp_path)])
    monkeypatch.delitem(sys.modules, f"{stores.__name__}.shelf", raising=False)
    importlib.invalidate_caches()
    return tmp_path


def test_a_file_that_is_put_into_the_folder_is_a_kind_of_store(folder: Path) -> None:
    (folder / "shelf.py").write_text(SHELF)
    target = parse_target("shelf://7")
    assert (target.kind, target.place) == ("shelf", "7")
    assert kind_of(target.kind).open(target, BackupSettings()) == "shelf 7, kept 7 days"


def test_what_its_reader_refuses_is_told_with_every_kinds_example(folder: Path) -> None:
    (folder / "shelf.py").write_text(SHELF)
    with pytest.raises(UsageError, match="a shelf has a number") as caught:
        parse_target("shelf:///x")
    for example in ("shelf://7", "s3://bucket/prefix", "gs://bucket/prefix", "sftp://user@host:22/path", "file:///"):
        assert example in caught.value.hint


def test_a_file_that_registers_nothing_is_an_error_with_its_name(folder: Path) -> None:
    (folder / "shelf.py").write_text("PORT = 7\n")
    with pytest.raises(TypeError, match="shelf"):
        parse_target("shelf://7")


@pytest.mark.parametrize("name", kind_names())
def test_every_files_example_is_a_target_of_its_kind(name: str) -> None:
    assert parse_target(kind_of(name).example).kind == name
