"""Lines of Alembic code."""

from __future__ import annotations

import re
import textwrap

MAX_LINE = 96
BATCH_ROWS = 5_000
MAX_NAME_BYTES = 63
# SQLAlchemy takes `:name` in a text for a parameter.
_PARAMETER = re.compile(r"(?<![:\w\\]):(?=\w)")


def text(value: str) -> str:
    """A Python string."""
    return repr(value) if '"' in value or "\\" in value or not value.isprintable() else f'"{value}"'


def names(values: list[str]) -> str:
    """A Python list of strings."""
    return "[" + ", ".join(text(value) for value in values) + "]"


def place(table: str, keyword: str = "schema") -> str:
    """`, schema="audit"` for a table that is not in public."""
    schema = table.rpartition(".")[0]
    return f", {keyword}={text(schema)}" if schema else ""


def bare(table: str) -> str:
    """The table's name without its schema."""
    return table.rpartition(".")[2]


def made_name(table: str, middle: str, label: str) -> str:
    """`orders_side_check`, never longer than PostgreSQL allows: the longer of table and middle is cut, not the label.

    Source: makeObjectName in PostgreSQL's src/backend/commands/indexcmds.c, by which unnamed constraints are named too.
    """
    first, second = bare(table).encode(), middle.encode()
    room = MAX_NAME_BYTES - len(label.encode()) - 1 - (1 if second else 0)
    while len(first) + len(second) > room:
        if len(first) > len(second):
            first = first[:-1]
        else:
            second = second[:-1]
    cut = (part.decode(errors="ignore") for part in (first, second))
    return "_".join([*(part for part in cut if part), label])


def execute(sql: str) -> str:
    """`op.execute("…")`, over several lines where it is long."""
    return _call("op.execute", sql)


def _call(function: str, sql: str) -> str:
    escaped = _PARAMETER.sub(r"\\:", sql)
    short = f"{function}({text(escaped)})"
    if len(short) <= MAX_LINE:
        return short
    pieces = _pieces(escaped)
    return f"{function}(\n" + "\n".join(f"    {text(piece)}" for piece in pieces) + "\n)"


def _pieces(sql: str) -> list[str]:
    """Cut after blanks; put together they are the same text."""
    found, line = [], ""
    for word in re.findall(r"\S*\s*", sql):
        if line and len(line) + len(word) > MAX_LINE - 10:
            found.append(line)
            line = ""
        line += word
    return [*found, line] if line else found


def autocommit(*lines: str) -> str:
    """The lines outside of a transaction."""
    return "with op.get_context().autocommit_block():\n" + textwrap.indent("\n".join(lines), "    ")


def concurrently(*lines: str) -> str:
    """The same without lock_timeout: in the waits of CONCURRENTLY it leaves an invalid index, and nothing waits."""
    return autocommit(execute("SET lock_timeout = 0"), *lines, execute("SET lock_timeout = '5s'"))


def patiently(*lines: str) -> str:
    """The lines after a lock_timeout: the migration gives up before everybody queues behind it."""
    return "\n".join((execute("SET LOCAL lock_timeout = '3s'"), *lines))


def in_batches(update: str) -> str:
    """A loop that runs the statement until it finds no row, each batch committed."""
    return "\n".join(
        (
            _call("batch = sa.text", update),
            autocommit(
                "while not op.get_context().as_sql and op.get_bind().execute(batch).rowcount:",
                f"    {execute('SELECT pg_sleep(0.1)')}",
            ),
        )
    )


def steps(*titled: tuple[str, str]) -> str:
    """Revisions one after the other, each under a comment that says what it is."""
    return "\n\n".join(f"{comment(title)}\n{code}" for title, code in titled)


def comment(words: str) -> str:
    """A comment, each of its lines marked: a name may hold a line break, and must not become code."""
    lines = (line.removeprefix("# ") for line in words.splitlines())
    return "\n".join(f"# {line}" for line in lines)
