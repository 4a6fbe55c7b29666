"""A revision whose id does not fit into the version table (very high).

Alembic makes `alembic_version.version_num` as varchar(32). A longer id fails when the revision has run and is to be
recorded: PostgreSQL says `value too long for type character varying(32)`, and the revision is rolled back, or stays
half-way where something of it was committed.

Who waits: no session; the migration fails.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from deploy.checking.risk.danger import Danger
from deploy.checking.risk.run_rules.view import RevisionView, RunRule, Told
from deploy.model.risk import RiskLevel

LONGEST = 32
SAFE_FORM = """\
# a shorter id, in this file and in the down_revision of the next one
revision = "0002_orders"
# or, in a revision before it: op.execute("ALTER TABLE alembic_version ALTER version_num TYPE varchar(128)")"""
_WIDTH = re.compile(r"version_num\s+(?:character varying|varchar)\s*\((\d+)\)", re.IGNORECASE)
_CHANGED = re.compile(r"ALTER\s+TABLE\s+\S*alembic_version\b", re.IGNORECASE)


def check(view: RevisionView) -> Iterator[Told]:
    """By its text; one that ran to its end was recorded."""
    revision, length = view.revision, len(view.revision.revision_id)
    has_run = any(item.measured is not None for item in view.own) and not revision.problem
    limit = _limit(view)
    if revision.is_script or has_run or limit is None or length <= limit:
        return
    says = f"its id has {length} characters, and the version table holds {limit}"
    yield Danger(RiskLevel.VERY_HIGH, says, is_failure=True, breaks_older_code=True, safe_form=SAFE_FORM), None


def _limit(view: RevisionView) -> int | None:
    """None where the table was changed by a revision, or is not one of varchar."""
    if any(_CHANGED.search(item.sql) for item in view.so_far):
        return None
    widths = [int(found) for found in _WIDTH.findall(view.facts.schema_sql)]
    if "version_num" in view.facts.schema_sql and not widths:
        return None
    return max(widths, default=LONGEST)


RULE = RunRule("revision_id_too_long", check)
