"""What a migration or a downgrade that did not do its work left behind: revision, schema, rows."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Protocol

from deploy.checks.schema_since import schema_since
from deploy.model.database import DatabaseState
from deploy.model.errors import DeployError
from deploy.model.has_doors import HasDatabase, HasLedger
from deploy.model.steps import StepContext

LEFTOVERS_COMMAND = "./scripts/deploy.sh leftovers"


class Doors(HasDatabase, HasLedger, Protocol):
    """What it touches."""


@dataclass(frozen=True)
class MigrationEnd:
    """What is true of the database now, and what it rests on.

    Attributes:
        differs: one line for each thing that differs, or of which that is not known; empty where nothing does.
        has_moved: whether the database is at another revision.
        has_leftovers: whether an invalid index or the like was left.
        basis: what was compared, for the sentence that nothing differs.
    """

    differs: tuple[str, ...]
    has_moved: bool
    has_leftovers: bool
    basis: str

    @property
    def is_as_before(self) -> bool:
        """Whether nothing differs."""
        return not self.differs

    def next_command(self, takes_back: str) -> str:
        """The one command: what is broken goes first, then the revision goes back, else the operator looks.

        Args:
            takes_back: the command that takes the revisions back.
        """
        if self.has_leftovers:
            return f"{LEFTOVERS_COMMAND} --remove"
        return takes_back if self.has_moved else LEFTOVERS_COMMAND


def look_at_end(
    context: StepContext[Doors], from_ids: Collection[str], commits_inside: str | None, state: DatabaseState
) -> MigrationEnd:
    """Compare with the time before.

    Args:
        from_ids: the database's revisions before.
        commits_inside: why rows may be kept of a revision that failed; empty where nothing commits before its end,
            None in a plan of a version that did not look.
        state: the look of just now.
    """
    since = schema_since(context.world, context.deployment_id)
    now = frozenset(state.revision_ids)
    has_moved = now != frozenset(from_ids)
    lines = list(since.differs)
    if state.revision_problem:
        has_moved = False
        lines.insert(0, f"the database's revision is not known: {state.revision_problem}")
    elif has_moved:
        lines.insert(0, f"database is at {ids_of(now)}, was at {ids_of(frozenset(from_ids))}")
    basis = f"the database is still at {ids_of(now)}"
    if since.has_baseline and not lines:
        rows, of_rows = _rows(context, commits_inside or "")
        lines += rows
        basis += f", no object of its schema differs, {of_rows}"
    elif not since.has_baseline and commits_inside is None:
        lines.append("whether the schema differs is not known: an older version of this tool began the migration")
    elif not since.has_baseline:  # it is kept before the first container is started
        basis += ", the migration did not begin"
    return MigrationEnd(tuple(lines), has_moved, any(item.is_leftover for item in since.found), basis)


def _rows(context: StepContext[Doors], commits_inside: str) -> tuple[list[str], str]:
    """A line where rows may have been changed and kept; else what shows that they were not."""
    try:
        before = context.world.ledger.kept_schema(context.deployment_id)
        committed = context.world.database.committed_since(before.next_transaction) if before else None
    except DeployError:
        committed = None
    if committed == 0:
        return [], "nothing was committed meanwhile"
    if not commits_inside:
        return [], "and no revision commits before its end"
    return [f"whether rows were changed is not known: {commits_inside}"], ""


def ids_of(revision_ids: Collection[str]) -> str:
    """For a sentence."""
    return ", ".join(sorted(revision_ids)) or "no revision"
