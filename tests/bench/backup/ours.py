"""One backup, restore or verification by the real adapter, timed inside: a JSON order in, a JSON answer out."""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path
from typing import Any

from deploy.adapters.backups.pg_backups import PgBackups
from deploy.adapters.backups.production import AUTOVACUUM_GIVES_WAY
from deploy.adapters.backups.restoring import Restorer
from deploy.adapters.postgres.address import DatabaseAddress
from tests.bench.backup.work import own_cost
from tests.integration.backups.site import Site, never, silent


def create(site: Site, _: dict[str, Any]) -> dict[str, Any]:
    manifest = site.create().manifest
    return {"name": manifest.name, "size_bytes": manifest.size_bytes, "compression": manifest.compression}


def restore(site: Site, order: dict[str, Any]) -> dict[str, Any]:
    """Into a database that is there and empty."""
    backups: PgBackups = site.backups
    restorer = Restorer(backups.find_client(site.major), site.address, silent, never)
    tables = backups.get(order["name"]).manifest.content.tables
    restorer.restore(site.directory / order["name"] / "database.dump", order["database"], tables=tables, settings=AUTOVACUUM_GIVES_WAY)
    return {}


def verify(site: Site, order: dict[str, Any]) -> dict[str, Any]:
    problems = site.problems(site.backups.get(order["name"]))
    return {"problems": list(problems)}


def main() -> None:
    order = json.loads(sys.stdin.read())
    site = Site(DatabaseAddress(**order["address"]), order["major"], Path(order["directory"]))
    began = time.monotonic()
    answer = {"create": create, "restore": restore, "verify": verify}[order["action"]](site, order)
    print(json.dumps(answer | {"cost": own_cost(time.monotonic() - began)}))


if __name__ == "__main__":
    main()
