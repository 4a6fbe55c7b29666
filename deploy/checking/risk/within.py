"""What a statement calls, also inside of a block or of a function of the project's own."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from deploy.checking.risk.mentioned import body_of_block, statements_of_body
from deploy.checking.risk.schema_around import SchemaAround
from deploy.checking.statements import Statement
from deploy.checking.statements.statement import Call

DEEPEST_CALLS = 5
_WORD = re.compile(r"\w+")


@dataclass(frozen=True)
class Within:
    """What was found.

    Attributes:
        calls: written out in the statement itself, or in the static SQL of its block.
        words: every word of a block and of the bodies of functions that are called, lower case: more than they call,
            never less, for SQL that is put together when it runs is made of words, too.
    """

    calls: tuple[Call, ...] = ()
    words: frozenset[str] = frozenset()

    def names(self, known: frozenset[str] | Mapping[str, object]) -> tuple[str, ...]:
        """Those functions of `known` that it calls, or may call, in the order of the alphabet."""
        found = {call.name for call in self.calls} | self.words
        return tuple(sorted(name for name in found if name in known))


def look_within(statement: Statement, schema: SchemaAround | None) -> Within:
    """Of this statement; the bodies of functions are known where the schema has them."""
    if statement.kind == "create_function_stmt":
        return Within()  # it calls nothing yet
    bodies = [body_of_block(statement)] if statement.kind == "do_stmt" else []
    inner = statements_of_body("plpgsql", body_of_block(statement)) or ()
    calls = (*statement.calls, *(call for found in inner for call in found.calls))
    todo = [(call.name, 0) for call in calls]
    seen: set[str] = set()
    for name, depth in todo:
        if schema is None or name in seen or depth > DEEPEST_CALLS:
            continue
        seen.add(name)
        for body in schema.bodies(name):
            bodies.append(body)
            todo += [(word, depth + 1) for word in _words(body)]
    return Within(calls, frozenset(word for body in bodies for word in _words(body)))


def _words(body: str) -> frozenset[str]:
    return frozenset(word.lower() for word in _WORD.findall(body))
