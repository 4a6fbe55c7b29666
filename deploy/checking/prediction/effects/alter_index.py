"""ALTER INDEX."""

from __future__ import annotations

from typing import Any

from deploy.checking.prediction.effects.draft import Draft
from deploy.checking.prediction.schema.objects import Index
from deploy.checking.statements import choice
from deploy.model.locks import LockMode

AX, SUX = LockMode.ACCESS_EXCLUSIVE, LockMode.SHARE_UPDATE_EXCLUSIVE
WEAK_SINCE = 12
_STRONG_OPTIONS = frozenset({"buffering", "fastupdate", "gin_pending_list_limit", "pages_per_range", "autosummarize"})


def alter_index(draft: Draft, node: Any, index: Index | None) -> None:
    """All subcommands of ALTER INDEX."""
    if index is None:
        place, name = node.relation.schemaname, node.relation.relname
        if draft.schema.may_exist(place, name):
            draft.unknown(f"the table of the index {name} is not known")
        return
    for item in node.cmds:
        command = item.alter_table_cmd
        kind = choice(command, "subtype")
        if kind == "AT_AttachPartition":
            _attach(draft, index, command)
        elif kind == "AT_SetTableSpace":
            draft.lock(index, AX)
            if index.kind == "index":
                draft.new_file(index)
        elif kind in {"AT_SetRelOptions", "AT_ResetRelOptions"}:
            names = {option.def_elem.defname for option in getattr(command, "def").list.items}
            draft.lock(index, SUX if names.isdisjoint(_STRONG_OPTIONS) else AX)
        elif kind == "AT_SetStatistics":
            draft.lock(index, SUX)
        else:
            draft.lock(index, AX)


def _attach(draft: Draft, index: Index, command: Any) -> None:
    """ATTACH PARTITION: both tables are opened, the part is locked out of use."""
    name = getattr(command, "def").partition_cmd.name
    part = draft.schema.index(name.schemaname, name.relname)
    draft.lock(index, SUX if draft.server_major >= WEAK_SINCE else AX)
    draft.lock(index.table, LockMode.ACCESS_SHARE)
    if part is not None:
        draft.lock(part, AX)
        draft.lock(part.table, LockMode.ACCESS_SHARE)
