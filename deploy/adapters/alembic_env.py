"""Alembic, asked inside the image that ships the revisions. The database is not touched."""

from __future__ import annotations

import json
from collections.abc import Sequence
from importlib.resources import files
from typing import Any

from deploy.model.doors import Containers
from deploy.model.errors import BlockedError
from deploy.model.releases import Revision, RevisionGraph
from deploy.model.risk import RevisionSql

# Offline rendering needs a dialect, never a connection: the real URL stays outside.
PREVIEW_URL = "postgresql+asyncpg://preview:preview@127.0.0.1:1/preview"
BEGIN, END = "<<<surefoot-begin>>>", "<<<surefoot-end>>>"


class AlembicInImage:
    """Answers by a short-lived container without network."""

    def __init__(self, containers: Containers, ini_path: str, environment_name: str) -> None:
        self._containers = containers
        self._ini_path = ini_path
        self._environment = {
            "DATABASE_URL": PREVIEW_URL, "ENVIRONMENT": environment_name, "PYTHONDONTWRITEBYTECODE": "1",
        }

    def graph(self, image_id: str) -> RevisionGraph:
        """All revisions and heads."""
        raw = self._ask(image_id, "graph")
        revisions = tuple(
            Revision(
                revision_id=item["revision"], down_revision_ids=tuple(item["down"]), message=item["message"],
                path=item["path"], depends_on_ids=tuple(item["depends_on"]),
            )
            for item in raw["revisions"]
        )
        return RevisionGraph(revisions=revisions, head_ids=tuple(raw["heads"]))

    def render_sql(
        self, image_id: str, database_revision_ids: Sequence[str], pending_ids: Sequence[str]  # noqa: ARG002
    ) -> tuple[RevisionSql, ...]:
        """Offline SQL, one revision at a time, in one container."""
        raw = self._ask(image_id, "sql", *pending_ids)
        return tuple(
            RevisionSql(revision_id=item["revision"], message=item["message"], sql=item["sql"], problem=item["problem"])
            for item in raw
        )

    def _ask(self, image_id: str, *words: str) -> Any:
        program = files("deploy.adapters").joinpath("alembic_probe.py").read_text(encoding="utf-8")
        done = self._containers.run_probe(
            image_id, ["python", "-c", program, self._ini_path, *words], environment=self._environment
        )
        text = done.stdout
        if done.exit_code != 0 or BEGIN not in text:
            lines = [line for line in done.stderr.splitlines() if line.strip()] or ["it printed nothing"]
            raise BlockedError(
                f"the image {image_id[7:19]} has no readable Alembic project: {lines[-1].strip()}",
                hint=f"is {self._ini_path} in its working directory? (DEPLOY_ALEMBIC_INI)",
                reference="image-has-no-alembic-project",
            )
        return json.loads(text.partition(BEGIN)[2].rpartition(END)[0])
