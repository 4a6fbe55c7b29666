"""The table of contents that `pg_restore --list --verbose` writes: what an archive holds, and what needs what."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass

from deploy.model.backups import TableContent

# A pipe of its own and a second pg_restore: below this they cost more than they save.
LEAST_BYTES = 64 << 20
PLAIN_NAME = re.compile(r"[a-z_][a-z0-9_]*\.[a-z_][a-z0-9_]*")
_ENTRY = re.compile(r"(?P<number>\d+); \d+ \d+ (?P<what>.*)")
_DEPENDS_ON = re.compile(r";\tdepends on:(?P<numbers>(?: \d+)+)")
# Whatever may read another table (materialized views, triggers, functions of checks) stays for the end.
_NEEDS_ITS_TABLES_ONLY = re.compile(r"(TABLE DATA|SEQUENCE SET|INDEX|CONSTRAINT|FK CONSTRAINT) (?!ATTACH )")


@dataclass(frozen=True)
class _Entry:
    line: str
    what: str
    depends_on: frozenset[int]


class ArchiveList:
    """Of one archive.

    Args:
        text: what pg_restore wrote; empty where it was not asked.
    """

    def __init__(self, text: str = "") -> None:
        self._entries: dict[int, _Entry] = {}
        number = 0
        for line in text.splitlines():
            if found := _ENTRY.fullmatch(line):
                number = int(found["number"])
                self._entries[number] = _Entry(line, found["what"], frozenset())
            elif number and (found := _DEPENDS_ON.fullmatch(line)):
                entry = self._entries[number]
                more = frozenset(int(word) for word in found["numbers"].split())
                self._entries[number] = _Entry(entry.line, entry.what, entry.depends_on | more)

    def rows_of(self, table: str) -> str:
        """The line of a table's rows; empty where it has none, or where the archive does not make the table.

        An extension makes tables with rows of its own, and only the others are dumped: they must not be emptied.

        Args:
            table: `schema.table`, plain.
        """
        if not self._numbers("TABLE", table):
            return ""
        return next((self._entries[n].line for n in self._numbers("TABLE DATA", table)), "")

    def independent_of(self, loading: Iterable[str], left_out: Collection[str]) -> tuple[str, ...]:
        """Lines of rows, indexes and keys that can be restored while some tables are being loaded.

        Args:
            loading: these tables' indexes and keys must wait, and what refers to them.
            left_out: lines of rows that are loaded otherwise.
        """
        waiting = {n for table in loading for kind in ("TABLE", "TABLE DATA") for n in self._numbers(kind, table)}
        while more := {n for n, e in self._entries.items() if n not in waiting and e.depends_on & waiting}:
            waiting |= more
        return tuple(
            entry.line for number, entry in self._entries.items()
            if number not in waiting and entry.line not in left_out and _NEEDS_ITS_TABLES_ONLY.match(entry.what)
        )

    def without(self, lines: Collection[str]) -> tuple[str, ...]:
        """All other lines, in the archive's order."""
        return tuple(entry.line for entry in self._entries.values() if entry.line not in lines)

    def _numbers(self, kind: str, table: str) -> list[int]:
        beginning = f"{kind} {table.replace('.', ' ')} "
        return [number for number, entry in self._entries.items() if entry.what.startswith(beginning)]


def large_tables(tables: Sequence[TableContent]) -> tuple[str, ...]:
    """Tables that are worth a load of their own, the largest first; names that need quotes are left to pg_restore.

    Args:
        tables: of a manifest; those of older manifests have no size.
    """
    large = [t for t in tables if t.size_bytes >= LEAST_BYTES and PLAIN_NAME.fullmatch(t.name)]
    return tuple(t.name for t in sorted(large, key=lambda t: -t.size_bytes))
