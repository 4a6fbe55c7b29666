"""Obligation: a scratch server's cluster is a new one, whatever is kept, damaged, or somebody else's."""

from __future__ import annotations

import asyncio
import os
from pathlib import Path

import asyncpg
import pytest

from deploy.adapters.scratch import clusters
from deploy.adapters.scratch.clusters import SUPERUSER
from deploy.adapters.scratch.server import scratch_server
from tests.integration.check.conftest import binaries_of

pytestmark = pytest.mark.postgres
OTHER_USER = 4321


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty cache of this test's own."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    return tmp_path / "cache" / "surefoot" / "clusters"


def databases_then_make_one() -> list[str]:
    """Those of a new scratch server; one more is made in it before it goes."""

    async def ask(socket: str) -> list[str]:
        connection = await asyncpg.connect(host=socket, user=SUPERUSER, database="postgres")
        try:
            found = [row[0] for row in await connection.fetch("SELECT datname FROM pg_database ORDER BY 1")]
            await connection.execute("CREATE DATABASE left_behind")
            return found
        finally:
            await connection.close()

    with scratch_server(binaries_of(15)) as server:
        return asyncio.run(ask(server.address))


NEW = ["postgres", "template0", "template1"]


def test_a_copy_is_as_empty_as_what_initdb_makes(cache: Path) -> None:
    assert databases_then_make_one() == NEW
    [kept] = cache.iterdir()
    made = kept.stat().st_ino
    assert databases_then_make_one() == NEW
    assert [path.stat().st_ino for path in cache.iterdir()] == [made], "it was kept, and copied"
    assert not (kept / "postmaster.pid").exists(), "no server ever ran in it"


def test_a_kept_cluster_that_does_not_start_is_made_anew(cache: Path) -> None:
    databases_then_make_one()
    [kept] = cache.iterdir()
    (kept / "global" / "pg_control").write_bytes(b"")
    assert databases_then_make_one() == NEW
    [anew] = cache.iterdir()
    assert (anew / "global" / "pg_control").stat().st_size > 0


def test_half_a_copy_is_not_started(cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    databases_then_make_one()
    monkeypatch.setattr(clusters, "_copy", lambda _source, target: (target / "half").touch())
    assert databases_then_make_one() == NEW


@pytest.mark.skipif(os.geteuid() != 0, reason="only root gives directories away")
def test_a_directory_that_others_can_write_to_is_not_used(cache: Path) -> None:
    cache.mkdir(parents=True)
    cache.chmod(0o777)
    assert databases_then_make_one() == NEW
    assert list(cache.iterdir()) == []
    cache.chmod(0o700)
    os.chown(cache, OTHER_USER, OTHER_USER)
    assert databases_then_make_one() == NEW
    assert list(cache.iterdir()) == []


def test_without_a_home_nothing_is_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    def no_home() -> Path:
        raise RuntimeError("Could not determine home directory.")

    monkeypatch.delenv("XDG_CACHE_HOME", raising=False)
    monkeypatch.setattr(Path, "home", no_home)
    assert databases_then_make_one() == NEW


def test_few_are_kept(cache: Path) -> None:
    cache.mkdir(parents=True)
    for number in range(clusters.KEPT + 2):
        (cache / f"old-{number}").mkdir()
        os.utime(cache / f"old-{number}", (number, number))
    databases_then_make_one()
    assert len(list(cache.iterdir())) == clusters.KEPT
    assert not (cache / "old-0").exists()
