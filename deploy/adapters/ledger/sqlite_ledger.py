"""The ledger in SQLite: WAL, synchronous=FULL, so a call that returned is on the disk."""

from __future__ import annotations

import json
import os
import sqlite3
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from deploy.adapters.ledger import rows
from deploy.adapters.ledger.identity import LedgerIdentity
from deploy.adapters.ledger.upgrading import upgrade_ledger
from deploy.adapters.state_directory import make_state_directory
from deploy.model.checklist import StoredChecklist, items_to_json
from deploy.model.deployments import Actor, Deployment, DeploymentState, Plan, StepRecord, StepState
from deploy.model.end_state import ProductionState
from deploy.model.errors import RECOVER_COMMAND, BlockedError, StepFailed
from deploy.model.redaction import without_passwords
from deploy.model.releases import Leaving, Release, ReleaseState, RevisionGraph, RevisionKind
from deploy.model.schema_objects import SchemaLook

RELEASES = (
    "SELECT releases.*, left_releases.at AS left_at, left_releases.because AS left_because, configuration "
    "FROM releases LEFT JOIN left_releases USING (number) LEFT JOIN release_configurations USING (number)"
)
FILE_NAME = "ledger.sqlite3"
KEPT_SCHEMAS = 10


class SqliteLedger:
    """One file, mode 600, in the state directory.

    Args:
        read_plan: brings a saved plan back; which steps there are is not known here.

    Raises:
        BlockedError: the file is not a ledger, or of a newer version.
    """

    def __init__(self, directory: Path, read_plan: Callable[[str], Plan]) -> None:
        self._path = directory / FILE_NAME
        self._read_plan = read_plan
        try:
            make_state_directory(directory)
            os.close(os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600))
            self._connection = sqlite3.connect(
                self._path, isolation_level=None, timeout=10, check_same_thread=False
            )
            self._connection.row_factory = sqlite3.Row
            for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON"):
                self._connection.execute(f"PRAGMA {pragma}")
            upgrade_ledger(self._connection, self._path)
            self._identity = LedgerIdentity(self._path, self._connection)
        except (sqlite3.Error, OSError) as error:
            hint = f"put the last copy of the file back; without a copy, move the file away, then run {RECOVER_COMMAND}"
            if isinstance(error, PermissionError) or "readonly" in str(error):
                hint = f"run the command as the user who owns it: ls -l {self._path}"
            raise BlockedError(
                f"the ledger {self._path} cannot be opened: {error}", hint=hint, reference="ledger-unusable"
            ) from None

    @property
    def ledger_id(self) -> str:
        """Of this ledger, and of no other."""
        return self._identity.ledger_id

    def close(self) -> None:
        """End the connection."""
        self._connection.close()

    def begin_deployment(
        self, plan: Plan, actor: Actor, release: Release | None, beginning: ProductionState | None = None
    ) -> str:
        """Plan, candidate and beginning in one transaction."""
        with self._writing() as connection:
            cursor = connection.execute(
                "INSERT INTO deployments (plan_id, plan, state, user_name, host_name, ci_run, started_at) "
                "VALUES (?, ?, 'running', ?, ?, ?, ?)",
                (plan.plan_id, plan.to_json(), actor.user_name, actor.host_name, actor.ci_run, _now()),
            )
            row_id = cursor.lastrowid or 0
            if release is not None:
                _insert_release(connection, "", release, row_id)
            if beginning is not None:
                connection.execute("INSERT INTO beginnings VALUES (?, ?)", (row_id, rows.state_to_json(beginning)))
        return rows.deployment_name(row_id)

    def beginning_of(self, deployment_id: str) -> ProductionState | None:
        """What ran when it began."""
        query = "SELECT state FROM beginnings WHERE deployment_id = ?"
        found = self._read(query, (rows.deployment_row_id(deployment_id),))
        return rows.state_from_json(found[0]["state"]) if found else None

    def record_step(
        self, deployment_id: str, position: int, name: str, state: StepState, detail: str = "",
        duration_seconds: float | None = None,
    ) -> None:
        """One journal row."""
        with self._writing() as connection:
            connection.execute(
                "INSERT INTO journal (deployment_id, position, name, state, at, detail, duration_seconds) "
                "VALUES (?, ?, ?, ?, ?, ?, ?)",
                (
                    rows.deployment_row_id(deployment_id), position, name, state.value, _now(),
                    without_passwords(detail), duration_seconds,
                ),
            )

    def end_deployment(self, deployment_id: str, state: DeploymentState, exit_code: int, outcome: str) -> None:
        """Close it, once."""
        with self._writing() as connection:
            connection.execute(
                "UPDATE deployments SET state = ?, exit_code = ?, outcome = ?, ended_at = ? "
                "WHERE id = ? AND state = 'running'",
                (state.value, exit_code, without_passwords(outcome), _now(), rows.deployment_row_id(deployment_id)),
            )

    def adopt(
        self, plan: Plan, actor: Actor, releases: Sequence[Release], current_number: int | None, outcome: str
    ) -> str:
        """One closed deployment with releases that were read back, in one transaction; those that are known stay."""
        with self._writing() as connection:
            cursor = connection.execute(
                "INSERT INTO deployments (plan_id, plan, state, user_name, host_name, ci_run, started_at, ended_at, "
                "exit_code, outcome) VALUES (?, ?, ?, ?, ?, ?, ?, ?, 0, ?)",
                (
                    plan.plan_id, plan.to_json(), DeploymentState.DONE.value, actor.user_name, actor.host_name,
                    actor.ci_run, _now(), _now(), outcome,
                ),
            )
            for release in releases:
                _insert_release(connection, "OR IGNORE ", release, cursor.lastrowid or 0)
            _set_current(connection, current_number)
        return rows.deployment_name(cursor.lastrowid or 0)

    def unfinished(self) -> Deployment | None:
        """The running one."""
        found = self._deployments("WHERE state = 'running'", ())
        return found[0] if found else None

    def deployments(self, limit: int) -> tuple[Deployment, ...]:
        """Newest first."""
        return self._deployments("ORDER BY id DESC LIMIT ?", (limit,))

    def deployment(self, deployment_id: str) -> Deployment | None:
        """One."""
        found = self._deployments("WHERE id = ?", (rows.deployment_row_id(deployment_id),))
        return found[0] if found else None

    def journal_of(self, deployment_id: str) -> tuple[StepRecord, ...]:
        """Every entry."""
        query = "SELECT * FROM journal WHERE deployment_id = ? ORDER BY id"
        return tuple(rows.to_step(row) for row in self._read(query, (rows.deployment_row_id(deployment_id),)))

    def keep_schema(self, deployment_id: str, look: SchemaLook) -> None:
        """The first of a deployment; those of the last few deployments are kept."""
        with self._writing() as connection:
            connection.execute(
                "INSERT OR IGNORE INTO schema_looks VALUES (?, ?)",
                (rows.deployment_row_id(deployment_id), look.packed()),
            )
            connection.execute(
                "DELETE FROM schema_looks WHERE deployment_id NOT IN "
                "(SELECT deployment_id FROM schema_looks ORDER BY deployment_id DESC LIMIT ?)", (KEPT_SCHEMAS,),
            )

    def kept_schema(self, deployment_id: str) -> SchemaLook | None:
        """What was kept."""
        query = "SELECT look FROM schema_looks WHERE deployment_id = ?"
        found = self._read(query, (rows.deployment_row_id(deployment_id),))
        return SchemaLook.unpacked(found[0]["look"]) if found else None

    def next_release_number(self) -> int:
        """One above the highest ever."""
        return int(self._read("SELECT coalesce(max(number), 0) + 1 AS number FROM releases")[0]["number"])

    def releases(self) -> tuple[Release, ...]:
        """Newest number first."""
        return tuple(rows.to_release(row) for row in self._read(f"{RELEASES} ORDER BY number DESC"))

    def set_release_state(self, number: int, state: ReleaseState) -> None:
        """Good, bad, pruned."""
        with self._writing() as connection:
            connection.execute("UPDATE releases SET state = ? WHERE number = ?", (state.value, number))

    def set_release_left(self, number: int, left: Leaving | None) -> None:
        """None forgets it."""
        with self._writing() as connection:
            connection.execute("DELETE FROM left_releases WHERE number = ?", (number,))
            if left is not None:
                values = (number, left.at.isoformat(), left.because)
                connection.execute("INSERT INTO left_releases VALUES (?, ?, ?)", values)

    def set_release_configuration(self, number: int, configuration: str) -> None:
        """The last one only."""
        with self._writing() as connection:
            connection.execute(
                "INSERT OR REPLACE INTO release_configurations VALUES (?, ?)", (number, configuration)
            )

    def current_release(self) -> Release | None:
        """What runs, by our record."""
        found = self._read(f"{RELEASES} JOIN current_release USING (number)")
        return rows.to_release(found[0]) if found else None

    def set_current_release(self, number: int | None) -> None:
        """Record it."""
        with self._writing() as connection:
            _set_current(connection, number)

    def cached_graph(self, image_id: str) -> RevisionGraph | None:
        """The graph read before."""
        found = self._read("SELECT graph FROM graphs WHERE image_id = ?", (image_id,))
        return rows.graph_from_json(found[0]["graph"]) if found else None

    def cache_graph(self, image_id: str, graph: RevisionGraph) -> None:
        """Remember it."""
        with self._writing() as connection:
            connection.execute(
                "INSERT OR REPLACE INTO graphs (image_id, graph) VALUES (?, ?)", (image_id, rows.graph_to_json(graph))
            )

    def known_graphs(self) -> tuple[RevisionGraph, ...]:
        """Newest first."""
        found = self._read("SELECT graph FROM graphs ORDER BY id DESC")
        return tuple(rows.graph_from_json(row["graph"]) for row in found)

    def record_revision_kinds(self, kinds: Mapping[str, RevisionKind]) -> None:
        """What revisions do to older code."""
        with self._writing() as connection:
            connection.executemany(
                "INSERT OR REPLACE INTO revision_kinds VALUES (?, ?)", [(r, k.value) for r, k in kinds.items()]
            )

    def revision_kinds(self) -> Mapping[str, RevisionKind]:
        """All that is remembered."""
        return {row["revision_id"]: RevisionKind(row["kind"]) for row in self._read("SELECT * FROM revision_kinds")}

    def record_checklist(self, checklist: StoredChecklist) -> None:
        """An answered list."""
        owner = None if checklist.deployment_id is None else rows.deployment_row_id(checklist.deployment_id)
        with self._writing() as connection:
            connection.execute(
                "INSERT INTO checklists (phase, deployment_id, at, items) VALUES (?, ?, ?, ?)",
                (checklist.phase, owner, checklist.at.isoformat(), json.dumps(items_to_json(checklist.items))),
            )

    def checklists(self) -> tuple[StoredChecklist, ...]:
        """Oldest first."""
        return tuple(rows.to_checklist(row) for row in self._read("SELECT * FROM checklists ORDER BY id"))

    def _deployments(self, where: str, values: tuple[object, ...]) -> tuple[Deployment, ...]:
        found = self._read(f"SELECT * FROM deployments {where}", values)  # noqa: S608 - constants of this file
        journal = "SELECT * FROM journal WHERE deployment_id = ? ORDER BY id"
        return tuple(rows.to_deployment(row, self._read(journal, (row["id"],)), self._read_plan) for row in found)

    def _read(self, query: str, values: tuple[object, ...] = ()) -> list[sqlite3.Row]:
        try:
            return self._connection.execute(query, values).fetchall()
        except sqlite3.Error as error:
            raise BlockedError(
                f"the ledger {self._path} cannot be read: {error}", hint="check the disk", reference="ledger-unusable"
            ) from None

    @contextmanager
    def _writing(self) -> Iterator[sqlite3.Connection]:
        try:
            self._connection.execute("BEGIN IMMEDIATE")
            try:
                self._identity.require_same()
                yield self._connection
                self._connection.execute("COMMIT")
            except BaseException:
                if self._connection.in_transaction:
                    self._connection.execute("ROLLBACK")
                raise
        except sqlite3.Error as error:
            raise StepFailed(
                f"the ledger {self._path} could not be written: {error}", hint="is the disk full? df -h",
                reference="ledger-write-failed",
            ) from None


def _now() -> str:
    return datetime.now(UTC).isoformat()


def _insert_release(connection: sqlite3.Connection, how: str, release: Release, row_id: int) -> None:
    image = release.image
    connection.execute(
        f"INSERT {how}INTO releases VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",  # noqa: S608 - a constant of this file
        (
            release.number, image.image_id, image.reference, image.digest, image.size_bytes,
            json.dumps(release.head_ids), release.state.value, row_id, _now(),
        ),
    )


def _set_current(connection: sqlite3.Connection, number: int | None) -> None:
    connection.execute("DELETE FROM current_release")
    if number is not None:
        connection.execute("INSERT INTO current_release VALUES (1, ?)", (number,))
