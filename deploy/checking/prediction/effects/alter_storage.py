"""ALTER TABLE: where and how rows are stored, and who owns them."""

from __future__ import annotations

from typing import Any

from deploy.checking.prediction.effects.altering import HAS_ROWS, Altering
from deploy.checking.prediction.effects.draft import FailedError
from deploy.checking.prediction.schema.names import owned_sequences
from deploy.checking.prediction.schema.objects import Relation
from deploy.model.locks import LockMode

AX = LockMode.ACCESS_EXCLUSIVE
# access/common/reloptions.c: these few need more than SHARE UPDATE EXCLUSIVE.
_STRONG_OPTIONS = frozenset({
    "user_catalog_table", "security_barrier", "security_invoker", "check_option", "buffering", "fastupdate",
    "gin_pending_list_limit", "pages_per_range", "autosummarize",
})
SEQUENCES_FOLLOW_PERSISTENCE_SINCE = 15
DEFAULT_ACCESS_METHOD = "heap"


def set_logged(altering: Altering, command: Any) -> None:
    """SET LOGGED."""
    del command
    _set_persistence(altering, "p")


def set_unlogged(altering: Altering, command: Any) -> None:
    """SET UNLOGGED."""
    del command
    _set_persistence(altering, "u")


def _set_persistence(altering: Altering, letter: str) -> None:
    table = altering.table
    altering.lock([table], AX)
    if table.persistence == letter and not table.is_assumed:
        return
    if table.kind == "sequence":
        altering.draft.new_file(table)
        return
    _refuse_persistence(table, letter)
    altering.state(table).is_rewritten = True
    if altering.draft.server_major >= SEQUENCES_FOLLOW_PERSISTENCE_SINCE:
        for sequence in owned_sequences(table):
            altering.draft.lock(sequence, AX)
            altering.draft.new_file(sequence)


def _refuse_persistence(table: Relation, letter: str) -> None:
    """A logged table cannot reference an unlogged one."""
    linked = [c.table for c in table.referenced_by] if letter == "u" else [c.target for c in table.foreign_keys()]
    wrong = [other for other in linked if other is not None and other is not table and other.persistence != letter]
    if wrong:
        words = ("unlogged", "logged") if letter == "u" else ("logged", "unlogged")
        raise FailedError(
            f'could not change table "{table.name}" to {words[0]} because it references {words[1]} table'
            f' "{wrong[0].name}"'
        )


def set_tablespace(altering: Altering, command: Any) -> None:
    """SET TABLESPACE: the file is copied as it is."""
    table = altering.table
    altering.lock([table], AX)
    if table.kind in HAS_ROWS and command.name != (table.tablespace or "pg_default"):
        altering.draft.new_file(table)


def set_access_method(altering: Altering, command: Any) -> None:
    """SET ACCESS METHOD: a rewrite where it is another one."""
    table = altering.table
    altering.lock([table], AX)
    if (command.name or DEFAULT_ACCESS_METHOD) != (table.access_method or DEFAULT_ACCESS_METHOD):
        altering.state(table).is_rewritten = True


def set_options(altering: Altering, command: Any) -> None:
    """SET (fillfactor = …)."""
    names = {item.def_elem.defname for item in getattr(command, "def").list.items}
    is_strong = altering.table.kind == "view" or not names.isdisjoint(_STRONG_OPTIONS)
    altering.lock([altering.table], AX if is_strong else LockMode.SHARE_UPDATE_EXCLUSIVE)


def change_owner(altering: Altering, command: Any) -> None:
    """OWNER TO: indexes and owned sequences follow."""
    del command
    altering.lock([altering.table], AX)
    altering.draft.lock_all(altering.table.indexes, AX)
    altering.draft.lock_all(owned_sequences(altering.table), AX)
