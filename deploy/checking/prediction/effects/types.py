"""Domains and types: their values live in tables."""

from __future__ import annotations

from typing import Any

from deploy.checking.prediction.effects.draft import Draft, FailedError
from deploy.checking.prediction.schema.naming import qualified, quoted
from deploy.checking.prediction.schema.objects import Relation, UserType
from deploy.checking.statements import choice, strings
from deploy.model.locks import LockMode

ADD_VALUE_IN_TRANSACTION_SINCE = 12
NOT_NULL_IS_CONSTRAINT_SINCE = 17


def alter_enum(draft: Draft, node: Any) -> None:
    """ALTER TYPE … ADD VALUE and RENAME VALUE: no table is touched."""
    if node.new_val and not node.old_val and draft.server_major < ADD_VALUE_IN_TRANSACTION_SINCE:
        draft.can_be_in_transaction = False
        if draft.is_in_transaction:
            raise FailedError("ALTER TYPE ... ADD cannot run inside a transaction block")


def alter_composite(draft: Draft, node: Any) -> None:
    """ALTER TYPE … ADD, DROP and ALTER ATTRIBUTE: tables OF the type follow by CASCADE."""
    place, name = node.relation.schemaname, node.relation.relname
    composite = draft.schema.user_type(place, name)
    commands = [item.alter_table_cmd for item in node.cmds]
    tables = [table for table in draft.schema.tables() if composite is not None and table.row_type_of is composite]
    if tables and not all(choice(command, "behavior") == "DROP_CASCADE" for command in commands):
        raise FailedError(f'cannot alter type "{name}" because it is the type of a typed table')
    draft.lock_all(tables, LockMode.ACCESS_EXCLUSIVE)
    for command in commands:
        kind = choice(command, "subtype")
        if kind == "AT_DropColumn":
            shown = qualified(*(draft.schema.new_key(place, name) if composite is None else (composite.schema, name)))
            draft.drop("composite type column", f"{shown}.{quoted(command.name)}")
        elif kind == "AT_AlterColumnType" and tables:
            draft.unknown("whether the tables of the type are written anew is not known")


def alter_domain(draft: Draft, node: Any) -> None:
    """ALTER DOMAIN. The grammar's letters: C adds a constraint, O is SET NOT NULL, V is VALIDATE."""
    names = strings(node.type_name)
    _drop_of_domain(draft, node, names)
    if node.subtype not in {"C", "O", "V"}:
        return
    if node.subtype == "C" and getattr(node, "def").constraint.skip_validation:
        return
    domain = draft.schema.user_type(names[-2] if len(names) > 1 else "", names[-1])
    if domain is None or not draft.schema.is_complete:
        draft.unknown("which tables use the domain is not known whole")
    if domain is not None:
        for table in tables_using(draft, domain):
            draft.lock(table, LockMode.SHARE)
            draft.scan_one(table)


def _drop_of_domain(draft: Draft, node: Any, names: list[str]) -> None:
    """X drops a constraint, N is DROP NOT NULL, which is a constraint of its own since 17."""
    domain = draft.schema.user_type(names[-2] if len(names) > 1 else "", names[-1])
    place = domain.schema if domain is not None else draft.schema.new_key(names[-2] if len(names) > 1 else "", "")[0]
    shown = qualified(place, names[-1])
    if node.subtype == "X" and (domain is None or node.name in domain.checks):
        draft.drop("domain constraint", f"{quoted(node.name)} on {shown}")
    has_constraint = draft.server_major >= NOT_NULL_IS_CONSTRAINT_SINCE
    if node.subtype == "N" and has_constraint and domain is not None and domain.is_not_null:
        draft.drop("domain constraint", f"{quoted(names[-1] + '_not_null')} on {shown}")


def tables_using(draft: Draft, domain: UserType) -> list[Relation]:
    """Tables with a column of the domain, or of a domain over it."""
    wanted = [domain]
    for found in wanted:
        wanted.extend(other for other in draft.schema.types.values() if other.base_user_type is found)
    return [
        table for table in draft.schema.relations.values() if table.kind in {"table", "materialized view"}
        and any(column.user_type in wanted for column in table.columns.values())
    ]
