"""Production's schema comes from reviewed revisions, never from a comparison on the spot."""

import os
from typing import Any

from alembic import context
from alembic.util import CommandError
from sqlalchemy import Connection, text

# What a deployment writes on the database that it deploys to; a copy that is restored elsewhere does not bear it.
MARK = text(
    "SELECT split_part(word, '=', 2) FROM pg_db_role_setting s JOIN pg_database d ON d.oid = s.setdatabase, "
    "unnest(s.setconfig) AS word "
    "WHERE d.datname = current_database() AND s.setrole = 0 AND word LIKE 'surefoot.environment=%'"
)


def refuse_by_settings() -> None:
    """What can be refused without a database.

    Raises:
        CommandError: `revision --autogenerate`, where ENVIRONMENT is production.
    """
    if getattr(context.config.cmd_opts, "autogenerate", False) and _is_set_to_production():
        raise _refused("ENVIRONMENT is production")


def refuse_by_mark(connection: Connection) -> None:
    """The database's own word counts too: a checkout on the server, or a DATABASE_URL of production at home.

    Raises:
        CommandError: `revision --autogenerate`, where a deployment marked this database.
    """
    if getattr(context.config.cmd_opts, "autogenerate", False):
        _refuse(connection)


def refuse_directives(migration_context: Any, _revision: Any, _directives: Any) -> None:
    """The same for a program that calls Alembic itself; `alembic check` only compares, and may.

    Raises:
        CommandError: a revision would be written.
    """
    if command_name() != "check" and migration_context.connection is not None:
        _refuse(migration_context.connection)


def command_name() -> str:
    """Which of Alembic's commands runs: `upgrade`, `revision`, `check`; empty where a program called it."""
    command = getattr(context.config.cmd_opts, "cmd", None)
    return str(command[0].__name__) if command else ""


def _refuse(connection: Connection) -> None:
    if _is_set_to_production():
        raise _refused("ENVIRONMENT is production")
    mark = connection.scalar(MARK)
    if mark:
        raise _refused(f"the database is marked as {mark}")


def _is_set_to_production() -> bool:
    return os.environ.get("ENVIRONMENT", "").strip().lower() == "production"


def _refused(why: str) -> CommandError:
    return CommandError(
        f"autogenerate is refused: {why}; hint: write the revision in development, against a database of your own"
    )
