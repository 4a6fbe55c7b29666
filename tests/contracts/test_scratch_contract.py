"""One suite on FakeScratch and on the real door of projects and scratch servers."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from deploy.checking.measuring.scratch_servers import ScratchServers
from deploy.checking.risk.shapes import shape_of
from deploy.model.check_request import MigrationSource
from deploy.model.errors import BlockedError
from tests.fakes.fake_migrations import FakeMigrations, linear_graph
from tests.fakes.fake_scratch import FakeScratch
from tests.integration.check.projects import make_project

SQL = {"a": "CREATE TABLE a (id int);", "b": "ALTER TABLE a ADD COLUMN x int;", "c": "DROP TABLE a;"}
STAGES = [{"do": "upgrade", "to": ["heads"], "watched": True}]


@dataclass(frozen=True)
class Ground:
    """A door, and a project of the revisions a, b and c; another one that cannot be read."""

    door: Any
    source: MigrationSource
    unreadable: MigrationSource


@pytest.fixture(params=["fake", "real"])
def ground(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Ground:
    """No PostgreSQL server is at hand on either."""
    if request.param == "fake":
        door = FakeScratch(FakeMigrations({"image": linear_graph("a", "b", "c")}, SQL))
        return Ground(door, MigrationSource(image_id="image"), MigrationSource(image_id="none"))
    monkeypatch.setenv("DEPLOY_SCRATCH_BINARIES", str(tmp_path))
    project = make_project(tmp_path / "p")
    for revision, down in (("a", None), ("b", "a"), ("c", "b")):
        project.revision(revision, down, f"op.execute({SQL[revision].rstrip(';')!r})")
    (tmp_path / "empty").mkdir()
    return Ground(
        ScratchServers(None),
        MigrationSource(directory=project.directory, python=sys.executable, ini_path=str(project.directory / "alembic.ini")),
        MigrationSource(directory=tmp_path / "empty", python=sys.executable, ini_path=str(tmp_path / "empty/alembic.ini")),
    )


def test_a_look_knows_every_revision_its_head_and_its_notes(ground: Ground) -> None:
    look = ground.door.look(ground.source, (), None)

    assert {revision.revision_id: revision.down_revision_ids for revision in look.graph.revisions} == {
        "a": (), "b": ("a",), "c": ("b",),
    }
    assert look.graph.head_ids == ("c",)
    assert {note.revision_id for note in look.notes} == {"a", "b", "c"}
    assert look.environment_path.endswith("migrations/env.py")


@pytest.mark.parametrize(
    ("from_ids", "to_ids", "pending"),
    [((), None, ["a", "b", "c"]), (("a",), None, ["b", "c"]), (("a",), ("b",), ["b"]), (("c",), None, [])],
)
def test_a_look_renders_what_is_pending_oldest_first(
    ground: Ground, from_ids: tuple[str, ...], to_ids: tuple[str, ...] | None, pending: list[str]
) -> None:
    look = ground.door.look(ground.source, from_ids, to_ids)

    assert [item.revision_id for item in look.rendered] == pending
    assert [SQL[item.revision_id].rstrip(";") in (item.sql or "") for item in look.rendered] == [True] * len(pending)
    assert (look.from_ids, look.to_ids) == (from_ids, to_ids or ())


def test_a_revision_that_the_project_does_not_know_is_left_as_it_was_given(ground: Ground) -> None:
    assert ground.door.look(ground.source, ("nobody",), None).from_ids == ("nobody",)


def test_a_project_that_cannot_be_read_is_blocked(ground: Ground) -> None:
    with pytest.raises(BlockedError) as caught:
        ground.door.look(ground.unreadable, (), None)
    assert caught.value.reference == "image-has-no-alembic-project"


def test_a_trace_without_a_server_is_blocked_with_a_reference_of_its_own(ground: Ground) -> None:
    for attempt in (
        lambda: ground.door.trace(ground.source, None, STAGES, shape_of, print),
        lambda: ground.door.trace_sql((), None, shape_of),
        ground.door.measure_rates,
    ):
        with pytest.raises(BlockedError) as caught:
            attempt()
        assert caught.value.reference == "no-scratch-server"
