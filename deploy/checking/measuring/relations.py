"""The relations of the watched database, by oid: what the watch knows of them before each statement."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from deploy.model.effects import IndexBuild

KINDS = {
    "r": "table", "p": "partitioned table", "v": "view", "m": "materialized view", "i": "index",
    "I": "partitioned index", "S": "sequence", "f": "foreign table",
}
INDEXES = frozenset({"index", "partitioned index"})

# Toast and the system's own are nobody's business; `surefoot_watch` is ours. Everything is qualified: the
# migration may have set its search_path as it pleases. No percent sign: drivers would read it.
ROWS = """
  SELECT pg_catalog.json_agg(pg_catalog.json_build_array(
           c.oid::int8, n.nspname, c.relname, c.relkind, coalesce(i.indrelid::int8, 0),
           coalesce(pg_catalog.pg_relation_filenode(c.oid)::int8, 0), pg_catalog.pg_stat_get_xact_numscans(c.oid)))
    FROM pg_catalog.pg_class c
    JOIN pg_catalog.pg_namespace n ON n.oid OPERATOR(pg_catalog.=) c.relnamespace
    LEFT JOIN pg_catalog.pg_index i ON i.indexrelid OPERATOR(pg_catalog.=) c.oid
   WHERE c.relkind = ANY (ARRAY['r','p','v','m','i','I','S','f']::"char"[])
     AND n.nspname NOT IN ('pg_catalog', 'information_schema', 'pg_toast', 'surefoot_watch')
     AND pg_catalog.left(n.nspname, 7) OPERATOR(pg_catalog.<>) 'pg_temp'
"""


# Counters of a finished transaction stay with the backend for up to a second, and would be taken for the next
# one's; this sends them off at its end (PostgreSQL 15 and later).
FLUSH = "pg_catalog.pg_stat_force_next_flush()"
FIRST_FLUSH_MAJOR = 15
SEND_OFF = f"SELECT {FLUSH}"


def look_sql(
    max_oid: int, oids: Iterable[int] = (), foreign_keys: Iterable[str] = (), *, has_flush: bool = False
) -> str:
    """One question, answered as one JSON text.

    Relations newer than an oid, the present state of these, and who these foreign keys (or their parts on
    partitions) link.
    """
    flush = FLUSH if has_flush else "NULL"
    known = ",".join(str(oid) for oid in sorted(oids)) or "0"
    names = ",".join("'" + name.replace("'", "''") + "'" for name in foreign_keys) or "''"
    return f"""SELECT pg_catalog.json_build_object(
      'new', ({ROWS} AND c.oid OPERATOR(pg_catalog.>) {max_oid}::pg_catalog.oid),
      'known', ({ROWS} AND c.oid = ANY (ARRAY[{known}]::pg_catalog.oid[])),
      'links', (SELECT pg_catalog.json_agg(pg_catalog.json_build_array(conrelid::int8, confrelid::int8))
                  FROM pg_catalog.pg_constraint
                 WHERE contype = 'f' AND conname = ANY (ARRAY[{names}]::pg_catalog.name[])),
      'flush', {flush}::pg_catalog.text)::pg_catalog.text"""  # noqa: S608 - numbers, and names quoted above


@dataclass(frozen=True)
class Relation:
    """One of them.

    Attributes:
        table_oid: the table of an index; 0 for others.
        file_node: 0 where it has no file.
        created_in: the revision that made it; None where it was there before.
    """

    oid: int
    schema: str
    name: str
    kind: str
    table_oid: int
    file_node: int
    created_in: str | None

    @property
    def shown(self) -> str:
        """`schema.table`; `table` where the schema is public."""
        return self.name if self.schema == "public" else f"{self.schema}.{self.name}"


class Relations:
    """All of them; new ones are added as statements make them."""

    def __init__(self) -> None:
        self.by_oid: dict[int, Relation] = {}
        self.max_oid = 0

    def add(self, rows: Iterable[Sequence[Any]], created_in: str | None) -> None:
        """Take in rows of ROWS; a known one keeps its origin."""
        for oid, schema, name, kind, table_oid, file_node, _ in rows:
            known = self.by_oid.get(oid)
            origin = known.created_in if known else created_in
            self.by_oid[oid] = Relation(oid, schema, name, KINDS[kind], table_oid, file_node, origin)
            self.max_oid = max(self.max_oid, oid)

    def rename(self, rows: Iterable[Sequence[Any]]) -> None:
        """Take in the present names and files of known ones."""
        for oid, schema, name, _, table_oid, file_node, _ in rows:
            known = self.by_oid.get(oid)
            if known:
                self.by_oid[oid] = replace(
                    known, schema=schema, name=name, table_oid=table_oid, file_node=file_node
                )

    def split_links(self, pairs: Iterable[Sequence[int]], label: str | None) -> dict[str, Any]:
        """Foreign keys (child, parent) that were checked against the data: `links`, and `looked_up`, parents only.

        A child that this revision made has no rows to check: its parent is not read through, however large it is
        (1,000,000 rows: 0.8 ms, no heap scan, on 15 to 18). That the counters say otherwise here is because the
        parent is empty here.
        """
        checked, looked_up = [], set[int]()
        for child, parent in pairs:
            known = self.by_oid.get(child)
            if known is not None and label is not None and known.created_in == label:
                looked_up.add(parent)
            else:
                checked.append((child, parent))
        return {"links": checked, "looked_up": frozenset(looked_up)}

    def forget(self, oids: Iterable[int]) -> None:
        """They were dropped, or their transaction was rolled back."""
        for oid in oids:
            self.by_oid.pop(oid, None)

    def named(self, name: str, among: Iterable[int]) -> Relation | None:
        """The relation of this bare name, first among these oids (messages of the server name no schema)."""
        for oid in among:
            relation = self.by_oid.get(oid)
            if relation and relation.name == name:
                return relation
        return next((relation for relation in self.by_oid.values() if relation.name == name), None)


class Names:
    """Bare names in the server's messages to relations; those of relations that are new say nothing.

    Args:
        locked: of several with one name, the one that the statement locks is meant.
        gone: dropped before; their names may belong to others.
    """

    def __init__(self, before: Mapping[int, Relation], locked: Iterable[int], gone: frozenset[int]) -> None:
        self._by_name: dict[str, str] = {}
        for oid, relation in before.items():
            if oid not in gone:
                self._by_name.setdefault(relation.name, relation.shown)
        for oid in locked:
            self._by_name[before[oid].name] = before[oid].shown

    def shown(self, name: str) -> str | None:
        """`schema.table`; None for a relation that the statement itself made."""
        return self._by_name.get(name)

    def builds(self, said: Iterable[tuple[str, str]]) -> tuple[IndexBuild, ...]:
        """(index, table) in the server's words, as far as the table was there before."""
        return tuple(IndexBuild(index, table) for index, bare in said if (table := self.shown(bare)) is not None)

    def all(self, names: Iterable[str]) -> tuple[str, ...]:
        """These relations, each once."""
        return tuple(dict.fromkeys(found for name in names if (found := self.shown(name)) is not None))
