"""Which table holds this project's revision: the setting, else what env.py of the image at hand says."""

from __future__ import annotations

from dataclasses import replace

from deploy.model.database import DatabaseState
from deploy.model.doors import Ledger
from deploy.model.releases import RevisionGraph, VersionTable
from deploy.model.snapshot import Snapshot
from deploy.model.version_tables import revision_in
from deploy.settings.schema import Settings


def version_table_of(settings: Settings, ledger: Ledger) -> VersionTable | None:
    """As the image says that is being deployed, else the one that serves, else the last that was read.

    None: no image of this project was read yet.
    """
    if named := named_in(settings):
        return named
    unfinished, current = ledger.unfinished(), ledger.current_release()
    image_ids = [str(unfinished.plan.summary.get("image_id", ""))] if unfinished else []
    image_ids += [current.image.image_id] if current else []
    graphs = [graph for image_id in image_ids if (graph := ledger.cached_graph(image_id))]
    for graph in (*graphs, *ledger.known_graphs()):
        if graph.version_table is not None:
            return graph.version_table
    return None


def named_in(settings: Settings) -> VersionTable | None:
    """DEPLOY_VERSION_TABLE, `schema.table` or `table`; None where it is not set."""
    if not settings.version_table:
        return None
    schema_name, _, table_name = settings.version_table.rpartition(".")
    return VersionTable(table_name, schema_name or None)


def at_revision_of(settings: Settings, database: DatabaseState, graph: RevisionGraph) -> DatabaseState:
    """The same look, its revision read from the table that this image's env.py names."""
    return database.as_kept_in(named_in(settings) or graph.version_table, graph.knows)


def snapshot_at_revision_of(snapshot: Snapshot, graph: RevisionGraph) -> Snapshot:
    """The same for a snapshot; one of an older version of this tool holds no tables and stays as it is."""
    if not snapshot.version_tables or graph.version_table is None:
        return snapshot
    revision_ids, problem = revision_in(snapshot.version_tables, graph.version_table, graph.knows)
    return replace(snapshot, revision_ids=revision_ids, revision_problem=problem)
