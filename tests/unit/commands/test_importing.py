"""A dump that may not be read is one clear error, and a word is a path only where it looks like one."""

from __future__ import annotations

import errno
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from deploy.checks.one_ledger import LEDGER_LABEL, ledger_mark
from deploy.commands import importing
from deploy.commands.importing import import_dump, is_dump_path
from deploy.model.errors import BlockedError
from tests.fakes.fake_world import FakeWorld, fake_settings


def refuse(monkeypatch: pytest.MonkeyPatch, path: Path) -> None:
    """As where a directory above may not be searched; the tests may run as root, whom no right keeps away."""
    original = Path.stat

    def stat(self: Path, **named: Any) -> os.stat_result:
        if self == path:
            raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), str(self))
        return original(self, **named)

    monkeypatch.setattr(Path, "stat", stat)


@pytest.mark.parametrize("name", ["shop.sql", "shop/data.dat"])
def test_a_dump_that_may_not_be_read_is_told_and_not_imported(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    state, path = tmp_path / ".deploy", tmp_path / name
    state.mkdir()
    (state / "ledger.sqlite3").touch()
    path.parent.mkdir(exist_ok=True)
    path.touch()
    fake = FakeWorld("r1")
    image = fake.docker.add_image("example/shop:v1")
    app = fake.docker.create("app", image, {"RELEASE": "release-1"})
    app.labels[LEDGER_LABEL] = ledger_mark("an-id", state)
    fake.docker.create("edge", "haproxy", {})
    fake.add_release(1, image, is_current=True)

    @contextmanager
    def open_fake(*_: Any, **__: Any) -> Iterator[Any]:
        yield fake.world

    monkeypatch.setattr(importing, "open_world", open_fake)
    settings = fake_settings(project_directory=tmp_path, state_directory=state, edge_run=tmp_path / "edge")
    refuse(monkeypatch, path)
    given = tmp_path / name.split("/", maxsplit=1)[0]

    with pytest.raises(BlockedError) as caught:
        import_dump(settings, given, fake.world.reporter, has_owner=True)

    assert caught.value.reference == "dump-not-readable"
    assert str(path) in caught.value.what
    assert str(given) in caught.value.hint
    assert fake.backups.kept == {}


def test_a_word_in_a_directory_that_may_not_be_searched_is_no_path(monkeypatch: pytest.MonkeyPatch) -> None:
    refuse(monkeypatch, Path("backup_shop_20260102T030405Z"))

    assert not is_dump_path("backup_shop_20260102T030405Z")
    assert not is_dump_path("x" * 300)
    assert is_dump_path("/srv/shop")
