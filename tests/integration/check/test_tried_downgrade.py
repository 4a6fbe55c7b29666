"""Obligation: a downgrade is run on production's schema before production is touched, and what it does there is told."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import docker
import pytest

from deploy.checking.alembic.image_environment import read_graph, read_rendered
from deploy.checking.alembic.project import AlembicProject, local_python
from deploy.checking.commands.downgrade_losses import DowngradeLook, look_at_downgrade
from deploy.checking.commands.measured_downgrade import DowngradeWay
from deploy.checking.measuring import scratch_servers
from deploy.checking.measuring.scratch_servers import ScratchServers
from deploy.model.backups import TableContent
from deploy.model.check_request import MigrationSource
from deploy.model.doors import World
from deploy.model.errors import BlockedError
from deploy.model.releases import Image
from deploy.model.risk import RevisionSql
from deploy.model.snapshot import Snapshot, TableSize
from deploy.model.trace import StatementShape, TracedRun
from deploy.planning.plan_downgrade import revisions_back
from tests.fakes.fake_restores import LIVE
from tests.fakes.fake_world import FakeWorld, fake_settings
from tests.integration.check.projects import Project, make_project

pytestmark = pytest.mark.postgres

VERSION_TABLE = "CREATE TABLE public.alembic_version (version_num varchar(32) NOT NULL PRIMARY KEY);"
ORDERS = "CREATE TABLE public.orders (id bigint PRIMARY KEY, symbol text NOT NULL, note text);"
VERSION = "postgres (PostgreSQL) 15.1"
IMAGE = Image("sha256:0123456789abcdef", "example/shop:latest", None, 1)


@dataclass
class InDirectory:
    """doors.Scratch and doors.Migrations of a project in a directory, whatever image is asked for.

    Attributes:
        client: the engine, for a server in a container.
        traces: how often a scratch server was started.
    """

    project: Project
    client: docker.DockerClient | None = None
    traces: int = 0

    @property
    def source(self) -> MigrationSource:
        directory = self.project.directory
        return MigrationSource(directory=directory, python=sys.executable, ini_path=str(directory / "alembic.ini"))

    @property
    def alembic(self) -> AlembicProject:
        return AlembicProject(local_python(sys.executable, self.project.directory), self.source.ini_path, {}, ())

    def render_downgrade(self, image_id: str, revision_ids: Sequence[str]) -> tuple[RevisionSql, ...]:
        return read_rendered(self.alembic.ask("downgrade", *revision_ids))

    def trace(
        self, source: MigrationSource, snapshot: Snapshot | None, stages: Sequence[Mapping[str, Any]],
        shape_of: Callable[[str], StatementShape], say: Callable[[str], None],
    ) -> TracedRun:
        self.traces += 1
        return ScratchServers(None, self.client).trace(self.source, snapshot, stages, shape_of, say)


@dataclass
class OneSnapshot:
    """doors.Snapshots."""

    schema: str
    at: tuple[str, ...]
    violated: bool = False

    def take(self) -> Snapshot:
        tables = (TableSize("orders", 1000, 100_000, 20_000),)
        return Snapshot(
            "2026-01-02T03:04:05Z", "shop", "15.18", 15, self.at, f"{VERSION_TABLE}\n{self.schema}", (), tables, ()
        )

    def ask_rows(self, questions: Sequence[Any]) -> tuple[bool | None, ...]:
        return tuple(self.violated for _ in questions)


@pytest.fixture
def project(tmp_path: Path) -> Project:
    """One revision, `start`."""
    made = make_project(tmp_path / "p")
    made.revision("start", None, "pass")
    return made


def look(
    project: Project, at: tuple[str, ...] = ("r",), target: tuple[str, ...] = ("start",), schema: str = ORDERS,
    *, violated: bool = False, client: docker.DockerClient | None = None, **settings: Any,
) -> DowngradeLook:
    """The look of `downgrade`, on a server of its own."""
    door, fake = InDirectory(project, client), FakeWorld(*at)
    content = replace(fake.restores.held[LIVE].content, tables=(TableContent("orders", 5, "9"),))
    fake.restores.held[LIVE].content = content
    world: World = replace(
        fake.world, scratch=door, migrations=door, snapshots=OneSnapshot(schema, at, violated),  # type: ignore[arg-type]
    )
    back = revisions_back(read_graph(door.alembic.ask("graph")), at, target)
    found = look_at_downgrade(world, fake_settings(**settings), IMAGE, DowngradeWay(at, target, back))
    assert door.traces <= 1, "one scratch server a look"
    return found


def test_a_downgrade_is_judged_by_what_it_did(project: Project) -> None:
    project.revision("r", "start", "pass", downgrade='op.drop_column("orders", "note")')

    found = look(project)

    assert found.server.startswith("PostgreSQL")
    [finding] = [f for f in found.risk.findings if f.rule == "drop_column"]
    assert finding.evidence in {"measured", "confirmed"}
    assert "ACCESS EXCLUSIVE on orders" in finding.lock
    assert found.rows == {"orders": 5}
    assert (found.loses_rows, found.unwritten) == (True, {})


def test_what_a_downgrades_python_sends_is_seen_and_what_it_loses_is_counted(project: Project) -> None:
    project.revision("r", "start", "pass", downgrade="""
        bind = op.get_bind()
        if isinstance(bind, sa.engine.Connection):
            bind.execute(sa.text("DELETE FROM orders WHERE symbol = :symbol"), {"symbol": "ACME"})
        op.execute("COMMENT ON TABLE orders IS 'older'")
    """)

    found = look(project)
    read = look(project, check_method="parsed")

    [statement] = found.unwritten["r"]
    assert statement.startswith("DELETE FROM orders")
    assert found.loses_rows
    assert found.rows == {"orders": 5}
    assert (read.loses_rows, read.unwritten, read.server) == (False, {}, ""), "which its text does not show"
    assert read.source == "from the text alone: DEPLOY_CHECK=parsed"


def test_what_runs_when_tried_and_could_not_be_rendered_is_known(project: Project) -> None:
    project.revision("r", "start", "pass", downgrade="""
        op.get_bind().exec_driver_sql("ALTER TABLE orders ADD COLUMN older text")
    """)

    found = look(project)
    read = look(project, check_method="parsed")

    assert found.loses_rows is False
    assert "orders.older comes back empty, or with its default: not with what it held" in found.losses
    assert read.loses_rows is True
    assert any("it is not known what r loses" in loss for loss in read.losses)


def test_rows_that_it_reads_and_the_scratch_server_has_not_are_not_known(project: Project) -> None:
    project.revision("r", "start", "pass", downgrade="""
        for row in op.get_bind().execute(sa.text("SELECT id FROM orders")).fetchall():
            op.execute(f"DELETE FROM orders WHERE id = {row[0]}")
    """)

    found = look(project)

    assert found.loses_rows is True
    assert any("it is not known what r loses: reads rows of orders" in loss for loss in found.losses)


def test_one_that_fails_on_productions_schema_is_refused_with_its_statement(project: Project) -> None:
    project.revision("s", "r", "pass", downgrade="""op.execute("COMMENT ON TABLE orders IS 'older'")""")
    project.revision("r", "start", "pass", downgrade='op.drop_column("orders", "nosuch")')

    with pytest.raises(BlockedError) as refused:
        look(project, at=("s",))

    assert refused.value.reference == "downgrade-fails"
    assert "the downgrade of r fails" in refused.value.what
    assert "ALTER TABLE orders DROP COLUMN nosuch" in refused.value.what


@pytest.mark.parametrize(
    ("downgrade", "words"),
    [('raise NotImplementedError("there is no way back")', "there is no way back"), (None, "no attribute 'downgrade'")],
)
def test_one_without_a_way_back_is_refused_in_its_own_words(
    project: Project, downgrade: str | None, words: str
) -> None:
    project.revision("r", "start", "pass", downgrade=downgrade or "pass")
    if downgrade is None:
        path = project.path_of("r")
        path.write_text(path.read_text(encoding="utf-8").replace("def downgrade", "def another"), encoding="utf-8")

    with pytest.raises(BlockedError) as refused:
        look(project)

    assert refused.value.reference == "downgrade-fails"
    assert "of r fails" in refused.value.what
    assert words in refused.value.what


def test_one_that_only_production_rows_stop_is_refused(project: Project) -> None:
    project.revision("r", "start", "pass", downgrade='op.alter_column("orders", "note", nullable=False)')

    with pytest.raises(BlockedError) as refused:
        look(project, violated=True)

    assert refused.value.reference == "downgrade-fails"
    assert "note is null in a row of" in refused.value.what


def test_an_environment_that_does_not_run_says_nothing_of_the_downgrade(project: Project) -> None:
    project.revision("r", "start", "pass", downgrade='op.drop_column("orders", "note")')
    env = project.directory / "migrations" / "env.py"
    env.write_text(env.read_text(encoding="utf-8").replace(
        "    asyncio.run(run_online())", '    import os\n    os.environ["SHOP_KEY"]'
    ), encoding="utf-8")

    with pytest.raises(BlockedError) as refused:
        look(project)

    assert refused.value.reference == "migrations-did-not-run"
    assert "SHOP_KEY" in refused.value.what


def test_several_revisions_are_tried_newest_first_down_to_the_base(project: Project) -> None:
    project.revision("r", "start", "pass", downgrade='op.drop_column("orders", "note")')
    project.revision("s", "r", "pass", downgrade='op.drop_column("orders", "extra")')
    schema = ORDERS.replace("note text", "note text, extra text")

    found = look(project, at=("s",), target=(), schema=schema)

    assert [revision.revision_id for revision in found.risk.revisions] == ["s", "r", "start"]
    lost = [(f.revision_id, f.evidence) for f in found.risk.findings if f.rule == "drop_column"]
    assert [name for name, _ in lost] == ["s", "r"]
    assert {evidence for _, evidence in lost} <= {"measured", "confirmed"}


def test_a_merge_is_taken_back_with_both_branches_to_their_common_revision(project: Project) -> None:
    project.revision("a", "start", "pass", downgrade='op.drop_column("orders", "note")')
    project.revision("b", "start", "pass", downgrade="""op.execute("COMMENT ON TABLE orders IS 'older'")""")
    project.revision("m", ("a", "b"), "pass")

    found = look(project, at=("m",))

    assert {revision.revision_id for revision in found.risk.revisions} == {"m", "a", "b"}
    assert found.rows == {"orders": 5}


def test_a_branch_that_alembic_leaves_is_told_before_production_is_at_two_heads(project: Project) -> None:
    project.revision("a", "start", "pass", downgrade='op.drop_column("orders", "note")')
    project.revision("b", "start", "pass", downgrade="""op.execute("COMMENT ON TABLE orders IS 'older'")""")
    project.revision("a2", "a", "pass", downgrade="""op.execute("COMMENT ON TABLE orders IS 'old'")""")

    with pytest.raises(BlockedError) as refused:
        look(project, at=("a2", "b"), target=("a",))

    assert refused.value.reference == "downgrade-leaves-a-branch"
    assert "takes back a2, and leaves b" in refused.value.what


def test_a_dependency_on_another_branch_stays_and_that_is_told(project: Project) -> None:
    project.revision("a", "start", "pass", downgrade='op.drop_column("orders", "note")')
    project.revision("b", None, "pass", downgrade="""op.execute("COMMENT ON TABLE orders IS 'older'")""")
    project.revision("a2", "a", "pass", depends_on="b", downgrade="""op.execute("COMMENT ON TABLE orders IS 'old'")""")

    with pytest.raises(BlockedError) as refused:
        look(project, at=("a2",), target=("a",))

    assert refused.value.reference == "downgrade-leaves-a-branch"
    assert "takes back a2, and leaves b" in refused.value.what


def test_both_heads_go_to_their_common_revision(project: Project) -> None:
    project.revision("a", "start", "pass", downgrade='op.drop_column("orders", "note")')
    project.revision("b", "start", "pass", downgrade="""op.execute("COMMENT ON TABLE orders IS 'older'")""")

    assert look(project, at=("a", "b")).rows == {"orders": 5}


@pytest.mark.docker
def test_without_programs_of_this_machine_it_is_tried_in_a_container(
    project: Project, docker_engine: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    project.revision("r", "start", "pass", downgrade='op.drop_column("orders", "note")')
    monkeypatch.setattr(scratch_servers, "all_server_binaries", tuple)

    assert "(image " in look(project, client=docker.from_env()).server


def test_a_scratch_server_that_does_not_start_leaves_the_text_and_no_false_word(
    project: Project, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    project.revision("r", "start", "pass", downgrade='op.create_index("i", "orders", ["note"])')
    programs = tmp_path / "pg" / "bin"
    programs.mkdir(parents=True)
    for name, words in {"initdb": "echo 'initdb: error: no room' >&2; exit 1", "postgres": f"echo '{VERSION}'"}.items():
        (programs / name).write_text(f"#!/bin/sh\n{words}\n", encoding="utf-8")
        (programs / name).chmod(0o755)
    monkeypatch.setenv("DEPLOY_SCRATCH_BINARIES", str(programs))

    found = look(project)

    assert found.source.startswith("from the text alone: ")
    assert "did not start" in found.text_alone_because
    assert found.loses_rows is True
    assert any("it was not tried" in loss for loss in found.losses)
    assert "add_index_not_concurrently" in {finding.rule for finding in found.risk.findings}


def test_a_scratch_server_that_ends_while_it_is_at_work_leaves_the_text_too(
    project: Project, capfd: pytest.CaptureFixture[str]
) -> None:
    project.revision("r", "start", "pass", downgrade="""
        op.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid()")
        op.drop_column("orders", "note")
    """)

    found = look(project)

    assert "ended while it was at work" in found.text_alone_because
    assert (found.rows, found.loses_rows) == ({"orders": 5}, True)
    assert "Traceback" not in capfd.readouterr().err


def test_what_this_server_has_not_is_read(project: Project) -> None:
    project.revision("s", "r", "pass", downgrade='op.execute("CREATE EXTENSION surefoot_nowhere")')
    project.revision("r", "start", "pass", downgrade='op.drop_column("orders", "note")')

    found = look(project, at=("s",))

    assert found.rows == {"orders": 5}
    assert any("it is not known what s loses: it could not be tried here" in loss for loss in found.losses)
