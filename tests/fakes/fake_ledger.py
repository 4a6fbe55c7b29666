"""A ledger in memory, with the durable ledger's behaviour: one unfinished deployment, closing twice keeps the first."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime

from deploy.model.checklist import StoredChecklist
from deploy.model.deployments import Actor, Deployment, DeploymentState, Plan, StepRecord, StepState
from deploy.model.end_state import ProductionState
from deploy.model.errors import StepFailed
from deploy.model.releases import Leaving, Release, ReleaseState, RevisionGraph, RevisionKind
from deploy.model.schema_objects import SchemaLook
from deploy.steps.registry import read_plan

AT = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)


def _nothing(call: str) -> None:
    pass


@dataclass
class FakeLedger:
    """Implements `doors.Ledger`.

    Attributes:
        before_write / after_write: called around every write with its name; may raise. What `before_write`
            stops never happened, what `after_write` stops is on the disk.
        journal: every entry ever written, in order: (position, state).
    """

    before_write: Callable[[str], None] = _nothing
    after_write: Callable[[str], None] = _nothing
    journal: list[tuple[int, StepState]] = field(default_factory=list)
    ledger_id: str = "a-ledger"
    _deployments: dict[str, Deployment] = field(default_factory=dict)
    _releases: dict[int, Release] = field(default_factory=dict)
    _current: int | None = None
    _graphs: dict[str, RevisionGraph] = field(default_factory=dict)
    _kinds: dict[str, RevisionKind] = field(default_factory=dict)
    _checklists: list[StoredChecklist] = field(default_factory=list)
    _entries: dict[str, list[StepRecord]] = field(default_factory=dict)
    _beginnings: dict[str, ProductionState] = field(default_factory=dict)
    _schemas: dict[str, SchemaLook] = field(default_factory=dict)

    def begin_deployment(
        self, plan: Plan, actor: Actor, release: Release | None, beginning: ProductionState | None = None
    ) -> str:
        self.before_write("begin_deployment")
        if self.unfinished() is not None or (release is not None and release.number in self._releases):
            raise StepFailed("the ledger could not be written: not unique", reference="ledger-write-failed")
        name = f"d{len(self._deployments) + 1:04d}"
        saved = read_plan(plan.to_json())
        self._deployments[name] = Deployment(
            name, saved, DeploymentState.RUNNING, actor, AT, None, None, "", (),
        )
        if release is not None:
            self._releases[release.number] = replace(release, deployment_id=name)
        if beginning is not None:
            self._beginnings[name] = beginning
        self.after_write("begin_deployment")
        return name

    def beginning_of(self, deployment_id: str) -> ProductionState | None:
        return self._beginnings.get(deployment_id)

    def record_step(
        self, deployment_id: str, position: int, name: str, state: StepState, detail: str = "",
        duration_seconds: float | None = None,
    ) -> None:
        self.before_write(f"{state.value} {position}")
        present = self._deployments[deployment_id]
        entry = StepRecord(position, name, state, AT, detail, duration_seconds)
        last = {record.position: record for record in present.steps} | {position: entry}
        self._deployments[deployment_id] = replace(present, steps=tuple(last[p] for p in sorted(last)))
        self.journal.append((position, state))
        self._entries.setdefault(deployment_id, []).append(entry)
        self.after_write(f"{state.value} {position}")

    def end_deployment(self, deployment_id: str, state: DeploymentState, exit_code: int, outcome: str) -> None:
        self.before_write("end_deployment")
        present = self._deployments[deployment_id]
        if present.state is DeploymentState.RUNNING:
            self._deployments[deployment_id] = replace(
                present, state=state, exit_code=exit_code, outcome=outcome, ended_at=AT
            )
        self.after_write("end_deployment")

    def adopt(
        self, plan: Plan, actor: Actor, releases: Sequence[Release], current_number: int | None, outcome: str
    ) -> str:
        self.before_write("adopt")
        name = f"d{len(self._deployments) + 1:04d}"
        saved = read_plan(plan.to_json())
        self._deployments[name] = Deployment(name, saved, DeploymentState.DONE, actor, AT, AT, 0, outcome, ())
        for release in releases:
            self._releases.setdefault(release.number, replace(release, deployment_id=name))
        self._current = current_number
        self.after_write("adopt")
        return name

    def unfinished(self) -> Deployment | None:
        return next((d for d in self._deployments.values() if d.state is DeploymentState.RUNNING), None)

    def deployments(self, limit: int) -> tuple[Deployment, ...]:
        return tuple(reversed(self._deployments.values()))[:limit]

    def deployment(self, deployment_id: str) -> Deployment | None:
        return self._deployments.get(deployment_id)

    def journal_of(self, deployment_id: str) -> tuple[StepRecord, ...]:
        return tuple(self._entries.get(deployment_id, ()))

    def keep_schema(self, deployment_id: str, look: SchemaLook) -> None:
        self.before_write("keep_schema")
        self._schemas.setdefault(deployment_id, look)
        self.after_write("keep_schema")

    def kept_schema(self, deployment_id: str) -> SchemaLook | None:
        return self._schemas.get(deployment_id)

    def next_release_number(self) -> int:
        return max(self._releases, default=0) + 1

    def releases(self) -> tuple[Release, ...]:
        return tuple(self._releases[number] for number in sorted(self._releases, reverse=True))

    def set_release_state(self, number: int, state: ReleaseState) -> None:
        self.before_write("set_release_state")
        if number in self._releases:
            self._releases[number] = replace(self._releases[number], state=state)
        self.after_write("set_release_state")

    def set_release_left(self, number: int, left: Leaving | None) -> None:
        self.before_write("set_release_left")
        self._releases[number] = replace(self._releases[number], left=left)
        self.after_write("set_release_left")

    def set_release_configuration(self, number: int, configuration: str) -> None:
        self.before_write("set_release_configuration")
        self._releases[number] = replace(self._releases[number], configuration=configuration)
        self.after_write("set_release_configuration")

    def current_release(self) -> Release | None:
        return None if self._current is None else self._releases[self._current]

    def set_current_release(self, number: int | None) -> None:
        self.before_write("set_current_release")
        if number is not None and number not in self._releases:
            raise StepFailed("the ledger could not be written: no such release", reference="ledger-write-failed")
        self._current = number
        self.after_write("set_current_release")

    def cached_graph(self, image_id: str) -> RevisionGraph | None:
        return self._graphs.get(image_id)

    def cache_graph(self, image_id: str, graph: RevisionGraph) -> None:
        self.before_write("cache_graph")
        self._graphs.pop(image_id, None)
        self._graphs[image_id] = graph
        self.after_write("cache_graph")

    def known_graphs(self) -> tuple[RevisionGraph, ...]:
        return tuple(reversed(self._graphs.values()))

    def record_revision_kinds(self, kinds: Mapping[str, RevisionKind]) -> None:
        self.before_write("record_revision_kinds")
        self._kinds.update(kinds)
        self.after_write("record_revision_kinds")

    def revision_kinds(self) -> Mapping[str, RevisionKind]:
        return dict(self._kinds)

    def record_checklist(self, checklist: StoredChecklist) -> None:
        self.before_write("record_checklist")
        self._checklists.append(checklist)
        self.after_write("record_checklist")

    def checklists(self) -> tuple[StoredChecklist, ...]:
        return tuple(self._checklists)
