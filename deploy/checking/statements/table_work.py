"""Statements that work on what is there as a whole: CLUSTER, VACUUM, REINDEX, REFRESH, COPY."""

from __future__ import annotations

from dataclasses import dataclass

from deploy.checking.statements.views import View


@dataclass(frozen=True)
class MoveTablespace(View):
    """ALTER TABLE ALL IN TABLESPACE."""

    tablespace: str


@dataclass(frozen=True)
class Cluster(View):
    """CLUSTER.

    Attributes:
        table: empty where all are meant.
    """

    table: str


@dataclass(frozen=True)
class Vacuum(View):
    """VACUUM and ANALYZE.

    Attributes:
        tables: empty where all are meant.
    """

    tables: tuple[str, ...]
    is_full: bool


@dataclass(frozen=True)
class Reindex(View):
    """REINDEX.

    Attributes:
        word: `INDEX`, `TABLE`, `SCHEMA`, `SYSTEM` or `DATABASE`.
        name: empty where none is written.
    """

    word: str
    name: str
    is_concurrent: bool


@dataclass(frozen=True)
class RefreshMaterializedView(View):
    """REFRESH MATERIALIZED VIEW."""

    name: str
    is_concurrent: bool


@dataclass(frozen=True)
class CopyRows(View):
    """COPY.

    Attributes:
        table: empty where a query is copied.
        place: the file or the program; empty for standard input and output.
        is_into_table: whether rows come in.
    """

    table: str
    place: str
    is_into_table: bool
    is_program: bool
