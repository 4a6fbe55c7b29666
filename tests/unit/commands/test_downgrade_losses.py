"""A downgrade is tried before it is planned; where it cannot be, its text alone is judged, and that is said."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pytest

from deploy.checking.commands.downgrade_losses import DowngradeLook, look_at_downgrade
from deploy.checking.commands.measured_downgrade import DowngradeWay
from deploy.model.backups import DatabaseContent, TableContent
from deploy.model.effects import Effects
from deploy.model.errors import BlockedError
from deploy.model.releases import Image
from deploy.model.trace import TracedRevision, TracedRun, TracedStatement
from tests.fakes.fake_migrations import linear_graph
from tests.fakes.fake_restores import LIVE, FakeContent
from tests.fakes.fake_world import FakeWorld, fake_settings
from tests.prediction import without_prediction

SERVER = "PostgreSQL 15.18 (host)"
DROP = "ALTER TABLE orders DROP COLUMN note;"
ADD = "COMMENT ON TABLE orders IS 'older';"


def ground(sql: Mapping[str, str], rows: int = 5) -> tuple[FakeWorld, Image, DowngradeWay]:
    """The database is at r2; r1 is wanted."""
    fake = FakeWorld("r2")
    image_id = fake.docker.add_image("example/shop:v2")
    fake.migrations.graphs[image_id] = linear_graph("r1", "r2")
    fake.migrations.sql = dict(sql)
    tables = (TableContent("orders", rows, "9"),)
    fake.restores.held[LIVE] = FakeContent(DatabaseContent(("r2",), tables, (), (), 0, (), (), ()))
    [newest] = [r for r in fake.migrations.graphs[image_id].revisions if r.revision_id == "r2"]
    return fake, Image(image_id, "example/shop:v2", None, 1), DowngradeWay(("r2",), ("r1",), (newest,))


def ran(*statements: str, error: str = "", **more: Any) -> TracedRun:
    """A run of r2's downgrade; with an error, its last statement is the one that was refused."""
    traced = [TracedStatement("r2", "r2.py", 0, sql, 1, Effects()) for sql in statements]
    if error and traced:
        traced[-1] = TracedStatement("r2", "r2.py", 0, statements[-1], 1, Effects(error=error))
    return TracedRun(
        SERVER, 15, (TracedRevision("r2", "", "r2.py", tuple(traced), error),), error=error,
        is_error_of_sql=bool(error and traced), **more,
    )


def look(sql: Mapping[str, str], run: TracedRun | None, **settings: Any) -> tuple[DowngradeLook, FakeWorld]:
    fake, image, way = ground(sql)
    fake.scratch.run = run
    return look_at_downgrade(fake.world, fake_settings(**settings), image, way), fake


def test_it_begins_at_the_databases_revision_and_runs_alembics_own_downgrade_to_the_target() -> None:
    _, fake = look({"r2": ADD}, ran(ADD))
    [stages] = fake.scratch.stages
    assert stages == [
        {"do": "stamp", "to": ["r2"], "watched": False}, {"do": "downgrade", "to": ["r1"], "watched": True},
    ]


def test_the_base_is_named_as_alembic_names_it() -> None:
    assert DowngradeWay(("r1",), (), ()).target == "base"


def test_where_it_was_tried_and_nothing_goes_that_is_said() -> None:
    found, _ = look({"r2": ADD}, ran(ADD))
    assert (found.source, found.loses_rows, found.losses) == (f"tried on {SERVER}", False, ())


@pytest.mark.parametrize("sql", [{"r2": ADD}, {}])
def test_what_could_not_be_tried_is_judged_by_its_text_and_never_called_harmless(sql: Mapping[str, str]) -> None:
    found, _ = look(sql, None)
    assert found.source.startswith("from the text alone: no PostgreSQL server")
    assert found.loses_rows is True
    assert any("it was not tried" in loss for loss in found.losses)
    assert any("it is not known what r2 loses" in loss for loss in found.losses) is (not sql)


def test_a_scratch_server_without_room_leaves_the_text_too(monkeypatch: pytest.MonkeyPatch) -> None:
    fake, image, way = ground({"r2": DROP})

    def no_room(*_: Any) -> TracedRun:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(fake.scratch, "trace", no_room)
    found = look_at_downgrade(fake.world, fake_settings(), image, way)
    assert "No space left on device" in found.source
    assert (found.rows, found.loses_rows) == ({"orders": 5}, True)


def test_whoever_chose_the_text_gets_the_text_and_no_server_is_started() -> None:
    found, fake = look({"r2": ADD}, ran(DROP), check_method="parsed")
    assert (found.source, found.loses_rows, found.losses) == ("from the text alone: DEPLOY_CHECK=parsed", False, ())
    assert fake.scratch.stages == []


def test_a_text_that_cannot_be_read_is_not_known_whoever_chose_it() -> None:
    found, _ = look({}, None, check_method="parsed")
    assert found.loses_rows is True
    assert found.losses == ("it is not known what r2 loses: its SQL could not be rendered: cannot be rendered",)


