"""A name of more than 63 bytes (advice).

PostgreSQL cuts it without an error. A later statement that writes it in full still finds it, but Alembic's comparison
does not, and two long names may become one.

Who waits: no session.
"""

from __future__ import annotations

from collections.abc import Iterator

from deploy.checking.risk.circumstances import Circumstances
from deploy.checking.risk.danger import Danger, Rule
from deploy.checking.risk.safe_forms.code import comment
from deploy.checking.statements import Statement
from deploy.model.risk import RiskLevel

LONGEST = 63


def check(statement: Statement, circumstances: Circumstances) -> Iterator[Danger]:  # noqa: ARG001
    """Cut without an error."""
    for name in sorted(name for name in statement.names_written() if _is_too_long(name, statement)):
        short = name[:40].rstrip("_")
        yield Danger(
            RiskLevel.ADVICE,
            f"the name that begins with {name[:40]} is longer than 63 bytes: PostgreSQL cuts it without an error",
            safe_form=comment(f"a shorter name: {short}"),
        )


def _is_too_long(name: str, statement: Statement) -> bool:
    length = len(name.encode())
    return length > LONGEST or (length == LONGEST and _is_cut(name, statement))


def _is_cut(name: str, statement: Statement) -> bool:
    """The grammar has cut it already: the text goes on where the name ends."""
    start = statement.text.lower().find(name.lower())
    following = statement.text[start + len(name) : start + len(name) + 1] if start >= 0 else ""
    return following.isalnum() or following == "_"


RULE = Rule("name_is_truncated", check)
