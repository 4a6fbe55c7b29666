"""Runs INSIDE a container of the release, in its own Python with its own asyncpg: the project's data checks.

SUREFOOT_VERIFY is one JSON object: `directory`, `files`, `statement_seconds`. Each file has a read-only transaction of
its own: a .sql file is one query, a .py file has `async def check(connection)`. Prints JSON between two markers.
"""

import asyncio
import hashlib
import importlib.util
import json
import os
import sys

BEGIN = "<<<surefoot-begin>>>"
END = "<<<surefoot-end>>>"


def as_text(value):
    """A value that can be compared in another process; None stays None."""
    return None if value is None else str(value)


async def run_sql(connection, path):
    """All rows, as a digest; the first value beside."""
    with open(path, encoding="utf-8") as file:
        rows = await connection.fetch(file.read())
    whole = json.dumps([[as_text(value) for value in row.values()] for row in rows])
    first = as_text(rows[0][0]) if rows and len(rows[0]) else None
    return {"rows": len(rows), "value": first, "digest": hashlib.sha256(whole.encode()).hexdigest()}


async def run_python(connection, path):
    """check() raises, returns False, or returns a value to compare."""
    spec = importlib.util.spec_from_file_location("surefoot_data_check", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    try:
        found = await module.check(connection)
    except AssertionError as error:
        return {"is_refused": True, "value": None, "error": "check() says: {}".format(error or "no")}
    value = None if found is None or isinstance(found, bool) else as_text(found)
    return {"is_refused": found is False, "value": value, "rows": 1, "digest": as_text(found) or ""}


async def run_one(connection, given, name):
    """One file; whatever goes wrong is its answer."""
    path = os.path.join(given["directory"], name)
    run = run_python if name.endswith(".py") else run_sql
    try:
        async with connection.transaction(readonly=True):
            return dict({"file_name": name}, **await run(connection, path))
    except Exception as error:  # noqa: BLE001 - any error is that check's answer
        lines = str(error).strip().splitlines() or [""]
        return {"file_name": name, "error": "{}: {}".format(type(error).__name__, lines[0])}


async def run_all(given):
    """One connection, closed at the end."""
    import asyncpg

    url = os.environ["DATABASE_URL"]
    scheme, _, rest = url.partition("://")
    settings = {
        "application_name": "surefoot verify", "lock_timeout": "5s",
        "statement_timeout": "{}s".format(given["statement_seconds"]),
    }
    connection = await asyncpg.connect(
        scheme.partition("+")[0] + "://" + rest, server_settings=settings, statement_cache_size=0, timeout=10
    )
    try:
        return [await run_one(connection, given, name) for name in given["files"]]
    finally:
        await connection.close()


def main():
    """Answer in any case."""
    try:
        answer = {"results": asyncio.run(run_all(json.loads(os.environ["SUREFOOT_VERIFY"])))}
    except Exception as error:  # noqa: BLE001 - told on the other side
        lines = str(error).strip().splitlines() or [""]
        answer = {"problem": "{}: {}".format(type(error).__name__, lines[0])}
    sys.stdout.write("{}{}{}\n".format(BEGIN, json.dumps(answer), END))


main()
