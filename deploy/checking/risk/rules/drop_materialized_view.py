"""DROP MATERIALIZED VIEW or FOREIGN TABLE (very high).

Its rows are gone: those of a materialized view can be computed again only as long as their sources are there. Running
code may read it.

Who waits: every reader for an instant; then code that names it fails.
"""

from __future__ import annotations

from collections.abc import Iterator

from deploy.checking.risk.circumstances import Circumstances
from deploy.checking.risk.danger import Danger, Rule
from deploy.checking.risk.rules.reading.drop_of import drop_of
from deploy.checking.statements import Statement


def check(statement: Statement, circumstances: Circumstances) -> Iterator[Danger]:
    """Stored rows go."""
    yield from drop_of(
        statement,
        circumstances,
        {"OBJECT_MATVIEW", "OBJECT_FOREIGN_TABLE"},
        "every view that uses it",
        loses="its stored rows",
    )


RULE = Rule("drop_materialized_view", check)
