"""DROP SCHEMA, DATABASE, OWNED: many tables in one word (very high)."""

from __future__ import annotations

from collections.abc import Iterator

from deploy.model.risk import RiskLevel
from deploy.risk.circumstances import Circumstances
from deploy.risk.danger import Danger, Rule
from deploy.risk.statements import Statement, enum_name


def check(statement: Statement, circumstances: Circumstances) -> Iterator[Danger]:  # noqa: ARG001
    """Nothing in the statement says what goes with it."""
    words = {"dropdb_stmt": "database", "drop_owned_stmt": "role's property"}
    word = words.get(statement.kind)
    if statement.kind == "drop_stmt" and enum_name(statement.node, "remove_type") == "OBJECT_SCHEMA":
        word = "schema"
    if word:
        yield Danger(RiskLevel.VERY_HIGH, f"drops a {word} with all that is in it", breaks_older_code=True)


RULE = Rule("drop_schema", check)
