"""Domains and types: their values live in tables."""

from __future__ import annotations

from typing import Any

from deploy.model.locks import LockMode
from deploy.risk.effects.draft import Draft, FailedError
from deploy.risk.schema.objects import Relation, UserType
from deploy.risk.statements import strings

ADD_VALUE_IN_TRANSACTION_SINCE = 12


def alter_enum(draft: Draft, node: Any) -> None:
    """ALTER TYPE … ADD VALUE and RENAME VALUE: no table is touched."""
    if node.new_val and not node.old_val and draft.server_major < ADD_VALUE_IN_TRANSACTION_SINCE:
        draft.can_be_in_transaction = False
        if draft.is_in_transaction:
            raise FailedError("ALTER TYPE ... ADD cannot run inside a transaction block")


def alter_domain(draft: Draft, node: Any) -> None:
    """ALTER DOMAIN. The grammar's letters: C adds a constraint, O is SET NOT NULL, V is VALIDATE."""
    names = strings(node.type_name)
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


def tables_using(draft: Draft, domain: UserType) -> list[Relation]:
    """Tables with a column of the domain, or of a domain over it."""
    wanted = [domain]
    for found in wanted:
        wanted.extend(other for other in draft.schema.types.values() if other.base_user_type is found)
    return [
        table for table in draft.schema.relations.values() if table.kind in {"table", "materialized view"}
        and any(column.user_type in wanted for column in table.columns.values())
    ]
