"""One danger a file; this tuple is the registry."""

from __future__ import annotations

from deploy.risk.danger import Rule
from deploy.risk.rules.add_index import add_index
from deploy.risk.rules.alter_table import alter_table
from deploy.risk.rules.change_rows import change_rows
from deploy.risk.rules.drop_object import drop_object
from deploy.risk.rules.not_understood import not_understood
from deploy.risk.rules.rename_object import rename_object

RULES: tuple[Rule, ...] = (drop_object, alter_table, change_rows, add_index, rename_object, not_understood)
