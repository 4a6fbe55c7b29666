"""The database: whether it answers, and whether its revision is one that the running release knows."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from deploy.model.database import DatabaseState
from deploy.model.production import Area, LedgerLook, NotKnown, Point, PointState, Production
from deploy.model.releases import Release, RevisionGraph, only_adds
from deploy.planning.hold_contract import held_back
from deploy.settings.schema import Settings


def database_points(production: Production, settings: Settings) -> Iterator[Point]:  # noqa: ARG001
    """Whether it answers, may be written, and has nothing that a failed statement left."""
    database = production.database
    if isinstance(database, NotKnown):
        yield Point(
            Area.DATABASE, PointState.NOT_KNOWN, f"the database's state is not known: {database.why}", database.hint
        )
        return
    if database.is_in_recovery:
        yield Point(
            Area.DATABASE, PointState.WRONG, "the database server is a standby: nothing can be written",
            "point DATABASE_URL at the primary",
        )
    for index in database.invalid_indexes:
        yield Point(
            Area.SCHEMA, PointState.WRONG, f"invalid index {index.index_name} on {index.table_name}",
            "./scripts/deploy.sh leftovers --remove, then build it again",
        )
    if database.revision_problem:
        yield Point(
            Area.SCHEMA, PointState.NOT_KNOWN, f"the database's revision is not known: {database.revision_problem}",
            "DEPLOY_VERSION_TABLE=schema.table in .env names the version table that this project's env.py uses",
        )
    for name in database.unvalidated_constraint_names:
        yield Point(Area.SCHEMA, PointState.OPEN, f"constraint {name} is not validated yet")


def schema_points(production: Production, settings: Settings) -> Iterator[Point]:  # noqa: ARG001
    """Where the database's revision stands beside the release that the ledger names."""
    ledger, database = production.ledger, production.database
    if isinstance(ledger, NotKnown) or isinstance(database, NotKnown) or ledger.current is None:
        return
    if production.is_under_way or database.revision_problem:
        return
    if ledger.current_graph is None:
        yield Point(
            Area.SCHEMA, PointState.NOT_KNOWN,
            f"which revisions {ledger.current.name} knows was never read from its image",
        )
        return
    unknown = [r for r in database.revision_ids if not ledger.current_graph.knows(r)]
    if unknown:
        yield _ahead(ledger, ledger.current, ledger.current_graph, unknown)
    else:
        yield from _behind(ledger.current, ledger.current_graph, database)


def _ahead(ledger: LedgerLook, current: Release, graph: RevisionGraph, unknown: Sequence[str]) -> Point:
    """After a rollback the schema may be newer; that is well where what is newer only adds."""
    names = ", ".join(unknown)
    if only_adds(unknown, graph, ledger.known_graphs, ledger.revision_kinds):
        return Point(
            Area.SCHEMA, PointState.OPEN,
            f"the database is at {names}, newer than {current.name}; what is newer only adds",
        )
    if not any(g.knows(revision_id) for g in ledger.known_graphs for revision_id in unknown):
        return Point(
            Area.SCHEMA, PointState.WRONG,
            f"the database is at {names}, which no image that was deployed here has",
            "deploy an image that has this revision",
        )
    return Point(
        Area.SCHEMA, PointState.WRONG,
        f"the database is at {names}, which {current.name} does not know and which may break it",
        "./scripts/deploy.sh history: deploy an image that has this revision",
    )


def _behind(current: Release, graph: RevisionGraph, database: DatabaseState) -> Iterator[Point]:
    held = held_back(graph, database.revision_ids).revisions if database.revision_ids else ()
    for revision in held:
        yield Point(
            Area.SCHEMA, PointState.OPEN, f"postponed: {revision.revision_id} {revision.message}",
            "./scripts/deploy.sh contract",
        )
    pending = [r.revision_id for r in graph.pending(database.revision_ids) if r not in held]
    if pending:
        yield Point(
            Area.SCHEMA, PointState.OPEN,
            f"{len(pending)} revision{'s' if len(pending) > 1 else ''} of {current.name} "
            f"{'are' if len(pending) > 1 else 'is'} not applied: {', '.join(pending)}",
            f"./scripts/deploy.sh --manual-migrate --backup --image {current.image.image_id}",
        )
