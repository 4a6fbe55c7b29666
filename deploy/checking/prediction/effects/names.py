"""RENAME, SET SCHEMA, OWNER TO, COMMENT, GRANT: no work, but locks."""

from __future__ import annotations

from typing import Any

from deploy.checking.prediction.effects.draft import Draft, FailedError
from deploy.checking.prediction.schema.names import RELATION_KINDS, owned_sequences
from deploy.checking.prediction.schema.objects import Relation
from deploy.checking.statements import choice, name_parts
from deploy.model.locks import LockMode

AS, AX, SUX = LockMode.ACCESS_SHARE, LockMode.ACCESS_EXCLUSIVE, LockMode.SHARE_UPDATE_EXCLUSIVE
INDEX_RENAME_IS_WEAK_SINCE = 12
GRANT_LOCKS_SINCE = 18
TRIGGER_RENAME_RECURSES_SINCE = 15
_KINDS = {
    "OBJECT_VIEW": "view", "OBJECT_MATVIEW": "materialized view", "OBJECT_SEQUENCE": "sequence",
    "OBJECT_FOREIGN_TABLE": "foreign table",
}
_PARTS_OF_TABLE = frozenset({
    "OBJECT_COLUMN", "OBJECT_TABCONSTRAINT", "OBJECT_TRIGGER", "OBJECT_POLICY", "OBJECT_RULE",
})
_RECURSIVE = frozenset({"OBJECT_COLUMN", "OBJECT_TABCONSTRAINT"})


def rename(draft: Draft, node: Any) -> None:
    """ALTER … RENAME."""
    kind = choice(node, "rename_type")
    if kind not in RELATION_KINDS | _PARTS_OF_TABLE:
        return
    place, name = node.relation.schemaname, node.relation.relname
    schema = draft.schema
    index = schema.index(place, name) if schema.relation(place, name) is None else None
    if index is not None and kind in RELATION_KINDS:
        is_weak = draft.server_major >= INDEX_RENAME_IS_WEAK_SINCE and kind == "OBJECT_INDEX"
        draft.lock(index, SUX if is_weak else AX)
        return
    if kind == "OBJECT_INDEX" and schema.relation(place, name) is None:
        if not node.missing_ok or schema.may_exist(place, name):
            is_weak = draft.server_major >= INDEX_RENAME_IS_WEAK_SINCE
            draft.lock(schema.assumed(place, name, "index"), SUX if is_weak else AX)
        return
    if schema.relation(place, name) is None and node.missing_ok and not schema.may_exist(place, name):
        return
    relation = schema.assumed_of(node.relation, _KINDS.get(kind, "table"))
    _refuse(draft, node, kind, relation)
    is_recursive = kind in _RECURSIVE and node.relation.inh
    if kind == "OBJECT_TRIGGER" and draft.server_major >= TRIGGER_RENAME_RECURSES_SINCE:
        is_recursive = node.subname in relation.triggers and relation.triggers[node.subname].is_for_each_row
    draft.lock_all(relation.family() if is_recursive else [relation], AX)


def _refuse(draft: Draft, node: Any, kind: str, relation: Relation) -> None:
    if kind in RELATION_KINDS and draft.schema.is_taken(relation.schema, node.newname):
        raise FailedError(f'relation "{node.newname}" already exists')
    if kind == "OBJECT_COLUMN" and not relation.is_assumed and not relation.is_uncertain:
        if node.subname not in relation.columns and relation.columns:
            raise FailedError(f'column "{node.subname}" does not exist')
        if node.newname in relation.columns:
            raise FailedError(f'column "{node.newname}" of relation "{relation.name}" already exists')


def set_schema(draft: Draft, node: Any) -> None:
    """ALTER … SET SCHEMA."""
    kind = choice(node, "object_type")
    if kind not in RELATION_KINDS:
        return
    place, name = node.relation.schemaname, node.relation.relname
    if draft.schema.relation(place, name) is None and node.missing_ok and not draft.schema.may_exist(place, name):
        return
    relation = draft.schema.assumed_of(node.relation, _KINDS.get(kind, "table"))
    draft.lock(relation, AX)
    draft.lock_all(owned_sequences(relation), AX)


def comment(draft: Draft, node: Any) -> None:
    """COMMENT ON and SECURITY LABEL."""
    kind = choice(node, "objtype")
    names = name_parts(node.object)
    if kind in _PARTS_OF_TABLE and len(names) > 1:
        names = names[:-1]
    elif kind not in RELATION_KINDS:
        return
    if not names:
        return
    place, name = (names[-2] if len(names) > 1 else ""), names[-1]
    found = draft.schema.index(place, name) if kind == "OBJECT_INDEX" else draft.schema.relation(place, name)
    if found is None:
        found = draft.schema.assumed(place, name, "index" if kind == "OBJECT_INDEX" else _KINDS.get(kind, "table"))
    is_weakest = kind in _PARTS_OF_TABLE - {"OBJECT_COLUMN"}
    draft.lock(found, AS if is_weakest else SUX)


def grant(draft: Draft, node: Any) -> None:
    """GRANT and REVOKE: since 18 the relations that are named are opened."""
    is_named = choice(node, "targtype") == "ACL_TARGET_OBJECT"
    if draft.server_major < GRANT_LOCKS_SINCE or not is_named or choice(node, "objtype") not in RELATION_KINDS:
        return
    for item in node.objects:
        if item.WhichOneof("node") == "range_var":
            draft.lock(draft.schema.assumed_of(item.range_var), AS)
