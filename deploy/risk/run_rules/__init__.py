"""Dangers that lie in more than one statement; this tuple is the registry."""

from __future__ import annotations

from collections.abc import Iterator

from deploy.model.check import CheckedStatement
from deploy.risk.danger import Danger
from deploy.risk.run_rules import (
    cannot_run_in_transaction,
    concurrently_with_lock_timeout,
    fails_on_rows,
    lock_held_during_work,
    migration_fails,
    no_downgrade,
    not_rendered,
    not_repeatable,
    possible_rename,
    reads_rows,
    revisions_share_a_transaction,
    several_tables_locked,
    validated_in_same_transaction,
)
from deploy.risk.run_rules.view import RevisionView, RunRule

__all__ = ["RUN_RULES", "RevisionView", "RunRule", "revision_dangers"]

RUN_RULES: tuple[RunRule, ...] = (
    not_rendered.RULE,
    migration_fails.RULE,
    fails_on_rows.RULE,
    cannot_run_in_transaction.RULE,
    lock_held_during_work.RULE,
    validated_in_same_transaction.RULE,
    several_tables_locked.RULE,
    revisions_share_a_transaction.RULE,
    concurrently_with_lock_timeout.RULE,
    not_repeatable.RULE,
    possible_rename.RULE,
    reads_rows.RULE,
    no_downgrade.RULE,
)


def revision_dangers(view: RevisionView) -> Iterator[tuple[str, Danger, CheckedStatement | None]]:
    """Every rule's dangers, with the rule's name and the statement that shows each."""
    for rule in RUN_RULES:
        for danger, checked in rule.check(view):
            yield rule.name, danger, checked
