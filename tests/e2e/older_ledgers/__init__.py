"""A ledger of an older version in the place of the site's own."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

from tests.e2e.site import Site

FOLDER = Path(__file__).parent


def take_older_ledger(site: Site, name: str) -> None:
    """The site goes on with it, as after an upgrade of the tool in the middle of a deployment."""
    ledger = site.directory / ".deploy" / "ledger.sqlite3"
    for path in ledger.parent.glob(f"{ledger.name}*"):
        path.unlink()
    with closing(sqlite3.connect(ledger)) as connection:
        connection.executescript(_text(site, name))
    ledger.chmod(0o600)


def _text(site: Site, name: str) -> str:
    values = {
        "directory": str(site.directory), "repository": site.repository, "project": site.name,
        "edge_port": str(site.edge_port),
    }
    for version in ("v1", "v2"):
        values[f"image_{version}"] = site.version_id(version)
        image = site.platform.client.images.get(site.version_id(version))
        values[f"digest_{version}"] = next(
            digest.partition("@")[2] for digest in image.attrs["RepoDigests"] if digest.startswith(f"{site.repository}@")
        )
    text = (FOLDER / f"{name}.sql").read_text()
    for key, value in values.items():
        text = text.replace("{{" + key + "}}", value)
    assert "{{" not in text
    return text
