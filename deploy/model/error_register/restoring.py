"""Errors of restores, and of dumps that another tool made."""

from __future__ import annotations

from deploy.model.error_register.entry import ErrorEntry

TITLE = "Restores and dumps of other tools"
ENTRIES = (
    ErrorEntry(
        "backup-failed-its-proof", (3,),
        "The last `./scripts/deploy.sh backup verify` of this backup found that it does not restore, or that its "
        "content differs. The restore is refused before the maintenance page goes on: nothing was changed.",
        "Restore another backup; `./scripts/deploy.sh backup list` says which ones are verified. Single tables can "
        "still be restored: `./scripts/deploy.sh restore NAME --tables A,B`. To try this backup anyway, add "
        "`--despite-failed-proof`.",
    ),
    ErrorEntry(
        "database-refused", (1, 3, 4),
        "The database server answers, and refuses a statement that a restore or a backup needs, most often because "
        "the role lacks the right for it. A restore undoes what it began.",
        "Read the server's own words in the message, and give the role what is missing. Then look at "
        "`./scripts/deploy.sh status`, and run the same command again.",
    ),
    ErrorEntry(
        "directory-needs-client", (3,),
        "The dump is a directory, and only the database's container has the PostgreSQL programs; they do not see a "
        "directory of this machine. Nothing of the dump is kept.",
        "Install the package `postgresql-client-MAJOR` on this machine, with the major version of the server. Or "
        "take a dump that is one file (`pg_dump --format=custom`).",
    ),
    ErrorEntry(
        "dump-cut-off", (3,),
        "The file of the dump ends too early, or cannot be read to its end. Nothing of it is kept, and production's "
        "database is not touched.",
        "Fetch the file again and compare its size with the original, or take another dump. Then run the same "
        "command again.",
    ),
    ErrorEntry(
        "dump-not-accepted", (1, 4),
        "The database server refused a statement of the dump, or `psql` lost the server. Nothing of the dump is "
        "kept, and production's database is not touched.",
        "If a role is missing, create it, or add `--no-owner`. If an extension is missing, install it on the server. "
        "Then run the same command again.",
    ),
    ErrorEntry(
        "dump-not-readable", (1, 3, 4),
        "This user may not read the file of the dump, or `pg_restore` cannot read its archive: it is damaged, or a "
        "newer `pg_dump` wrote it. Nothing of the dump is kept, and production's database is not touched.",
        "If the message says `Permission denied`, give this user the right to read the file and its directory, or "
        "run the command as another user. Otherwise fetch the file again and compare its size with the original. If "
        "a newer `pg_dump` wrote it, make the dump again with the major version of this server.",
    ),
    ErrorEntry(
        "dump-refused", (3,),
        "The script contains something that the tool does not send to the server: a command of `psql`, a statement "
        "about roles, databases or tablespaces, or one that reads files or starts programs on the server. Nothing of "
        "the dump is kept, and production's database is not touched.",
        "Take a dump of the one database (`pg_dump --format=custom`, without `--create`, and not `pg_dumpall`). Or "
        "read the script, and remove this part from a copy of it.",
    ),
    ErrorEntry(
        "import-differs", (3,),
        "After the dump was restored into a separate database, a table there had other rows than the file. Nothing "
        "of the dump is kept, and production's database is not touched.",
        "Take another dump with `pg_dump --format=custom`, and run the same command again. Leave "
        "`--load-via-partition-root` out: it writes the rows of all partitions under the name of the partitioned "
        "table, where they cannot be compared. In a script of another tool, look for a trigger or a rule that "
        "changes rows before they are in.",
    ),
    ErrorEntry(
        "import-needs-createdb", (3,),
        "A dump of another tool is first restored into a separate database, and the deploying role may not create "
        "databases. Nothing was changed.",
        "As an administrator of the server, run `ALTER ROLE NAME CREATEDB` for the deploying role once. Then run the "
        "same command again.",
    ),
    ErrorEntry(
        "no-pg-restore-of-this-major", (3,),
        "A restore needs the PostgreSQL programs of the backup's own major version, and they are not found on this "
        "machine or in the database's container.",
        "Install the package `postgresql-client-MAJOR`, with the backup's major version. If the database runs in a "
        "container on this machine, name the container with `DEPLOY_DATABASE_CONTAINER`: its own programs are then "
        "used.",
    ),
    ErrorEntry(
        "no-psql", (3,),
        "The PostgreSQL programs that were found have no `psql`, which fills a dump of another tool into a database. "
        "Nothing of the dump is kept, and production's database is not touched.",
        "Install the package `postgresql-client-MAJOR`, with the major version of the server. Then run the same "
        "command again.",
    ),
    ErrorEntry(
        "no-room-to-restore", (1, 3, 4),
        "The disk of the database server, or the temporary directory for a scratch server, has too little room for "
        "the restore. The live database keeps its content.",
        "Make room on the server's disk, then run the same command again. For `./scripts/deploy.sh backup verify` "
        "and `./scripts/deploy.sh restore NAME --tables A,B`, make room in the temporary directory, or name a larger "
        "one with `TMPDIR`.",
    ),
    ErrorEntry(
        "not-a-dump", (3,),
        "The path names a file or a directory that is neither a SQL script nor something that `pg_dump` wrote. "
        "Nothing was changed.",
        "Name a `.sql` or `.sql.gz` file, or what `pg_dump` wrote in its custom, tar or directory format. To restore "
        "a backup of this tool, give its name instead: `./scripts/deploy.sh backup list`.",
    ),
    ErrorEntry(
        "restore-differs", (1, 4),
        "What was restored is not equal to the backup's manifest. A new database that differs never takes the live "
        "one's place. With `--in-place` the restored content is already in the live database; with `--tables` the "
        "new tables stay beside the live ones.",
        "Restore another backup; `./scripts/deploy.sh backup list` names them. After `--in-place`, look at the live "
        "database: `./scripts/deploy.sh restore NAME --in-place` with the backup that the restore made first brings "
        "its earlier content back. After `--tables`, drop the new tables.",
    ),
    ErrorEntry(
        "restore-failed", (1, 4),
        "A PostgreSQL program met an error during the restore, or the server went away. A restore fills a new "
        "database, and the live one keeps its content. With `--in-place` or `--tables` it works on the live database "
        "in one transaction: then either all of it is there, or nothing. If the server went away, the message cannot "
        "say which.",
        "Repair what the message names, such as a missing extension or right, or read the server's log. Then run the "
        "same command again. If `./scripts/deploy.sh status` shows an unfinished restore, run `./scripts/deploy.sh "
        "abort` first. A database that you named with `--to-url` may be half filled: empty it, or name a new one.",
    ),
    ErrorEntry(
        "restore-older-server", (3,),
        "The backup or the dump is of a newer major version of PostgreSQL than the server. Production's database is "
        "not touched.",
        "Restore a backup into a server of its own major version or a newer one: `./scripts/deploy.sh restore NAME "
        "--to-url URL`. A dump of another tool is always restored into production's server first, so upgrade that "
        "server, or take a dump from a server that is not newer.",
    ),
    ErrorEntry(
        "restore-roles-missing", (3,),
        "Roles that the server had when the backup was made do not exist on the server now, so owners and rights "
        "cannot be restored whole. Nothing was changed.",
        "Create the roles; `globals.sql` in the backup's directory says how. Or add `--no-owner`: everything then "
        "belongs to the deploying role, and no rights are restored.",
    ),
    ErrorEntry(
        "restore-target-not-empty", (3,),
        "The database that `--to-url` names already holds tables or other objects. Nothing was changed.",
        "Name a database that does not exist with `--to-url`; the restore makes it. Or empty the one that is there.",
    ),
    ErrorEntry(
        "sessions-remain", (1, 4),
        "A database must be free of sessions before it is renamed or removed, and some of them do not end although "
        "the server was asked to end them.",
        "Find them with `SELECT * FROM pg_stat_activity`, and end the programs that they belong to. Then run the "
        "same command again.",
    ),
)
