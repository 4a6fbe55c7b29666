r"""A SQL script of pg_dump, read line by line on its way to psql: rows counted, and what must not run refused.

psql obeys a backslash wherever it stands outside of quotes (`\!` runs a program), so the script is read with
PostgreSQL's rules of quoting, and any backslash outside of them ends it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from deploy.model.errors import BlockedError

_NAME = rb'(?:"(?:[^"]|"")+"|[^\s."(;]+)'
_COPY = re.compile(
    rb"COPY\s+(?P<table>" + _NAME + rb"(?:\." + _NAME + rb")?)\s*(?:\(.*\))?\s+FROM\s+stdin\b.*;\s*", re.IGNORECASE
)
_PLAIN = re.compile(rb"--|/\*|\\|(?<![A-Za-z0-9_])[eE]'|'|\"|(?<![A-Za-z0-9_$])\$(?:[A-Za-z_][A-Za-z0-9_]*)?\$")
_ESCAPED = re.compile(rb"\\.|'", re.DOTALL)
_COMMENT = re.compile(rb"/\*|\*/")
_OF_CLUSTER = re.compile(
    rb"\s*(?:(?:CREATE|ALTER|DROP)\s+(?:ROLE|USER(?!\s+MAPPING)|GROUP|DATABASE|TABLESPACE)|ALTER\s+SYSTEM|"
    rb"COPY\b.*\b(?:FROM|TO)\s+PROGRAM\b)\b", re.IGNORECASE | re.DOTALL,
)
_SERVER_FILE = re.compile(rb"\s*COPY\b(?!.*\bFROM\s+stdin\b)", re.IGNORECASE | re.DOTALL)
_SEARCH_PATH = re.compile(rb"SET search_path = (" + _NAME + rb")")
_DUMPED_FROM = re.compile(rb"-- Dumped from database version (\d+)")
_OWNERS = re.compile(rb"(?:ALTER .* OWNER TO |GRANT |REVOKE |ALTER DEFAULT PRIVILEGES ).*;\s*", re.DOTALL)
# An empty database needs none of it: `pg_dump --clean`, and settings that an older server does not know.
_NEEDLESS = re.compile(
    rb"(?:DROP |ALTER TABLE .* DROP (?:CONSTRAINT |DEFAULT;)|CREATE SCHEMA public;|COMMENT ON EXTENSION |"
    rb"SET transaction_timeout ).*",
    re.DOTALL,
)
_RESTRICT = (b"\\restrict ", b"\\unrestrict ")
_FIRST_LINE, _LAST_LINE = b"-- PostgreSQL database dump", b"-- PostgreSQL database dump complete"
# A COPY with a thousand columns is shorter.
LONGEST_LOOKED_AT = 200_000


class ScriptReader:
    """One script, once.

    Args:
        source: what is read, for messages.
        has_owner: false leaves out who owns what, and who may do what.

    Attributes:
        rows: of every table that the script fills with COPY.
        inserts: INSERT statements, whose rows are not counted.
        server_major: of the server that it was dumped from; None where it does not say.
        is_of_pg_dump, is_whole: whether it begins, and ends, as pg_dump writes it.
        left_out: statements that were not let through.
    """

    def __init__(self, source: str, *, has_owner: bool) -> None:
        self.rows: dict[str, int] = {}
        self.inserts = 0
        self.server_major: int | None = None
        self.is_of_pg_dump = self.is_whole = False
        self.left_out = 0
        self._source = source
        self._has_owner = has_owner
        self._schema = "public"
        self._copying = ""
        self._quote = b""
        self._depth = 0
        self._statement = b""
        self._number = 0

    def read(self, lines: Iterable[bytes]) -> Iterator[bytes]:
        """The lines that psql may see.

        Raises:
            BlockedError: something that does not belong into one database's script, or the script is cut off.
        """
        for line in lines:
            self._number += 1
            if self._copying:
                if line.rstrip(b"\r\n") == b"\\.":
                    self._copying = ""
                else:
                    self.rows[self._copying] += 1
                yield line
            elif self._is_let_through(line):
                yield line
        self._end_statement()
        if self._copying or self._quote or self._depth or (self.is_of_pg_dump and not self.is_whole):
            raise BlockedError(
                f"{self._source} is cut off: it ends at line {self._number:,} "
                + (f"in the middle of {self._copying}" if self._copying else "before the last line of pg_dump"),
                hint="fetch the file again, or make another dump; nothing of it was kept", reference="dump-cut-off",
            )

    def _is_let_through(self, line: bytes) -> bool:
        is_between = not self._statement.strip() and not self._quote and not self._depth
        if is_between and line.startswith(_RESTRICT):
            return False
        if is_between:
            self._note(line)
        first, *more = self._without_quoted(line).split(b";")
        self._go_on(first)
        for piece in more:
            self._end_statement()
            self._go_on(piece)
        if not is_between or self._statement.strip() or self._quote:
            return True
        if copy := _COPY.fullmatch(line):
            self._copying = self._table(copy["table"])
            self.rows.setdefault(self._copying, 0)
            return True
        is_needless = bool(_NEEDLESS.fullmatch(line)) or (not self._has_owner and bool(_OWNERS.fullmatch(line)))
        self.left_out += is_needless
        return not is_needless

    def _note(self, line: bytes) -> None:
        """What the script tells of itself."""
        text = line.strip()
        self.is_of_pg_dump |= text == _FIRST_LINE
        self.is_whole |= text == _LAST_LINE
        if self.server_major is None and (found := _DUMPED_FROM.match(line)):
            self.server_major = int(found[1])
        if found := _SEARCH_PATH.match(line):
            self._schema = found[1].rstrip(b",;").decode(errors="replace")
        if line[:12].upper() == b"INSERT INTO ":
            self.inserts += 1

    def _table(self, name: bytes) -> str:
        text = name.decode(errors="replace")
        return text if re.fullmatch(rb".*\." + _NAME, name) else f"{self._schema}.{text}"

    def _go_on(self, piece: bytes) -> None:
        """One statement may stand on several lines."""
        if len(self._statement) < LONGEST_LOOKED_AT:
            self._statement += piece
        if _OF_CLUSTER.match(self._statement):
            raise self._foreign()

    def _end_statement(self) -> None:
        if _SERVER_FILE.match(self._statement):
            raise self._foreign()
        self._statement = b""

    def _foreign(self) -> BlockedError:
        shown = " ".join(self._statement.decode(errors="replace").split())[:60]
        why = "it is not of one database alone (pg_dumpall, or pg_dump --create)"
        return self._refused(f"`{shown}`", why)

    def _refused(self, what: str, why: str) -> BlockedError:
        return BlockedError(
            f"{self._source} is refused: line {self._number:,} has {what}; {why}",
            hint="make a dump of the one database (pg_dump --format=custom), or read the file and remove this part "
            "from a copy", reference="dump-refused",
        )

    def _without_quoted(self, line: bytes) -> bytes:
        """What stands outside of quotes and comments; the state is kept for the next line."""
        kept, at = [], 0
        while at < len(line):
            if self._depth:
                at = self._through_comment(line, at)
            elif self._quote:
                at = self._through_quote(line, at)
            else:
                found = _PLAIN.search(line, at)
                kept.append(line[at : found.start() if found else len(line)])
                if found is None or found[0] == b"--":
                    break
                at = self._open(found)
                kept.append(b" ")
        return b"".join(kept)

    def _open(self, found: re.Match[bytes]) -> int:
        word = found[0]
        if word == b"\\":
            raise self._refused("a command of psql (a backslash)", "psql would run it on this machine")
        if word == b"/*":
            self._depth = 1
        else:
            self._quote = word if word.startswith(b"$") else word.lower()
        return found.end()

    def _through_quote(self, line: bytes, at: int) -> int:
        if self._quote == b"e'":
            for found in _ESCAPED.finditer(line, at):
                if found[0] == b"'":
                    self._quote = b""
                    return found.end()
            return len(line)
        end = self._quote if self._quote.startswith(b"$") else self._quote[-1:]
        where = line.find(end, at)
        if where < 0:
            return len(line)
        self._quote = b""
        return where + len(end)

    def _through_comment(self, line: bytes, at: int) -> int:
        found = _COMMENT.search(line, at)
        if found is None:
            return len(line)
        self._depth += 1 if found[0] == b"/*" else -1
        return found.end()
