"""Runs INSIDE a container of the release, in its own Python with its own driver: the project's checks in Python.

SUREFOOT_VERIFY is one JSON object: `directory`, `files`, `statement_seconds`. Each file has a read-only transaction of
its own, and has `async def check(connection)`. Prints JSON between two markers.
"""

import asyncio
import importlib.util
import json
import os
import sys
from typing import Any, Dict, List, Optional

BEGIN = "<<<surefoot-begin>>>"
END = "<<<surefoot-end>>>"


def as_text(value: Any) -> Optional[str]:
    """A value that can be compared in another process; None stays None."""
    return None if value is None else str(value)


async def run_python(connection: Any, path: str) -> Dict[str, Any]:
    """check() raises, returns False, or returns a value to compare."""
    spec = importlib.util.spec_from_file_location("surefoot_data_check", path)
    if spec is None or spec.loader is None:
        raise ImportError("{} is no Python file".format(path))
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    try:
        found = await module.check(connection)
    except AssertionError as error:
        return {"is_refused": True, "value": None, "error": "check() says: {}".format(error or "no")}
    value = None if found is None or isinstance(found, bool) else as_text(found)
    return {"is_refused": found is False, "value": value, "rows": 1, "digest": as_text(found) or ""}


async def run_one(connection: Any, given: Dict[str, Any], name: str) -> Dict[str, Any]:
    """One file; whatever goes wrong is its answer."""
    path = os.path.join(given["directory"], name)
    try:
        async with read_only(connection):
            return dict({"file_name": name}, **await run_python(connection, path))
    except Exception as error:  # noqa: BLE001 - any error is that check's answer
        lines = str(error).strip().splitlines() or [""]
        return {"file_name": name, "error": "{}: {}".format(type(error).__name__, lines[0])}


def read_only(connection: Any) -> Any:
    """A transaction of the driver that is there."""
    if hasattr(connection, "set_read_only"):  # psycopg
        return connection.transaction()
    return connection.transaction(readonly=True)


async def connect(url: str, statement_seconds: int) -> Any:
    """By asyncpg, else by psycopg 3; the check gets that driver's own asynchronous connection."""
    settings = {
        "application_name": "surefoot verify", "lock_timeout": "5s",
        "statement_timeout": "{}s".format(statement_seconds),
    }
    try:
        import asyncpg
    except ImportError as missing:
        try:
            import psycopg
        except ImportError:
            raise missing from None
        options = " ".join("-c {}={}".format(name, value.replace(" ", "\\ ")) for name, value in settings.items())
        connection = await psycopg.AsyncConnection.connect(url, options=options, connect_timeout=10, autocommit=True)
        await connection.set_read_only(True)
        return connection
    return await asyncpg.connect(url, server_settings=settings, statement_cache_size=0, timeout=10)


async def run_all(given: Dict[str, Any]) -> List[Dict[str, Any]]:
    """One connection, closed at the end."""
    scheme, _, rest = os.environ["DATABASE_URL"].partition("://")
    connection = await connect(scheme.partition("+")[0] + "://" + rest, given["statement_seconds"])
    try:
        return [await run_one(connection, given, name) for name in given["files"]]
    finally:
        await connection.close()


def main() -> None:
    """Answer in any case."""
    try:
        answer: Dict[str, Any] = {"results": asyncio.run(run_all(json.loads(os.environ["SUREFOOT_VERIFY"])))}
    except Exception as error:  # noqa: BLE001 - told on the other side
        lines = str(error).strip().splitlines() or [""]
        answer = {"problem": "{}: {}".format(type(error).__name__, lines[0])}
    sys.stdout.write("{}{}{}\n".format(BEGIN, json.dumps(answer), END))


main()
