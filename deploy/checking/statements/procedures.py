"""The SQL inside PL/pgSQL."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import postgast


@dataclass(frozen=True)
class Procedure:
    """The body of a PL/pgSQL block, as far as its text tells.

    Attributes:
        queries: the static SQL inside, in its order.
        unknown: why more may happen than they say; empty where nothing can.
    """

    queries: tuple[str, ...]
    unknown: str = ""


def read_procedure(body: str) -> Procedure:
    """The static SQL of a PL/pgSQL body; never raises."""
    quote = "$surefoot_body$"
    if "\0" in body or quote in body:
        return Procedure((), "a procedure that cannot be read")
    found: list[str] = []
    error: Exception | None = None
    for result in ("void", "trigger"):
        try:
            tree = postgast.parse_plpgsql(
                f"CREATE FUNCTION surefoot_body() RETURNS {result} LANGUAGE plpgsql AS {quote}{body}{quote}"
            )
        except Exception as raised:  # noqa: BLE001 - as above
            error = raised
            continue
        is_dynamic = _collect_queries(tree, found)
        return Procedure(tuple(found), "it builds SQL at run time (EXECUTE)" if is_dynamic else "")
    return Procedure((), f"a procedure that cannot be read: {error}")


def _collect_queries(tree: Any, found: list[str]) -> bool:
    """All queries of a parsed body, in order; whether some are only known when it runs."""
    is_dynamic = False
    if isinstance(tree, list):
        for item in tree:
            is_dynamic |= _collect_queries(item, found)
    elif isinstance(tree, dict):
        for key, value in tree.items():
            is_dynamic |= key in _DYNAMIC
            if key == "PLpgSQL_expr" and isinstance(value, dict):
                found.append(_query_of(value))
            else:
                is_dynamic |= _collect_queries(value, found)
    return is_dynamic


_DYNAMIC = frozenset({"PLpgSQL_stmt_dynexecute", "PLpgSQL_stmt_dynfors", "dynquery"})
# RawParseMode in PostgreSQL's parser/parser.h: 0 is a whole statement, 2 an expression, 3 to 5 an assignment.
_EXPRESSION, _ASSIGNMENTS = 2, (3, 4, 5)


def _query_of(expression: dict[str, Any]) -> str:
    query, mode = str(expression.get("query", "")), expression.get("parseMode", 0)
    if mode == _EXPRESSION:
        return f"SELECT {query}"
    if mode in _ASSIGNMENTS:
        for sign in (":=", "="):
            if sign in query:
                return "SELECT " + query.split(sign, 1)[1]
    return query
