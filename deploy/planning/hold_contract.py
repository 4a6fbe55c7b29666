"""Which pending revisions wait until no release needs what they remove. Pure.

A revision says `deploy_phase = "contract"`; it is held back together with everything that stands on it. A deployment
sees the graph without them; `deploy contract` runs them later.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from deploy.model.errors import BlockedError
from deploy.model.observed import Observed
from deploy.model.releases import Release, ReleaseState, Revision, RevisionGraph

CONTRACT = "contract"


@dataclass(frozen=True)
class Held:
    """What is held back, oldest first."""

    revisions: tuple[Revision, ...]

    @property
    def revision_ids(self) -> tuple[str, ...]:
        """Their ids."""
        return tuple(revision.revision_id for revision in self.revisions)


def held_back(graph: RevisionGraph, database_revision_ids: Sequence[str]) -> Held:
    """Pending revisions of the contract phase, and the pending ones that stand on them."""
    if not all(graph.knows(revision_id) for revision_id in database_revision_ids):
        return Held(())
    held: list[Revision] = []
    for revision in graph.pending(tuple(database_revision_ids)):
        below = {*revision.down_revision_ids, *revision.depends_on_ids}
        if revision.phase == CONTRACT or below & {item.revision_id for item in held}:
            held.append(revision)
    return Held(tuple(held))


def without(graph: RevisionGraph, held: Held) -> RevisionGraph:
    """The graph as if these revisions had not been written yet."""
    kept = tuple(item for item in graph.revisions if item.revision_id not in held.revision_ids)
    below = {name for item in kept for name in item.down_revision_ids}
    return RevisionGraph(kept, tuple(item.revision_id for item in kept if item.revision_id not in below))


def hold(observed: Observed) -> Observed:
    """What a deployment plans with: the graph without what is held back.

    An empty database has no release that could need anything: there all of it runs.
    """
    if observed.graph is None or not observed.database.revision_ids:
        return observed
    held = held_back(observed.graph, observed.database.revision_ids)
    if not held.revisions:
        return observed
    return replace(observed, graph=without(observed.graph, held), held_revision_ids=held.revision_ids)


def releases_that_need(
    held: Held, releases: Iterable[tuple[Release, RevisionGraph | None]], current_number: int | None
) -> tuple[Release, ...]:
    """Kept good releases, beside the running one, whose code was written before these revisions.

    Args:
        releases: each with the graph of its image; None where it was never read.
    """
    return tuple(
        release for release, graph in releases
        if release.state is ReleaseState.GOOD and release.number != current_number
        and (graph is None or not all(graph.knows(name) for name in held.revision_ids))
    )


def gate_contract(held: Held, needing: Sequence[Release], *, gives_up_rollback: bool) -> None:
    """Contract only what nobody needs any more.

    Raises:
        BlockedError: nothing is held back, or a kept release still needs what would go.
    """
    if not held.revisions:
        raise BlockedError(
            "no revision is postponed", hint="./scripts/deploy.sh status", reference="nothing-held-back"
        )
    if needing and not gives_up_rollback:
        names = ", ".join(release.name for release in needing)
        raise BlockedError(
            f"{names} may still need what {', '.join(held.revision_ids)} removes, and could not be rolled back to",
            hint="wait until later releases have replaced them (DEPLOY_KEEP_RELEASES), or "
            "./scripts/deploy.sh contract --give-up-rollback",
            reference="contract-still-needed",
        )
