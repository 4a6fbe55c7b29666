"""Dumps that we did not make: each of pg_dump's formats becomes a backup, or nothing is left of it."""

from __future__ import annotations

import gzip
import subprocess
from pathlib import Path

import pytest

from deploy.adapters.backups.databases import quoted
from deploy.adapters.postgres.dump_client import client_environment, find_dump_client
from deploy.model.backups import Backup
from deploy.model.errors import BlockedError, DeployError
from tests.integration.backups.site import BY_ANN, Site, never, silent

pytestmark = pytest.mark.postgres

SCHEMA = (
    "CREATE TABLE alembic_version (version_num text)", "INSERT INTO alembic_version VALUES ('0007')",
    'CREATE TABLE "Order items" (id serial PRIMARY KEY, note text)',
    """INSERT INTO "Order items" (note) SELECT E'a\\\\.\\n\\\\! ls' || n FROM generate_series(1, 500) n""",
    "CREATE TABLE empty (id int)",
    "CREATE FUNCTION f() RETURNS text LANGUAGE sql AS $$ SELECT 'DROP DATABASE shop;' $$",
)
FORMATS = ("plain", "gzip", "custom", "tar", "directory")


def dump(site: Site, kind: str, path: Path, *words: str) -> Path:
    """What `pg_dump $DATABASE_URL > file` makes, and its relatives."""
    client = find_dump_client(site.address, site.major, ())
    assert client is not None
    where = ["--host", site.address.host, "--port", str(site.address.port), "--username", site.address.user]
    made = path / f"dump.{kind}"
    form = "plain" if kind == "gzip" else kind
    argv = client.argv("pg_dump", f"--format={form}", f"--file={made}", *where, *words, site.address.database_name)
    subprocess.run(argv, env=client_environment(site.address), check=True, timeout=120)
    if kind == "gzip":
        made.write_bytes(gzip.compress(made.read_bytes()))
    return made


def bring(site: Site, path: Path, *, has_owner: bool = True) -> Backup:
    return site.backups.import_dump(path, BY_ANN, has_owner=has_owner, say=silent, is_stop_requested=never)


def databases(site: Site) -> list[str]:
    return site.ask("SELECT array_agg(datname::text ORDER BY 1) FROM pg_database")


@pytest.fixture
def filled(site: Site) -> Site:
    site.run(*SCHEMA)
    return site


@pytest.mark.parametrize("kind", FORMATS)
@pytest.mark.parametrize("has_owner", [True, False])
def test_every_format_becomes_a_backup_with_the_same_content(
    filled: Site, tmp_path: Path, kind: str, has_owner: bool
) -> None:
    own = filled.create().manifest
    before = databases(filled)
    made = bring(filled, dump(filled, kind, tmp_path), has_owner=has_owner)
    assert made.manifest.content == own.content
    assert made.manifest.database_name == filled.address.database_name
    assert any("500" in warning or "501" in warning for warning in made.manifest.warnings)
    assert any("0007" in warning for warning in made.manifest.warnings)
    assert databases(filled) == before
    assert filled.problems_of_files(made) == ()


@pytest.mark.parametrize(
    ("change", "reference"),
    [
        (lambda text: text[: len(text) // 2], "dump-cut-off"),
        (lambda text: text + b"CREATE ROLE eve SUPERUSER;\n", "dump-refused"),
        (lambda text: b"\\! touch /tmp/surefoot-was-here\n" + text, "dump-refused"),
        (lambda text: text.replace(b"CREATE TABLE public.empty", b"CREATE TABEL public.empty"), "dump-not-accepted"),
        (lambda text: text.replace(b"version 15", b"version 99", 1), "restore-older-server"),
    ],
)
def test_what_is_not_right_leaves_nothing(filled: Site, tmp_path: Path, change: object, reference: str) -> None:
    path = dump(filled, "plain", tmp_path)
    path.write_bytes(change(path.read_bytes()))  # type: ignore[operator]
    before = databases(filled)
    with pytest.raises(DeployError) as caught:
        bring(filled, path)
    assert caught.value.reference == reference
    assert databases(filled) == before
    assert filled.left_behind() == []
    assert not Path("/tmp/surefoot-was-here").exists()


def test_an_archive_that_is_cut_off_leaves_nothing(filled: Site, tmp_path: Path) -> None:
    path = dump(filled, "custom", tmp_path)
    path.write_bytes(path.read_bytes()[:-300])
    with pytest.raises(DeployError):
        bring(filled, path)
    assert filled.left_behind() == []


def test_rows_that_a_trigger_swallows_are_noticed(filled: Site, tmp_path: Path) -> None:
    filled.run(
        "CREATE FUNCTION swallow() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NULL; END $$",
    )
    path = dump(filled, "plain", tmp_path)
    text = path.read_text()
    trigger = "CREATE TRIGGER t BEFORE INSERT ON public.\"Order items\" FOR EACH ROW EXECUTE FUNCTION public.swallow();\n"
    path.write_text(text.replace("COPY public.\"Order items\"", trigger + "COPY public.\"Order items\"", 1))
    with pytest.raises(BlockedError, match="500 rows in the file, 0 arrived") as caught:
        bring(filled, path)
    assert caught.value.reference == "import-differs"


def test_what_a_killed_run_left_is_removed_by_the_next_and_a_clean_dump_is_taken(filled: Site, tmp_path: Path) -> None:
    left = f"{filled.address.database_name}_importing"
    filled.run(f"CREATE DATABASE {quoted(left)}")
    made = bring(filled, dump(filled, "plain", tmp_path, "--clean", "--inserts"))
    assert any("INSERT" in warning for warning in made.manifest.warnings)
    assert left not in databases(filled)
