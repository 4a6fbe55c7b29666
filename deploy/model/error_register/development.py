"""Errors of `scripts/sync_db.py`: the development database, new revisions and their proof."""

from __future__ import annotations

from deploy.model.error_register.entry import ErrorEntry

TITLE = "Development"
ENTRIES = (
    ErrorEntry(
        "autogenerate-failed", (3,),
        "Alembic could not compare the models with the schema on the scratch server: the models, `env.py` or a pending "
        "revision raised an error. No new revision was written into the project, and none was applied.",
        "Repair what the error names, then run `./scripts/sync_db.py` again.",
    ),
    ErrorEntry(
        "database-is-production", (3,),
        "A deployment marked this database with the name of its environment. `./scripts/sync_db.py` changes "
        "development databases only. Nothing was changed.",
        "Name a development database in DATABASE_URL. Revisions reach this database with a deployment: "
        "`./scripts/deploy.sh --auto-migrate`.",
    ),
    ErrorEntry(
        "development-database-unreachable", (3,),
        "The project's own `env.py` could not connect to its database, or raised an error before it did.",
        "Start the database server, and check whether DATABASE_URL, or the URL in `alembic.ini`, names it. If the "
        "error is one of Python, repair `env.py`.",
    ),
    ErrorEntry(
        "development-upgrade-failed", (1, 4),
        "The upgrade of the development database failed. The file of a new revision is taken away again, unless the "
        "database already is at that revision. With `--force-recreate` the old database gets its name back.",
        "Repair the revision that the error names, then run `./scripts/sync_db.py` again.",
    ),
    ErrorEntry(
        "environment-is-production", (3,),
        "ENVIRONMENT is `production`, in the environment or in `.env`. `./scripts/sync_db.py` changes development "
        "databases only. Nothing was changed.",
        "Set ENVIRONMENT=development in the `.env` of the machine where you develop. To bring revisions to production, "
        "use `./scripts/deploy.sh`.",
    ),
    ErrorEntry(
        "environment-not-set", (3,),
        "ENVIRONMENT is not set, and the database may be production's: it is on another machine, or this directory has "
        "deployed a release. Nothing was changed.",
        "If the database is one for development, say so: `ENVIRONMENT=development ./scripts/sync_db.py`, or set it "
        "in `.env`. Otherwise name another database in DATABASE_URL.",
    ),
    ErrorEntry(
        "recreate-left-over", (3, 4),
        "An earlier `--force-recreate` was killed or could not remove the old database, or this one failed and could "
        "not give the name back. The old rows are in a database whose name ends in `_before_recreate`, if there is "
        "one; a run never overwrites it.",
        "To get the old rows back, drop the new database and rename the kept one with the two statements of the "
        "hint. If you do not need the old rows, drop the kept database. Then run `./scripts/sync_db.py "
        "--force-recreate` again.",
    ),
    ErrorEntry(
        "recreate-needs-name", (3,),
        "`--force-recreate` removes every row of the database, so it wants the name of the database as a confirmation. "
        "No name, or another one, was given. Nothing was changed.",
        "Type the name when you are asked, or give it: `./scripts/sync_db.py --force-recreate --database NAME`.",
    ),
    ErrorEntry(
        "recreate-refused", (3,),
        "The server refused to rename the database or to create a new one of its name. The database has its name and "
        "its rows; its other sessions may have been ended.",
        "Let the role own the database and have the right CREATEDB (`ALTER ROLE name CREATEDB`), or use a role that "
        "has both. Then run the command again.",
    ),
    ErrorEntry(
        "revision-exists", (3,),
        "The project already has a file of the name that the new revision would get. The file that is there stays as "
        "it is, and the new revision was not applied.",
        "Give the new revision another message: `./scripts/sync_db.py --message TEXT`.",
    ),
    ErrorEntry(
        "revision-not-written", (3,),
        "The file of the new revision could not be written into the project. No part of it is among the revisions, "
        "and it was not applied.",
        "Look at the owner and the rights of the directory of the revisions, and at the room on the disk. Then run "
        "`./scripts/sync_db.py` again.",
    ),
    ErrorEntry(
        "sync-needs-a-person", (3,),
        "With `--auto` nobody is asked, but a person should decide about something: a possible rename, values that a "
        "downgrade does not bring back, a revision that does nothing or has no downgrade, a failed proof, or high "
        "risk. No new revision was written. Without `--force-recreate` the database is as it was.",
        "Run `./scripts/sync_db.py` at a terminal: it shows each point and asks. Or write the revision by hand.",
    ),
    ErrorEntry(
        "table-renamed", (3,),
        "You said that a table was renamed. Autogenerate can write the rename of a column, and not that of a table. No "
        "revision was written.",
        "Make a revision by hand with `alembic revision -m TEXT`, and write the `op.rename_table` of the hint into it. "
        "Then run `./scripts/sync_db.py` again.",
    ),
)
