"""The page for the day when this tool is gone: its commands, run as they stand there."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pyrage
import pytest

from deploy.adapters.backups.databases import quoted
from deploy.adapters.postgres.dump_client import client_environment, find_dump_client
from tests.integration.backups.site import Site, ask, run
from tests.integration.check.projects import ROOT

pytestmark = pytest.mark.postgres

PAGE = ROOT / "docs" / "restore-by-hand.md"
BLOCKS = re.findall(r"^```bash( decrypt)?\n(.*?)^```$", PAGE.read_text(), re.MULTILINE | re.DOTALL)


def steps(*, is_encrypted: bool) -> list[str]:
    """The page's blocks; what pip installs is in the tests' own Python already."""
    chosen = [text for mark, text in BLOCKS if is_encrypted or not mark]
    return [text.replace("pip install pyrage\n", "") for text in chosen]


def run_page(site: Site, backup: Path, key: Path, *, is_encrypted: bool) -> subprocess.CompletedProcess[str]:
    client = find_dump_client(site.address, site.major, ())
    assert client is not None
    for program in ("createdb", "pg_restore", "psql"):
        if not (Path(client.directory) / program).exists() and shutil.which(program) is None:
            pytest.fail(f"{client.label} has no {program}")
    environment = client_environment(site.address) | {
        "PATH": f"{client.directory}:{Path(sys.executable).parent}:{os.environ['PATH']}", "BACKUP": str(backup),
        "KEY": str(key), "SHOP": site.address.database_name, "PGHOST": site.address.host,
        "PGPORT": str(site.address.port), "PGUSER": site.address.user,
    }
    script = "set -euo pipefail\n" + "\n".join(steps(is_encrypted=is_encrypted))
    return subprocess.run(
        ["bash", "-c", script], env=environment, capture_output=True, text=True, timeout=180, check=False
    )


@pytest.mark.parametrize("is_encrypted", [False, True])
def test_the_commands_of_the_page_bring_a_backup_back(site: Site, tmp_path: Path, is_encrypted: bool) -> None:
    assert len(BLOCKS) >= 5
    identity = pyrage.x25519.Identity.generate()
    key = tmp_path / "key.txt"
    key.write_text(f"# created: today\n{identity}\n")
    if is_encrypted:
        site.options = replace(site.options, recipients=(str(identity.to_public()),))
    site.run(
        "CREATE TABLE alembic_version (version_num text)", "INSERT INTO alembic_version VALUES ('0007')",
        "CREATE TABLE orders (n int)", "INSERT INTO orders SELECT generate_series(1, 300)",
    )
    made = site.create()
    site.run("DELETE FROM orders")
    try:
        done = run_page(site, site.directory / made.name, key, is_encrypted=is_encrypted)
        assert done.returncode == 0, done.stdout + done.stderr
        assert "FAILED" not in done.stdout
        assert "0007" in done.stdout
        assert site.ask("SELECT count(*) FROM orders") == 300
        before = replace(site.address, database_name=f"{site.address.database_name}_before")
        assert ask(before, "SELECT count(*) FROM orders") == 0, "the old database is kept"
    finally:
        maintenance = replace(site.address, database_name="postgres")
        run(maintenance, *(
            f"DROP DATABASE IF EXISTS {quoted(site.address.database_name + end)} WITH (FORCE)"
            for end in ("_before", "_restored")
        ))


def test_a_backup_that_was_changed_does_not_pass_the_pages_first_step(site: Site, tmp_path: Path) -> None:
    site.run("CREATE TABLE orders (n int)")
    made = site.create()
    archive = site.directory / made.name / "database.dump"
    archive.write_bytes(archive.read_bytes()[:-1] + b"x")
    done = run_page(site, site.directory / made.name, tmp_path / "none", is_encrypted=False)
    assert done.returncode != 0
    assert "FAILED" in done.stdout
