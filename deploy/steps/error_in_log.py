"""The cause of a failed migration in its own words: the database's error out of a Python traceback."""

from __future__ import annotations

import ast
import re

from deploy.model.redaction import without_passwords

MOST_CHARACTERS = 400
# Between two tracebacks of one chain; without them, a traceback begins a new story (a retry, a second program).
JOINTS = (
    "The above exception was the direct cause of the following exception:",
    "During handling of the above exception, another exception occurred:",
)
BEGIN = "Traceback (most recent call last):"
DATABASE_MODULES = ("psycopg", "psycopg2", "asyncpg", "pg8000", "sqlalchemy")
_RAISED = re.compile(r"^(?P<name>[A-Za-z_][\w.]*)(?:: (?P<text>.*))?$")
# `sqlalchemy.exc.ProgrammingError: (psycopg.errors.DuplicateColumn) column …`
_WRAPPED = re.compile(r"^\((?P<name>[\w.]+)\) (?P<text>.*)$")
# `<class 'asyncpg.exceptions.DuplicateColumnError'>: column …`
_CLASS = re.compile(r"^<class '(?P<name>[\w.]+)'>: (?P<text>.*)$")


def error_in_log(log: str) -> str:
    """One line, such as `psycopg.errors.DuplicateColumn: column "cents" of relation "orders" already exists`.

    The first error of the database's own in the last chain of exceptions, since the later ones follow from it; else
    the last exception; else the last line. Rows' values (`DETAIL:`) are left out, as are passwords and control
    characters. Empty where the log is.
    """
    lines = [_printable(line.rstrip()) for line in log.splitlines()]
    raised = _last_chain(lines)
    if not raised:
        return _short(next((line.strip() for line in reversed(lines) if line.strip()), ""))
    of_database = [error for error in raised if error.partition(".")[0] in DATABASE_MODULES]
    return _short((of_database or raised[-1:])[0])


def _last_chain(lines: list[str]) -> list[str]:
    """The exceptions of the last chain, in their order, each unwrapped."""
    chain: list[str] = []
    is_in_trace, is_joined = False, False
    for line in lines:
        if line.strip() in JOINTS:
            is_joined = True
        elif BEGIN in line and not line.startswith((" ", "\t")):
            chain = chain if is_joined else []
            is_in_trace, is_joined = True, False
        elif is_in_trace and (found := _RAISED.match(line)):
            chain.append(_unwrapped(found["name"], found["text"] or ""))
            is_in_trace = False
    return chain


def _unwrapped(name: str, text: str) -> str:
    """What the driver said, without SQLAlchemy's wrapping."""
    for pattern in (_WRAPPED, _CLASS):
        if found := pattern.match(text):
            name, text = found["name"], found["text"]
    if text.startswith("{") and name.startswith("pg8000"):
        text = _message_of_fields(text)
    return f"{name}: {text}" if text else name


def _message_of_fields(text: str) -> str:
    """pg8000 gives the fields of PostgreSQL's message as a dict."""
    try:
        fields = ast.literal_eval(text)
    except (SyntaxError, ValueError):
        return text
    return str(fields.get("M", text)) if isinstance(fields, dict) else text


def _printable(line: str) -> str:
    return "".join(character if character.isprintable() else " " for character in line)


def _short(line: str) -> str:
    line = without_passwords(line)
    return line if len(line) <= MOST_CHARACTERS else line[: MOST_CHARACTERS - 1] + "…"
