"""The server's DEBUG1 messages and our event trigger's lines: what a backend says while a statement runs.

Source of the wordings: PostgreSQL's tablecmds.c (rewriting, verifying), index.c (building), ri_triggers.c and
tablecmds.c (validating); unchanged in 11 to 18.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

from deploy.model.effects import Drop

DROP_MARK = "surefoot-drop "
_REWRITING = re.compile(r'rewriting table "(.+)"$')
_VERIFYING = re.compile(r'verifying table "(.+)"$')
_BUILDING = re.compile(r'building index "(.+)" on table "(.+?)"(?: serially| with request for \d+ parallel workers?)?$')
_VALIDATING = re.compile(r'validating foreign key constraint "(.+)"$')
# log_statement's two wordings, for the simple and for the extended protocol.
_STATEMENT = re.compile(r"(?:statement|execute [^:]+): (.*)$", re.DOTALL)
_CHANGES = re.compile(
    r"\s*(?:CREATE|ALTER|DROP|INSERT|UPDATE|DELETE|MERGE|TRUNCATE|COPY|DO|CALL|REINDEX|CLUSTER|VACUUM|REFRESH|GRANT|REVOKE"
    r"|LOCK|COMMENT|REASSIGN|IMPORT|WITH\b.*\b(?:INSERT|UPDATE|DELETE|MERGE))\b", re.IGNORECASE | re.DOTALL,
)
_LINE = re.compile(r"^(\d+)\|(\w+):  (.*)$")
# What goes because its owner goes, and is no loss of its own: a table's row type, a foreign key's triggers.
_INTERNAL_KINDS = frozenset({"type"})
_OF_FOREIGN_KEY = re.compile(r'"RI_ConstraintTrigger_')


@dataclass
class Said:
    """What one backend said during one statement."""

    rewrites: list[str] = field(default_factory=list)
    verifies: list[str] = field(default_factory=list)
    builds: list[tuple[str, str]] = field(default_factory=list)
    validates: list[str] = field(default_factory=list)
    drops: list[Drop] = field(default_factory=list)

    def read(self, messages: Iterable[str]) -> Said:
        """Take in messages, in their order."""
        for message in messages:
            self._read_one(message)
        return self

    def _read_one(self, message: str) -> None:
        if message.startswith(DROP_MARK):
            self.drops += _drops(message[len(DROP_MARK) :])
        elif found := _REWRITING.match(message):
            self.rewrites.append(found[1])
        elif found := _VERIFYING.match(message):
            self.verifies.append(found[1])
        elif found := _BUILDING.match(message):
            self.builds.append((found[1], found[2]))
        elif found := _VALIDATING.match(message):
            self.validates.append(found[1])


def _drops(text: str) -> list[Drop]:
    found = []
    for kind, identity, is_original, is_temporary in json.loads(text):
        if kind in _INTERNAL_KINDS and not is_original:
            continue
        if is_temporary or _OF_FOREIGN_KEY.match(identity) or identity.startswith("pg_toast."):
            continue
        found.append(Drop(kind, identity, is_by_cascade=not is_original))
    return found


def changes_among(messages: Iterable[str]) -> list[str]:
    """Statements of a backend's log that change something, but for the watch's own (which are SELECTs)."""
    texts = [found[1] for message in messages if (found := _STATEMENT.match(message))]
    return [text for text in texts if _CHANGES.match(text)]


class LogTail:
    """The server's log from now on: what was written before belongs to the loading, or to another check.

    A backend writes a line before it answers its client.
    """

    def __init__(self, path: Path) -> None:
        self._file = path.open("rb")
        self._file.seek(0, os.SEEK_END)
        self._rest = b""

    def new_messages(self) -> dict[int, list[str]]:
        """Messages by pid since the last call."""
        messages: list[tuple[int, list[str]]] = []
        *lines, self._rest = (self._rest + self._file.read()).split(b"\n")
        for line in b"\n".join(lines).decode(errors="replace").split("\n"):
            if line.startswith("\t"):
                if messages:
                    messages[-1][1].append(line[1:])
            elif match := _LINE.match(line):
                messages.append((int(match[1]), [match[3]]))
        found: dict[int, list[str]] = {}
        for pid, parts in messages:
            found.setdefault(pid, []).append("\n".join(parts))
        return found

    def close(self) -> None:
        """Let go of the file."""
        self._file.close()
