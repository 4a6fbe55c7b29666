"""The program that runs inside the image, run here on small Alembic projects."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from deploy.checking.alembic.image_environment import AlembicInImage
from deploy.model.containers import ProbeOutcome
from deploy.model.errors import BlockedError

IMAGE_ID = f"sha256:{'a' * 64}"
ENV = """
from alembic import context
print("env.py prints as it pleases")
context.configure(url="postgresql://", literal_binds=True, dialect_opts={"paramstyle": "named"})
with context.begin_transaction():
    context.run_migrations()
"""
REVISION = """
'''{message}'''
from alembic import op
revision = "{name}"
down_revision = {down!r}
depends_on = {depends_on!r}
branch_labels = None
def upgrade():
    {body}
{downgrade}
"""


class HereInstead:
    """doors.Containers' run_probe, without a container."""

    def __init__(self, directory):
        self._directory = directory
        self.count = 0

    def run_probe(self, image_id, command, *, environment, mounts=None, network_mode="none", timeout_seconds=60, ground=None):
        self.count += 1
        done = subprocess.run(
            [sys.executable, *command[1:]], cwd=self._directory, env={**os.environ, **environment},
            capture_output=True, text=True, check=False,
        )
        return ProbeOutcome(done.returncode, done.stdout, done.stderr)


@pytest.fixture
def project(tmp_path):
    (tmp_path / "alembic.ini").write_text("[alembic]\nscript_location = %(here)s/migrations\n")
    versions = tmp_path / "migrations" / "versions"
    versions.mkdir(parents=True)
    (tmp_path / "migrations" / "env.py").write_text(ENV)

    def add(name, down=None, body=None, depends_on=None, downgrade="def downgrade():\n    pass"):
        text = REVISION.format(
            name=name, down=down, depends_on=depends_on, message=f"make {name}", downgrade=downgrade,
            body=body or f'op.execute("CREATE TABLE {name} (id int)")',
        )
        (versions / f"{name}.py").write_text(text)

    add.here = HereInstead(tmp_path)
    return add


def reader(project):
    return AlembicInImage(project.here, "alembic.ini", "production")


def test_a_graph_with_branches_and_a_merge(project):
    project("a")
    project("b1", "a")
    project("b2", "a")
    project("m", ("b1", "b2"), body="pass")
    graph = reader(project).graph(IMAGE_ID)
    assert graph.head_ids == ("m",)
    by_id = {revision.revision_id: revision for revision in graph.revisions}
    assert set(by_id["m"].down_revision_ids) == {"b1", "b2"}
    assert by_id["a"].down_revision_ids == ()
    assert by_id["a"].message == "make a"
    assert by_id["a"].path.endswith("versions/a.py")


def test_several_heads_and_a_dependency_are_seen(project):
    project("a")
    project("b", "a")
    project("c", None, depends_on="a")
    graph = reader(project).graph(IMAGE_ID)
    assert set(graph.head_ids) == {"b", "c"}
    assert next(r for r in graph.revisions if r.revision_id == "c").depends_on_ids == ("a",)


def test_a_downgrade_that_is_a_lambda_is_not_known_and_no_error(project):
    project("a", downgrade="downgrade = lambda: op.execute('DROP TABLE a')")
    project("b", "a", downgrade="def downgrade():\n    op.execute('DROP TABLE b')")
    rendered = reader(project).render_sql(IMAGE_ID, (), ("a", "b"))
    assert [item.has_downgrade for item in rendered] == [None, True]


def test_each_revision_has_its_own_sql_and_one_that_fails_says_why(project):
    project("a")
    project("b", "a", body="raise RuntimeError('needs a database')")
    project("c", "b")
    first, second, third = reader(project).render_sql(IMAGE_ID, (), ("a", "b", "c"))
    assert "CREATE TABLE a" in first.sql
    assert "env.py prints" not in first.sql
    assert second.sql is None
    assert "needs a database" in second.problem
    assert "CREATE TABLE c" in third.sql
    assert "CREATE TABLE a" not in third.sql
    assert project.here.count == 1


def test_the_branches_and_the_merge_render_only_themselves(project):
    project("a")
    project("b1", "a")
    project("b2", "a")
    project("m", ("b1", "b2"), body='op.execute("CREATE TABLE m (id int)")')
    rendered = {r.revision_id: r for r in reader(project).render_sql(IMAGE_ID, ("a",), ("b1", "b2", "m"))}
    assert {name: item.problem for name, item in rendered.items()} == {"b1": "", "b2": "", "m": ""}
    made = {
        name: {word for word in ("a", "b1", "b2", "m") if f"CREATE TABLE {word} " in item.sql}
        for name, item in rendered.items()
    }
    assert made == {"b1": {"b1"}, "b2": {"b2"}, "m": {"m"}}


def test_an_image_without_the_ini_file_is_blocked(tmp_path):
    with pytest.raises(BlockedError) as caught:
        AlembicInImage(HereInstead(tmp_path), "alembic.ini", "production").graph(IMAGE_ID)
    assert caught.value.reference == "image-has-no-alembic-project"


def test_an_image_whose_revision_cannot_be_read_is_blocked(project):
    project("a", body="def")
    with pytest.raises(BlockedError) as caught:
        reader(project).graph(IMAGE_ID)
    assert "SyntaxError" in caught.value.what


def test_a_revision_that_depends_on_another_branch_renders_only_itself(project):
    project("a")
    project("c", None, depends_on="a")
    (rendered,) = reader(project).render_sql(IMAGE_ID, ("a",), ("c",))
    assert "CREATE TABLE c" in rendered.sql
    assert "CREATE TABLE a" not in rendered.sql
