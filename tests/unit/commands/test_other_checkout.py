"""Every command that changes production or its backups is refused in a second checkout, before it changes anything.

A checkout reads its own ledger only: another one's unfinished restore may need the very database that is discarded.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from deploy.checks.one_ledger import LEDGER_LABEL, ledger_mark
from deploy.commands import downgrading, importing, restoring, restoring_beside
from deploy.commands.downgrading import prepare_downgrade, prepare_schema_rollback
from deploy.commands.importing import import_dump
from deploy.commands.restoring import discard_databases, prepare_restore
from deploy.commands.restoring_beside import restore_tables
from deploy.model.errors import BlockedError
from deploy.model.restores import RestoreRequest
from deploy.settings.schema import Settings
from tests.fakes.fake_world import FakeWorld, fake_settings


def entered(context: Any) -> None:
    with context:
        raise AssertionError("it went on")


COMMANDS: dict[str, Callable[[Settings, Any], Any]] = {
    "downgrade": lambda settings, say: entered(prepare_downgrade(settings, "r1", say)),
    "rollback --with-schema": lambda settings, say: entered(prepare_schema_rollback(settings, None, say)),
    "restore": lambda settings, say: entered(prepare_restore(settings, RestoreRequest("b"), say)),
    "restore DUMP": lambda settings, say: import_dump(settings, Path("x.sql"), say, has_owner=False),
    "restore --tables": lambda settings, say: restore_tables(settings, "b", ("orders",), say),
    "restore discard": lambda settings, say: discard_databases(settings, ("shop_old_1",), say),
}


@pytest.mark.parametrize("command", COMMANDS)
def test_a_second_checkout_is_refused(command: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    here, there = tmp_path / "here" / ".deploy", tmp_path / "there" / ".deploy"
    for state in (here, there):
        state.mkdir(parents=True)
        (state / "ledger.sqlite3").touch()
    fake = FakeWorld("r1")
    image = fake.docker.add_image("example/shop:v1")
    app = fake.docker.create("app", image, {"RELEASE": "release-1"})
    fake.docker.create("edge", "haproxy", {})
    fake.add_release(1, image, is_current=True)
    app.labels[LEDGER_LABEL] = ledger_mark("an-id", there)

    @contextmanager
    def open_fake(*_: Any, **__: Any) -> Iterator[Any]:
        yield fake.world

    for module in (downgrading, importing, restoring, restoring_beside):
        monkeypatch.setattr(module, "open_world", open_fake)
    settings = fake_settings(project_directory=here.parent, state_directory=here, edge_run=here / "edge")

    with pytest.raises(BlockedError) as refused:
        COMMANDS[command](settings, fake.world.reporter)

    assert refused.value.exit_code == 3
    assert str(there.parent) in f"{refused.value.what} {refused.value.hint}"
