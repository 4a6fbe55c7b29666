"""doors.Scratch: projects looked at, migrations tried on a scratch server."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import replace
from typing import Any

import asyncpg
import docker

from deploy.adapters.postgres.errors import LOST
from deploy.adapters.scratch.binaries import all_server_binaries, find_server_binaries
from deploy.adapters.scratch.container_server import container_server, find_server_image
from deploy.adapters.scratch.own_limits import Production, with_limits
from deploy.adapters.scratch.own_server import own_server
from deploy.adapters.scratch.server import ScratchServer, scratch_server
from deploy.checking.alembic.image_environment import python_of_image, read_graph, read_notes, read_rendered
from deploy.checking.alembic.isolation import NOT_ISOLATED, isolating_words
from deploy.checking.alembic.project import AlembicProject, local_python
from deploy.checking.measuring.database import ScratchDatabase, open_scratch
from deploy.checking.measuring.restore_schema import require_whole
from deploy.model.check_request import MigrationSource, ProjectLook
from deploy.model.doors import Containers
from deploy.model.errors import BlockedError
from deploy.model.rates import Rates
from deploy.model.snapshot import Snapshot
from deploy.model.trace import SqlFile, StatementShape, TracedRun

# What a connection says whose server went away: killed, out of memory, ended by what was tried on it.
ENDED = (*LOST, asyncpg.PostgresConnectionError, asyncpg.OperatorInterventionError, ConnectionError)
WRITE_NOTHING = {"PYTHONDONTWRITEBYTECODE": "1"}


class ScratchServers:
    """Each trace gets a server of its own, gone when it ends.

    Args:
        containers: for projects inside images; None where no engine is needed.
        client: the engine, for a server from a local image; None where none is needed.
        major: of the scratch server; None for production's, or the newest at hand.
        scratch_url: a server of one's own, instead of one that is started.
        images: what a server may be started from, beside our own image.
    """

    def __init__(
        self, containers: Containers | None, client: docker.DockerClient | None = None, major: int | None = None,
        scratch_url: str = "", images: Callable[[], Sequence[str]] = tuple,
    ) -> None:
        self._images = images
        self._containers = containers
        self._client = client
        self._major = major
        self._scratch_url = scratch_url

    def look(
        self, source: MigrationSource, from_ids: Sequence[str], to_ids: Sequence[str] | None
    ) -> ProjectLook:
        """The project's own words."""
        raw = self._project(source).ask("look", json.dumps({"from": list(from_ids), "to": list(to_ids or ())}))
        if not raw["revisions"]:
            raise BlockedError(
                f"{source.place} holds no revision", hint=f"do script_location and version_locations of "
                f"{source.ini_path} name the right directories?", reference="no-revisions",
            )
        return ProjectLook(
            read_graph(raw), read_notes(raw), read_rendered(raw["rendered"]), raw["env"]["path"], raw["env"]["text"],
            tuple(raw["from"]), tuple(raw["to"]),
        )

    def trace(
        self, source: MigrationSource, snapshot: Snapshot | None, stages: Sequence[Mapping[str, Any]],
        shape_of: Callable[[str], StatementShape], say: Callable[[str], None],
    ) -> TracedRun:
        """The project's own upgrade under the watch."""
        project = self._project(source)
        with self._database(snapshot) as database:
            if source.command and snapshot is not None:
                database.stamp(snapshot.revision_ids)
            run = database.run_alembic(
                project, stages, source.command, shape_of, say, splits_transactions=snapshot is None
            )
        is_whole = all((stage["do"] == "upgrade" and stage.get("watched")) or stage.get("is_trial") for stage in stages)
        run = replace(run, is_history=snapshot is None and is_whole)
        if not source.image_id and not isolating_words():
            run = replace(run, warnings=(*run.warnings, NOT_ISOLATED))
        return with_limits(run, Production.of(snapshot))

    def trace_sql(
        self, sql_files: Sequence[SqlFile], snapshot: Snapshot | None, shape_of: Callable[[str], StatementShape]
    ) -> TracedRun:
        """Plain SQL under the watch."""
        with self._database(snapshot) as database:
            run = database.run_sql(sql_files, shape_of)
        return with_limits(run, Production.of(snapshot))

    def measure_rates(self) -> Rates:
        """One table scanned, linked, indexed, rewritten and changed on a server that is gone afterwards."""
        with open_scratch(self._server(self._major), "rates", ()) as database:
            return database.measure_rates()

    def _project(self, source: MigrationSource) -> AlembicProject:
        if source.image_id:
            if self._containers is None:
                raise ValueError("a project inside an image needs an engine")
            run_python = python_of_image(self._containers, source.image_id, source.ground)
        else:
            run_python = local_python(source.python, source.directory, is_isolated=True)
        return AlembicProject(
            run_python, source.ini_path, WRITE_NOTHING | dict(source.environment), source.x_arguments, source.section,
            source.place, source.scheme, "" if source.image_id else source.python,
            source.has_percent, source.entry,
        )

    @contextmanager
    def _database(self, snapshot: Snapshot | None) -> Iterator[ScratchDatabase]:
        major = self._major or (snapshot.server_major if snapshot else None)
        name = snapshot.database_name if snapshot else "scratch"
        roles = snapshot.role_names if snapshot else ()
        with open_scratch(self._server(major), name, roles) as database:
            if snapshot is not None:
                require_whole(database.load_schema(snapshot), database.label, database.major, snapshot)
            try:
                yield database
            except ENDED as error:
                raise _ended(database.label, error) from error

    def _server(self, major: int | None) -> AbstractContextManager[ScratchServer]:
        """Production's major: binaries of this machine, then production's image; else the nearest newer binaries.

        Raises:
            BlockedError: no server at hand.
        """
        if self._scratch_url:
            return own_server(self._scratch_url)
        if major is not None and self._client is not None and all(b.major != major for b in all_server_binaries()):
            image = find_server_image(self._client, major, self._images())
            if image is not None:
                return container_server(self._client, image)
        return scratch_server(find_server_binaries(major))


def _ended(label: str, error: Exception) -> BlockedError:
    words = next(iter(str(error).splitlines()), type(error).__name__)
    return BlockedError(
        f"the scratch server, {label}, ended while it was at work: {words}",
        hint="was it killed, or had the machine no memory left? try once more; ./scripts/migration-check.sh also takes "
        "a server of your own (--server URL) or reads the text only (--no-server); a deployment does so with "
        "DEPLOY_CHECK=parsed",
        reference="scratch-server-ended",
    )
