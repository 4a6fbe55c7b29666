"""Whatever a database holds comes back as it was: restored into a throw-away server and compared."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from deploy.adapters.scratch.server import ScratchServer
from deploy.model.backups import Backup, DatabaseContent
from tests.integration.backups.shapes import EXTENSIONS, SHAPES, SINCE_18
from tests.integration.backups.site import Site
from tests.integration.check.conftest import MAJORS

pytestmark = pytest.mark.postgres


@dataclass(frozen=True)
class Proven:
    """A backup of the database that holds everything, and what came back."""

    site: Site
    backup: Backup
    problems: tuple[str, ...]
    restored: DatabaseContent

    def rows(self, table: str) -> int:
        return next(t.rows for t in self.backup.manifest.content.tables if t.name == table)


def fill(site: Site) -> list[str]:
    """Everything that this server can hold; the extensions that it has."""
    for statements in SHAPES.values():
        site.run(*statements)
    if site.major >= 18:
        site.run(*SINCE_18)
    offered = [name for name in EXTENSIONS if site.ask("SELECT 1 FROM pg_available_extensions WHERE name = $1", name)]
    for name in offered:
        site.run(f'CREATE EXTENSION "{name}"', *EXTENSIONS[name])
    return offered


@pytest.fixture(scope="module", params=MAJORS)
def proven(
    request: pytest.FixtureRequest, production_of: Callable[[int], ScratchServer],
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Proven]:
    directory: Path = tmp_path_factory.mktemp(f"everything{request.param}") / "backups"
    with Site.on(production_of(request.param), directory) as site:
        fill(site)
        backup = site.create()
        restored = site.restore_aside(backup).content
        yield Proven(site, backup, site.problems(backup), restored)


def test_everything_comes_back_equal(proven):
    assert proven.problems == ()
    expected = {t.name: (t.rows, t.content_hash) for t in proven.backup.manifest.content.tables}
    assert {t.name: (t.rows, t.content_hash) for t in proven.restored.tables} == expected
    assert None not in [content_hash for _, content_hash in expected.values()]


def test_rows_are_counted_where_they_lie(proven):
    assert proven.rows("public.sales_2025_north") > 0
    assert proven.rows("public.sales_old") > 0
    assert (proven.rows("public.parent"), proven.rows("public.child")) == (1, 1)
    assert proven.rows('"Odd X"."a b"') == 2
    assert proven.rows('public."no columns"') == 1
    assert proven.rows("public.secret") == 3
    names = {t.name for t in proven.backup.manifest.content.tables}
    assert not names & {"public.sales", "public.sales_2025", "public.sums", "public.far_away"}


def test_sequences_stand_where_they_stood(proven):
    stood = {s.name: (s.last_value, s.direction) for s in proven.backup.manifest.content.sequences}
    assert stood["public.downwards"] == (61, -1)
    assert stood["public.around"] == (2, 0)
    assert stood['"Odd X"."S q"'] == (1, 1)
    assert {s.name: s.last_value for s in proven.restored.sequences} == {n: v for n, (v, _) in stood.items()}


def test_large_objects_and_revisions_are_known(proven):
    assert proven.backup.manifest.content.large_objects == proven.restored.large_objects == 2
    assert proven.backup.manifest.content.revision_ids == ("a1", "b2")


def test_foreign_tables_are_left_out_with_a_warning(proven):
    if not any(name.startswith("postgres_fdw") for name in proven.backup.manifest.content.extensions):
        pytest.skip("this server has no postgres_fdw")
    assert proven.backup.manifest.content.left_out == ("public.far_away",)
    assert any("public.far_away" in warning for warning in proven.backup.manifest.warnings)


def test_the_owner_of_a_table_is_among_the_roles(proven):
    assert "Clerk's" in proven.backup.manifest.role_names


def test_an_empty_database_comes_back_empty(each_site):
    backup = each_site.create()

    assert each_site.problems(backup) == ()
    assert backup.manifest.content.tables == ()
    assert backup.manifest.content.revision_ids == ()


@pytest.mark.parametrize("name", ["Odd \"db\" it's", "ümlaut", "-dash", "a=b", "postgresql://x"])
def test_a_database_of_an_odd_name_is_backed_up(production_of, tmp_path, name):
    with Site.on(production_of(15), tmp_path / "backups", name) as site:
        site.run("CREATE TABLE t (n int)", "INSERT INTO t VALUES (1), (2)")

        backup = site.create()

        assert site.problems(backup) == ()
        assert backup.manifest.database_name == name
        assert [t.rows for t in backup.manifest.content.tables] == [2]
        assert backup.manifest.warnings == ()


def test_settings_and_rights_of_the_database_are_in_the_manifest(site):
    name = site.address.database_name
    site.run(
        "DO $$ BEGIN CREATE ROLE reader; EXCEPTION WHEN duplicate_object THEN NULL; END $$",
        f"ALTER DATABASE {name} SET work_mem = '8MB'", f"ALTER DATABASE {name} SET search_path = public, \"Odd X\"",
        f"ALTER ROLE reader IN DATABASE {name} SET statement_timeout = '5s'",
        f"GRANT CONNECT ON DATABASE {name} TO reader", f"COMMENT ON DATABASE {name} IS 'it''s ours'",
        f"ALTER DATABASE {name} CONNECTION LIMIT 50",
    )

    properties = site.create().manifest.properties

    assert "ALTER DATABASE {database} SET work_mem TO '8MB'" in properties.statements
    assert 'ALTER DATABASE {database} SET search_path TO public, "Odd X"' in properties.statements
    assert "ALTER ROLE reader IN DATABASE {database} SET statement_timeout TO '5s'" in properties.statements
    assert "GRANT CONNECT ON DATABASE {database} TO reader" in properties.statements
    assert "COMMENT ON DATABASE {database} IS 'it''s ours'" in properties.statements
    assert properties.connection_limit == 50
