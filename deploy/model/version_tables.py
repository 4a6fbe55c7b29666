"""The database's revision: which of Alembic's tables is this project's, and what it says."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from deploy.model.releases import VersionTable

DEFAULT = VersionTable()


@dataclass(frozen=True)
class VersionRows:
    """One of Alembic's tables.

    Attributes:
        is_on_path: whether its plain name means this one, for the role that the tool connects as.
        problem: why its rows could not be read; empty where they were.
    """

    schema_name: str
    table_name: str
    revision_ids: tuple[str, ...]
    is_on_path: bool = True
    problem: str = ""

    @property
    def says(self) -> str:
        """`billing.alembic_version at billing_77`."""
        return f"{self.schema_name}.{self.table_name} at {', '.join(self.revision_ids) or 'no revision'}"


def revision_in(
    tables: Sequence[VersionRows], wanted: VersionTable | None, knows: Callable[[str], bool] | None = None
) -> tuple[tuple[str, ...], str]:
    """The revisions of this project, and why they are not known; at most one of them is not empty.

    Args:
        tables: all of the database.
        wanted: as the project's env.py says; None: no image of it was read yet.
        knows: whether the project has a revision; None where that cannot be asked.
    """
    there = "the database holds " + "; ".join(table.says for table in tables)
    if not tables:
        return (), ""
    if wanted is not None and wanted.problem:
        return (), f"where the project keeps it could not be read: {wanted.problem}; {there}"
    named = [table for table in tables if table.table_name == (wanted or DEFAULT).table_name]
    schema_name = wanted.schema_name if wanted else None
    chosen = next((t for t in named if (t.schema_name == schema_name if schema_name else t.is_on_path)), None)
    if chosen is not None:
        return chosen.revision_ids, f"{chosen.says.partition(' at ')[0]} cannot be read: {chosen.problem}" if (
            chosen.problem
        ) else ""
    if wanted is None:
        return (), f"no image of the project was read yet, so which table is its own is not known; {there}"
    elsewhere = [] if schema_name else [t for t in named if knows is None or all(map(knows, t.revision_ids))]
    if elsewhere:
        return (), f"the role's search path leads to no table {wanted.table_name}; {there}"
    return (), ""


def at_words(revision_ids: Sequence[str], problem: str) -> str:
    """Where a database is, for a sentence."""
    return f"a revision that is not known ({problem})" if problem else ", ".join(revision_ids) or "no revision"