def test_an_installation_without_the_prediction_tries_it_and_calls_no_text_harmless() -> None:
    with without_prediction():
        tried, _ = look({"r2": DROP}, ran(DROP))
        harmless, _ = look({"r2": ADD}, ran(ADD))
        read, _ = look({"r2": ADD}, None, check_method="parsed")
    assert (tried.rows, tried.loses_rows) == ({"orders": 5}, True)
    assert (harmless.losses, harmless.loses_rows) == ((), False)
    assert read.loses_rows is True
    assert any("it is not known what r2 loses" in loss for loss in read.losses)


def test_what_ran_and_is_not_in_the_text_is_judged_and_shown() -> None:
    found, _ = look({"r2": ADD}, ran(ADD, "DELETE FROM orders WHERE id = $1"))
    assert found.unwritten == {"r2": ("DELETE FROM orders WHERE id = $1",)}
    assert (found.rows, found.loses_rows) == ({"orders": 5}, True)


def test_what_the_text_loses_and_the_trial_did_not_show_is_still_said() -> None:
    found, _ = look({"r2": ADD + DROP}, ran(ADD))
    assert found.loses_rows is True
    assert found.rows == {"orders": 5}
    [loss] = found.losses
    assert loss.endswith("the trial did not show it")


def test_a_loss_that_both_tell_is_said_once() -> None:
    found, _ = look({"r2": DROP}, ran(DROP))
    assert len(found.losses) == 1
    assert found.losses[0].startswith("lost with r2: ")


@pytest.mark.parametrize(
    ("run", "words"),
    [
        (ran(ADD, "ALTER TABLE orders DROP COLUMN x", error="UndefinedColumn: no column x"),
         ("the downgrade of r2 fails", "no column x", "ALTER TABLE orders DROP COLUMN x")),
        (ran(error="NotImplementedError: no way back"), ("the downgrade of r2 fails", "no way back")),
        (TracedRun(SERVER, 15, (), error="AttributeError: module 'r2' has no attribute 'downgrade'"),
         ("the downgrade of r2 fails", "no attribute 'downgrade'")),
    ],
)
def test_one_that_fails_there_is_refused_with_what_failed(run: TracedRun, words: Sequence[str]) -> None:
    with pytest.raises(BlockedError) as refused:
        look({"r2": ADD}, run)
    assert (refused.value.reference, refused.value.exit_code) == ("downgrade-fails", 3)
    assert all(word in refused.value.what for word in words)


def test_an_environment_that_does_not_run_is_no_failure_of_the_downgrade() -> None:
    with pytest.raises(BlockedError) as refused:
        look({"r2": ADD}, TracedRun(SERVER, 15, (), error="KeyError: SHOP_KEY"))
    assert refused.value.reference == "migrations-did-not-run"
    assert "DEPLOY_CHECK=parsed" in refused.value.hint


def test_a_limit_of_the_scratch_server_is_no_failure_and_no_harmless_downgrade() -> None:
    found, _ = look(
        {"r2": "CREATE EXTENSION v;" + DROP}, ran("CREATE EXTENSION v", error="no v", error_here="it has no v")
    )
    assert found.rows == {"orders": 5}
    assert any("it could not be tried here: it has no v" in loss for loss in found.losses)
    assert found.source == f"tried on {SERVER}; the rest from the text alone: it has no v"


def test_a_revision_that_alembic_would_leave_is_told_before() -> None:
    run = TracedRun(SERVER, 15, (TracedRevision("another", "", "", ()),))
    with pytest.raises(BlockedError) as refused:
        look({"r2": ADD}, run)
    assert refused.value.reference == "downgrade-leaves-a-branch"
    assert "takes back another, and leaves r2" in refused.value.what


@pytest.mark.parametrize("rows", [5, 0])
def test_a_column_that_comes_back_without_a_value_is_refused_where_there_are_rows(rows: int) -> None:
    sql = "ALTER TABLE orders ADD COLUMN older text NOT NULL"
    fake, image, way = ground({"r2": f"{sql};"}, rows)
    fake.scratch.run = ran(sql)
    if rows == 0:
        assert look_at_downgrade(fake.world, fake_settings(), image, way).source == f"tried on {SERVER}"
        return
    with pytest.raises(BlockedError) as refused:
        look_at_downgrade(fake.world, fake_settings(), image, way)
    assert refused.value.reference == "downgrade-fails"
    assert "orders.older is NOT NULL without a default" in refused.value.what


def test_what_productions_rows_refuse_is_refused_although_it_ran_on_empty_tables(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    sql = "ALTER TABLE orders ALTER COLUMN note SET NOT NULL"
    fake, image, way = ground({"r2": f"{sql};"})
    fake.scratch.run = ran(sql)
    monkeypatch.setattr(fake.snapshots, "ask_rows", lambda questions: tuple(True for _ in questions))
    with pytest.raises(BlockedError) as refused:
        look_at_downgrade(fake.world, fake_settings(), image, way)
    assert refused.value.what == 'the downgrade of r2 fails on production\'s rows: note is null in a row of "orders"'
