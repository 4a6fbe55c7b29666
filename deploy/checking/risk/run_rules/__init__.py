"""Dangers that lie in more than one statement. Every module here but `view` has a RULE that bears the file's name."""

from __future__ import annotations

from collections.abc import Iterator
from importlib import import_module
from pkgutil import iter_modules

from deploy.checking.risk.danger import Danger
from deploy.checking.risk.run_rules.view import RevisionView, RunRule
from deploy.model.check import CheckedStatement

__all__ = ["RUN_RULES", "RevisionView", "RunRule", "revision_dangers"]

# By name: the order in which the dangers of a revision are told, the same everywhere.
RUN_RULES: tuple[RunRule, ...] = tuple(
    import_module(f"{__name__}.{name}").RULE
    for name in sorted(module.name for module in iter_modules(__path__) if module.name != "view")
)


def revision_dangers(view: RevisionView) -> Iterator[tuple[str, Danger, CheckedStatement | None]]:
    """Every rule's dangers, with the rule's name and the statement that shows each."""
    for rule in RUN_RULES:
        for danger, checked in rule.check(view):
            yield rule.name, danger, checked
