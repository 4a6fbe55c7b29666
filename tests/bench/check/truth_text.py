"""What the tracer must know of a statement's text. Runs inside a project's own Python: the standard library only."""

import re

CONCURRENTLY = re.compile(
    r"\s*(?:(?:create\s+(?:unique\s+)?|drop\s+)index|reindex\b.*?|refresh\s+materialized\s+view)\s+concurrently\b"
    r"|\s*alter\s+table\b.*\bdetach\s+partition\b.*\bconcurrently\b",
    re.IGNORECASE | re.DOTALL,
)
ALONE = re.compile(
    r"\s*(vacuum|create\s+database|drop\s+database|alter\s+system|begin|commit|rollback|start\s+transaction|end)\b",
    re.IGNORECASE,
)
ENUM_VALUE = re.compile(r"\s*alter\s+type\b.*\badd\s+value\b", re.IGNORECASE | re.DOTALL)
READS_OR_WRITES = re.compile(
    r"\s*(select|with|insert|update|delete|show|set|explain|values|merge|copy)\b", re.IGNORECASE
)
TRUNCATE = re.compile(r"\s*truncate\b", re.IGNORECASE)


def must_stand_alone(statement):
    """Whether it refuses to run between BEGIN and COMMIT, or must be committed before it is used."""
    return any(pattern.match(statement) for pattern in (ALONE, ENUM_VALUE, CONCURRENTLY))


def plain(statement, parameters, executemany):
    """The text with its (first) values in it, so that a reader of SQL can parse it."""
    is_list = executemany and isinstance(parameters, (list, tuple)) and parameters
    values = parameters[0] if is_list and isinstance(parameters[0], (dict, list, tuple)) else parameters
    if isinstance(values, dict):
        text = re.sub(r"%\((\w+)\)s", lambda found: literal(values.get(found[1])), statement)
    elif "$1" in statement and values:
        text = re.sub(
            r"\$(\d+)", lambda found: literal(values[int(found[1]) - 1]) if int(found[1]) <= len(values) else found[0],
            statement,
        )
    else:
        given = iter(values or ())
        text = re.sub(r"%s", lambda _: literal(next(given, None)), statement) if values else statement
    return text.replace("%%", "%") if parameters else text


def literal(value):
    """A value as SQL."""
    if value is None:
        return "NULL"
    if isinstance(value, (bool, int, float)):
        return str(value).lower()
    if isinstance(value, (list, tuple)):
        return "ARRAY[" + ", ".join(literal(item) for item in value) + "]"
    return "'" + str(value).replace("'", "''") + "'"
