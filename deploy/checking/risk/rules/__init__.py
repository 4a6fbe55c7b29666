"""One danger a file. Every module here is a rule: it has a RULE that bears the file's name."""

from __future__ import annotations

from importlib import import_module
from pkgutil import iter_modules

from deploy.checking.risk.danger import Rule

# By name: the order in which the dangers of one statement are told, the same everywhere.
RULES: tuple[Rule, ...] = tuple(
    import_module(f"{__name__}.{name}").RULE
    for name in sorted(module.name for module in iter_modules(__path__) if not module.ispkg)
)
