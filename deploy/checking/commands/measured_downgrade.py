"""A downgrade is run before production is touched: the image's own, on a scratch server with production's schema."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from deploy.checking.commands.judging import hint_of_env
from deploy.checking.risk.shapes import shape_of
from deploy.model.check_request import MigrationSource
from deploy.model.doors import Scratch
from deploy.model.errors import BlockedError
from deploy.model.releases import Revision
from deploy.model.snapshot import Snapshot
from deploy.model.trace import TracedRun

BASE = "base"
MAX_SHOWN_CHARACTERS = 300
# Alembic's own error of a file without the function; no revision has begun by then.
NO_FUNCTION = "has no attribute 'downgrade'"
RESTORE = "a restore brings the older schema too (./scripts/deploy.sh backup list)"


@dataclass(frozen=True)
class DowngradeWay:
    """From where to where.

    Attributes:
        from_ids: where the database is; target_ids: where it is afterwards, none for the base.
        taken_back: newest first.
    """

    from_ids: tuple[str, ...]
    target_ids: tuple[str, ...]
    taken_back: tuple[Revision, ...]

    @property
    def target(self) -> str:
        """As `alembic downgrade` is given it."""
        return self.target_ids[0] if self.target_ids else BASE


@dataclass(frozen=True)
class TriedDowngrade:
    """What the scratch server told.

    Attributes:
        run: None where it was not tried.
        why_not: the reason, also where it could not be tried to its end.
    """

    run: TracedRun | None
    why_not: str = ""


def try_downgrade(
    scratch: Scratch, source: MigrationSource, snapshot: Snapshot, way: DowngradeWay, say: Callable[[str], None]
) -> TriedDowngrade:
    """Run `alembic downgrade` of this project under the watch, with production's schema at its present revision.

    A scratch server that cannot be had is no reason to refuse a way back: the text is judged then.

    Raises:
        BlockedError: the downgrade fails there, or takes back other revisions than the plan would say.
    """
    stages: list[dict[str, object]] = [
        {"do": "stamp", "to": list(way.from_ids), "watched": False},
        {"do": "downgrade", "to": [way.target], "watched": True},
    ]
    try:
        run = scratch.trace(source, snapshot, stages, shape_of, say)
    except BlockedError as error:
        return TriedDowngrade(None, error.what)
    except OSError as error:  # no room, a program that cannot be started, an engine that refuses
        return TriedDowngrade(None, f"the scratch PostgreSQL did not start: {error}")
    if run.error_here:  # what it did not reach is taken from the text
        return TriedDowngrade(run, run.error_here)
    if run.error:
        raise _refusal(run, way)
    _require_same_way(run, way)
    return TriedDowngrade(run)


def _refusal(run: TracedRun, way: DowngradeWay) -> BlockedError:
    """It failed, by PostgreSQL's words or by its own; or env.py itself does not run, which says nothing of it."""
    is_its_own = run.is_error_of_sql or bool(run.revisions) or NO_FUNCTION in run.error
    if not is_its_own:
        return BlockedError(
            f"the downgrade did not run on the scratch server: {run.error}", hint=hint_of_env(run.error),
            reference="migrations-did-not-run",
        )
    last = run.revisions[-1].revision_id if run.revisions else ", ".join(r.revision_id for r in way.taken_back)
    statement = _failing_statement(run)
    at = f"; the statement: {statement}" if statement else ""
    return downgrade_fails(last, f"on production's schema: {run.error}{at}")


def downgrade_fails(revision_id: str, how: str) -> BlockedError:
    """The refusal, before anything was changed.

    Args:
        how: where, and by whose words.
    """
    return BlockedError(
        f"the downgrade of {revision_id} fails {how}",
        hint=f"repair its downgrade(), then build and deploy the image again; {RESTORE}; where it fails only "
        "because the scratch server has no rows, DEPLOY_CHECK=parsed judges its text alone",
        reference="downgrade-fails",
    )


def _failing_statement(run: TracedRun) -> str:
    """The one that PostgreSQL refused, shortened; empty where the revision's own code stopped."""
    statements = run.revisions[-1].statements if run.revisions else ()
    failed = [item.sql for item in statements if item.effects is not None and item.effects.error]
    return " ".join(failed[-1].split())[:MAX_SHOWN_CHARACTERS] if failed else ""


def _require_same_way(run: TracedRun, way: DowngradeWay) -> None:
    """Alembic goes down one branch only: what it leaves would make the end another one than the plan says.

    Raises:
        BlockedError: it took back other revisions.
    """
    planned = [revision.revision_id for revision in way.taken_back]
    ran = list(dict.fromkeys(revision.revision_id for revision in run.revisions))
    if set(ran) == set(planned):
        return
    stays = [revision_id for revision_id in planned if revision_id not in ran]
    left = f", and leaves {', '.join(stays)}" if stays else ""
    raise BlockedError(
        f"`alembic downgrade {way.target}` takes back {', '.join(ran) or 'nothing'}{left}: the database would not be "
        f"at {way.target} alone",
        hint=f"name a revision below which the branches are one, or `{BASE}`; {RESTORE}",
        reference="downgrade-leaves-a-branch",
    )
