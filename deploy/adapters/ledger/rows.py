"""Between rows and nouns."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime

from pydantic import TypeAdapter, ValidationError

from deploy.model.checklist import StoredChecklist, items_from_json
from deploy.model.deployments import Actor, Deployment, DeploymentState, Plan, StepRecord, StepState
from deploy.model.end_state import ProductionState
from deploy.model.releases import Image, Leaving, Release, ReleaseState, Revision, RevisionGraph, VersionTable

_STATE = TypeAdapter(ProductionState)


def deployment_name(row_id: int) -> str:
    """`d0007`: short, sortable, easy to say."""
    return f"d{row_id:04d}"


def deployment_row_id(deployment_id: str) -> int:
    """The row behind a name; -1 where it is none."""
    digits = deployment_id.removeprefix("d")
    return int(digits) if digits.isdigit() else -1


def to_deployment(
    row: sqlite3.Row, journal: Sequence[sqlite3.Row], read_plan: Callable[[str], Plan]
) -> Deployment:
    """A deployment with the last journal entry of each step, in order."""
    last = {entry["position"]: entry for entry in journal}
    plan = read_plan(row["plan"])
    return Deployment(
        deployment_id=deployment_name(row["id"]),
        plan=plan if plan.plan_id == row["plan_id"] else replace(plan, older_id=row["plan_id"]),
        state=DeploymentState(row["state"]),
        actor=Actor(row["user_name"], row["host_name"], row["ci_run"]),
        started_at=datetime.fromisoformat(row["started_at"]),
        ended_at=datetime.fromisoformat(row["ended_at"]) if row["ended_at"] else None,
        exit_code=row["exit_code"],
        outcome=row["outcome"],
        steps=tuple(to_step(entry) for _, entry in sorted(last.items())),
    )


def to_step(entry: sqlite3.Row) -> StepRecord:
    """One journal entry."""
    return StepRecord(
        position=entry["position"], name=entry["name"], state=StepState(entry["state"]),
        at=datetime.fromisoformat(entry["at"]), detail=entry["detail"], duration_seconds=entry["duration_seconds"],
    )


def to_release(row: sqlite3.Row) -> Release:
    """A release."""
    return Release(
        number=row["number"],
        image=Image(row["image_id"], row["reference"], row["digest"], row["size_bytes"]),
        head_ids=tuple(json.loads(row["head_ids"])),
        state=ReleaseState(row["state"]),
        deployment_id=deployment_name(row["deployment_id"]),
        created_at=datetime.fromisoformat(row["created_at"]),
        left=Leaving(datetime.fromisoformat(row["left_at"]), row["left_because"]) if row["left_at"] else None,
        configuration=row["configuration"] or "",
    )


def to_checklist(row: sqlite3.Row) -> StoredChecklist:
    """An answered list."""
    owner = row["deployment_id"]
    return StoredChecklist(
        row["phase"], None if owner is None else deployment_name(owner), datetime.fromisoformat(row["at"]),
        items_from_json(json.loads(row["items"])),
    )


def graph_to_json(graph: RevisionGraph) -> str:
    """A graph as text."""
    table = graph.version_table
    return json.dumps(
        {
            "heads": graph.head_ids,
            "revisions": [
                [r.revision_id, r.down_revision_ids, r.message, r.path, r.depends_on_ids, r.phase, r.commits]
                for r in graph.revisions
            ],
            "version_table": [table.table_name, table.schema_name, table.problem] if table else None,
        }
    )


def graph_from_json(text: str) -> RevisionGraph:
    """The graph that `graph_to_json` wrote."""
    raw = json.loads(text)
    return RevisionGraph(
        revisions=tuple(
            Revision(i, tuple(d), m, p, tuple(o), *rest) for i, d, m, p, o, *rest in raw["revisions"]
        ),
        head_ids=tuple(raw["heads"]),
        version_table=VersionTable(*raw["version_table"]) if raw.get("version_table") else None,
    )


def state_to_json(state: ProductionState) -> str:
    """What ran when a deployment began."""
    return _STATE.dump_json(state).decode()


def state_from_json(text: str) -> ProductionState | None:
    """What `state_to_json` made; None where another version of this tool wrote it otherwise."""
    try:
        return _STATE.validate_json(text)
    except ValidationError:
        return None
