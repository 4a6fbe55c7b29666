"""How far is a restore? Asked of the server's databases; the journal is asked only for what no database can tell."""

from __future__ import annotations

from dataclasses import replace
from typing import Protocol

from deploy.checks.restored_content import content_problems
from deploy.model.backups import DatabaseContent
from deploy.model.deployments import StepState
from deploy.model.has_doors import HasBackups, HasDatabaseServer, HasLedger, HasRestoreTarget
from deploy.model.restores import ServerDatabase


class _Comparing(HasBackups, HasRestoreTarget, Protocol):
    """A backup's manifest, and the database to compare it with."""


def find_database(world: HasDatabaseServer, name: str) -> ServerDatabase | None:
    """One database of the server; None where it is not there."""
    return next((found for found in world.restores.databases() if found.name == name), None)


def is_swapped(world: HasDatabaseServer, database_name: str, old_name: str | None) -> bool:
    """Whether the restored database bears the live one's name.

    Args:
        old_name: what the live one is renamed to; None where there was none.
    """
    return find_database(world, old_name or database_name) is not None


def is_journalled_done(world: HasLedger, deployment_id: str, step_name: str) -> bool:
    """Whether this deployment's own journal calls a step done: for what must never be done twice."""
    deployment = world.ledger.deployment(deployment_id)
    steps = deployment.steps if deployment else ()
    return any(step.name == step_name and step.state is StepState.DONE for step in steps)


def is_journalled_begun(world: HasLedger, deployment_id: str, step_name: str) -> bool:
    """Whether this deployment's own journal says that a step was begun, whatever became of it."""
    deployment = world.ledger.deployment(deployment_id)
    return any(step.name == step_name for step in deployment.steps) if deployment else False


def difference(
    world: _Comparing, backup_name: str, database_name: str, *, has_newer: bool
) -> tuple[str, ...]:
    """What a database has otherwise than the backup's manifest.

    Args:
        has_newer: objects that the backup does not know are left alone: a restore in place keeps them.
    """
    expected = world.backups.get(backup_name).manifest.content
    hashed = [table.name for table in expected.tables if table.content_hash is not None]
    found = world.restores.content(database_name, hashed)
    return content_problems(expected, _known(expected, found) if has_newer else found)


def _known(expected: DatabaseContent, found: DatabaseContent) -> DatabaseContent:
    tables = {table.name for table in expected.tables}
    sequences = {sequence.name for sequence in expected.sequences}
    extensions = {text.partition(" ")[0] for text in expected.extensions}
    return replace(
        found,
        tables=tuple(t for t in found.tables if t.name in tables),
        sequences=tuple(s for s in found.sequences if s.name in sequences),
        extensions=tuple(e for e in found.extensions if e.partition(" ")[0] in extensions),
    )
