"""A yes-or-no question to production's rows, asked read-only and with a time limit of its own."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class RowQuestion:
    """Does a row exist on which the statement would fail?

    Attributes:
        revision_id / statement: which statement it is about.
        table: the table that is asked.
        sql: `SELECT EXISTS (…)`.
        says: what it means if the answer is yes.
    """

    revision_id: str
    statement: str
    table: str
    sql: str
    says: str
