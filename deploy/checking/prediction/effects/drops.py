"""DROP of everything, and what falls with something else."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from deploy.checking.prediction.effects.draft import Draft, FailedError
from deploy.checking.prediction.schema.drops import RELATION_KINDS, named_things, table_of_part
from deploy.checking.prediction.schema.falling import (
    DefaultValue,
    Falling,
    NotNull,
    Policy,
    Thing,
    falling,
    identity,
    published,
)
from deploy.checking.prediction.schema.naming import qualified, quoted
from deploy.checking.prediction.schema.objects import Column, Constraint, Index, Relation, Statistics, Trigger
from deploy.checking.statements import choice, name_parts
from deploy.model.locks import LockMode

AX = LockMode.ACCESS_EXCLUSIVE
_KIND_WORDS = {
    "OBJECT_TABLE": "table", "OBJECT_VIEW": "view", "OBJECT_MATVIEW": "materialized view",
    "OBJECT_SEQUENCE": "sequence", "OBJECT_FOREIGN_TABLE": "foreign table", "OBJECT_INDEX": "index",
    "OBJECT_TYPE": "type", "OBJECT_DOMAIN": "type", "OBJECT_SCHEMA": "schema", "OBJECT_FUNCTION": "function",
    "OBJECT_PROCEDURE": "procedure", "OBJECT_AGGREGATE": "aggregate", "OBJECT_ROUTINE": "function",
    "OBJECT_EXTENSION": "extension", "OBJECT_TRIGGER": "trigger", "OBJECT_POLICY": "policy", "OBJECT_RULE": "rule",
    "OBJECT_STATISTIC_EXT": "statistics object", "OBJECT_PUBLICATION": "publication", "OBJECT_COLLATION": "collation",
}
_WITHOUT_RELATIONS = frozenset({"OBJECT_PUBLICATION", "OBJECT_COLLATION", "OBJECT_SUBSCRIPTION", "OBJECT_LANGUAGE",
                                "OBJECT_CAST", "OBJECT_OPERATOR", "OBJECT_OPCLASS", "OBJECT_OPFAMILY",
                                "OBJECT_EVENT_TRIGGER", "OBJECT_ACCESS_METHOD", "OBJECT_TSCONFIGURATION",
                                "OBJECT_TSDICTIONARY", "OBJECT_FDW", "OBJECT_FOREIGN_SERVER"})


def drop_things(draft: Draft, things: list[Thing], *, is_cascade: bool) -> Falling:
    """Drop these and what falls with them.

    Raises:
        FailedError: something depends on them, and CASCADE was not said.
    """
    fall = falling(draft.schema, things)
    if fall.needs_cascade and not is_cascade:
        kind, name = identity(things[0])
        raise FailedError(f"cannot drop {kind} {name.removeprefix('public.')} because other objects depend on it")
    draft.drop_things(fall)
    for thing in fall.things:
        _lock(draft, thing)
    return fall


def _lock(draft: Draft, thing: Thing) -> None:
    if isinstance(thing, Relation):
        draft.lock(thing, AX)
        if thing.parent is not None:
            draft.lock(thing.parent, AX)
            if thing.parent.default_partition is not None:
                draft.lock(thing.parent.default_partition, AX)
    elif isinstance(thing, Index):
        draft.lock(thing, AX)
        draft.lock(thing.table, AX)
    elif isinstance(thing, Constraint):
        draft.lock(thing.table, AX)
        if thing.target is not None:
            draft.lock(thing.target, AX)
            draft.lock_all((r for r in thing.target.family() if r.parent is not None), AX)
    elif isinstance(thing, (DefaultValue, NotNull)):
        draft.lock(thing.column.table, AX)
    elif isinstance(thing, (Column, Trigger, Policy)):
        draft.lock(thing.table, AX)
    elif isinstance(thing, Statistics):
        draft.lock(thing.table, LockMode.SHARE_UPDATE_EXCLUSIVE)


def drop(draft: Draft, node: Any) -> None:
    """DROP TABLE, INDEX, VIEW, TYPE, SCHEMA, FUNCTION, TRIGGER and the others."""
    kind = choice(node, "remove_type")
    if node.concurrent:
        _drop_concurrently(draft, node)
        return
    things = named_things(draft.schema, node)
    is_cascade = choice(node, "behavior") == "DROP_CASCADE"
    if kind == "OBJECT_SCHEMA":
        _drop_schemas(draft, node, things, is_cascade=is_cascade)
    elif things:
        _refuse_parts_of_others(things)
        drop_things(draft, things, is_cascade=is_cascade)
    elif kind == "OBJECT_PUBLICATION":
        _drop_publications(draft, node)
    for item in node.objects:
        _drop_unknown(draft, kind, name_parts(item), things, node)


def _refuse_parts_of_others(things: list[Thing]) -> None:
    for thing in things:
        if isinstance(thing, Index) and thing.parent is not None and thing.parent not in things:
            raise FailedError(f"cannot drop index {thing.name} because index {thing.parent.name} requires it")
        if isinstance(thing, Relation) and thing.owner is not None and thing.owner.identity:
            column = thing.owner
            raise FailedError(
                f"cannot drop sequence {thing.name} because column {column.name} of table {column.table.name}"
                " requires it"
            )
        if isinstance(thing, Index) and thing.constraint is not None:
            raise FailedError(
                f"cannot drop index {thing.name} because constraint {thing.constraint.name} on table"
                f" {thing.table.name} requires it"
            )


def _drop_publications(draft: Draft, node: Any) -> None:
    for name in (name_parts(item)[-1] for item in node.objects):
        if name in draft.schema.publications or not node.missing_ok:
            draft.drop("publication", quoted(name))
        for table in draft.schema.publications.get(name, ()):
            draft.drop("publication relation", published(table, name), is_by_cascade=True)


def _drop_schemas(draft: Draft, node: Any, things: list[Thing], *, is_cascade: bool) -> None:
    names = [name_parts(item)[-1] for item in node.objects]
    for name in names:
        draft.drop("schema", quoted(name))
    if not things:
        if is_cascade and not draft.schema.is_complete:
            draft.unknown("what the schema holds is not known")
        return
    if not is_cascade:
        raise FailedError(f"cannot drop schema {names[0]} because other objects depend on it")
    fall = falling(draft.schema, things)
    for thing in fall.things:
        draft.drop(*identity(thing), is_by_cascade=True)
        _lock(draft, thing)


def _drop_unknown(draft: Draft, kind: str, names: list[str], things: Iterable[Thing], node: Any) -> None:
    """What is named but was never seen: it may exist all the same."""
    if not names or kind == "OBJECT_SCHEMA":
        return
    place, name = (names[-2] if len(names) > 1 else ""), names[-1]
    word = _KIND_WORDS.get(kind, "")
    if kind in {"OBJECT_TRIGGER", "OBJECT_POLICY", "OBJECT_RULE"}:
        _drop_of_table(draft, word, names, things, node)
        return
    if any(getattr(thing, "name", None) == name for thing in things) or kind in _WITHOUT_RELATIONS:
        return
    if not draft.schema.may_exist(place, name) and node.missing_ok:
        return
    place = draft.schema.new_key(place, name)[0]
    if word:
        draft.drop(word, qualified(place, name) if kind != "OBJECT_EXTENSION" else name)
    if kind in RELATION_KINDS:
        draft.lock(draft.schema.assumed(place, name, word), AX)
        if kind in {"OBJECT_TABLE", "OBJECT_SEQUENCE"}:
            draft.unknown(f"what hangs on {name} is not known")
    elif kind == "OBJECT_INDEX":
        _drop_unknown_index(draft, name)
    elif choice(node, "behavior") == "DROP_CASCADE":
        draft.unknown(f"what depends on {name} is not known")


def _drop_unknown_index(draft: Draft, name: str) -> None:
    if draft.schema.is_complete:
        raise FailedError(f'index "{name}" does not exist')
    draft.unknown(f"the table of the index {name} is not known: it is locked too")


def _drop_of_table(draft: Draft, word: str, names: list[str], things: Iterable[Thing], node: Any) -> None:
    """A trigger, policy or rule: its table is locked even where IF EXISTS finds nothing."""
    place, table_name = (names[-3] if len(names) > 2 else ""), names[-2]  # noqa: PLR2004 - schema.table.name
    table = table_of_part(draft.schema, names)
    if table is None:
        if not draft.schema.may_exist(place, table_name) and node.missing_ok:
            return
        table = draft.schema.assumed(place, table_name)
    is_known = any(getattr(thing, "name", None) == names[-1] for thing in things)
    is_rule = word == "rule" and names[-1] in table.rules
    if not is_known and not is_rule and node.missing_ok and not table.is_assumed:
        return
    draft.lock(table, AX)
    if not is_known:
        draft.drop(word, f"{quoted(names[-1])} on {qualified(table.schema, table.name)}")


def _drop_concurrently(draft: Draft, node: Any) -> None:
    """DROP INDEX CONCURRENTLY."""
    draft.can_be_in_transaction = False
    if draft.is_in_transaction:
        raise FailedError("DROP INDEX CONCURRENTLY cannot run inside a transaction block")
    weak = LockMode.SHARE_UPDATE_EXCLUSIVE
    things = named_things(draft.schema, node)
    for thing in things:
        if not isinstance(thing, Index):
            continue
        if thing.kind == "partitioned index":
            raise FailedError(f'cannot drop partitioned index "{thing.name}" concurrently')
        _refuse_parts_of_others([thing])
        draft.lock(thing.table, weak)
        draft.lock(thing, weak)
        draft.drop(*identity(thing))
        draft.wait_for_snapshots()
    for item in node.objects:
        names = name_parts(item)
        place = names[-2] if len(names) > 1 else ""
        if draft.schema.index(place, names[-1]) is None and draft.schema.may_exist(place, names[-1]):
            draft.drop("index", qualified(draft.schema.new_key(place, names[-1])[0], names[-1]))
            draft.wait_for_snapshots()
