"""Errors of the connection, the locks, the schema, the revisions and the migrations."""

from __future__ import annotations

from deploy.model.error_register.entry import ErrorEntry

TITLE = "Database, schema and migrations"
ENTRIES = (
    ErrorEntry(
        "autogenerate-in-production", (3,),
        "The migration service of the compose file has a command that writes a new revision. A deployment only applies "
        "revisions that are in the image. Nothing was changed.",
        'Set the command of the migration service to `["alembic", "upgrade", "${MIGRATION_TARGET:-head}"]`. Write new '
        "revisions in development, for example with `./scripts/sync_db.py`, and build them into the image.",
    ),
    ErrorEntry(
        "bad-database-url", (2,),
        "The URL of a database cannot be read: it does not begin with `postgresql://`, or its host, its port or the "
        "name of the database is missing or not valid. The URL comes from DATABASE_URL, DEPLOY_DATABASE_URL or from a "
        "flag such as `--server` or `--to-url`. The error never shows the URL.",
        "Write the URL as `postgresql://user:password@host:port/database`, in `.env` or in the flag. Write special "
        "characters of the password in their percent form, for example `%40` for `@`. For a socket, leave the host out "
        "and add `?host=/run/postgresql`.",
    ),
    ErrorEntry(
        "connection-is-pooled", (3,),
        "A transaction pooler answers in the place of PostgreSQL, or the migration service would go through one. Such "
        "a pooler gives each transaction another session of the server. Locks, time limits and settings of a session "
        "do not hold there, and a backup would change the session of the application's next query.",
        "Set DEPLOY_DATABASE_URL in `.env` to the URL of the server itself; the application keeps its pooled "
        "DATABASE_URL. If the error names the migration service, set MIGRATION_DATABASE_URL in `.env` to the URL of "
        "the server itself, or give the service that URL in a compose file of your own. A session pool is accepted.",
    ),
    ErrorEntry(
        "contract-never-watched", (3,),
        "The release that serves was never watched, and the settings say that releases are watched. Revisions that "
        "were postponed remove something, so they wait until a watch has passed. Nothing was changed.",
        "Watch the same image with `./scripts/deploy.sh --skip-migrate --health-check --watch --image ID`, then run "
        "`./scripts/deploy.sh contract` again. The error names the ID.",
    ),
    ErrorEntry(
        "contract-still-needed", (3,),
        "An older release that is kept as good was built before the revisions that are postponed. After these "
        "revisions, a rollback to it would not be possible. Nothing was changed.",
        "Wait until later releases have replaced the older one; DEPLOY_KEEP_RELEASES says how many are kept. If you "
        "do not need that rollback, use `./scripts/deploy.sh contract --give-up-rollback`.",
    ),
    ErrorEntry(
        "contract-watch-not-passed", (3,),
        "The last watch of the release that serves has not passed: it found a problem, could not tell whether the "
        "release is good, was interrupted, or another command ended it. Revisions that were postponed wait until a "
        "watch has passed. Nothing was changed.",
        "Deploy a repaired image with `./scripts/deploy.sh --auto-migrate --health-check --watch`. After its watch has "
        "passed, give `./scripts/deploy.sh contract` again.",
    ),
    ErrorEntry(
        "contract-watch-running", (3,),
        "The release that serves is still being watched. A contract never ends a watch; it must wait until the watch "
        "has passed. Nothing was changed.",
        "Wait for the end of the watch; `./scripts/deploy.sh status` shows it. If the process of the watch has died, "
        "`./scripts/deploy.sh resume` watches again. Then run `./scripts/deploy.sh contract` again.",
    ),
    ErrorEntry(
        "database-container-unreachable", (3,),
        "The host in DATABASE_URL is the name of a container, and this machine is not in the container's network: the "
        "Docker engine is rootless, runs in a virtual machine (Docker Desktop), or is on another machine. The "
        "container publishes no port either.",
        'Give the service of the database `ports: ["127.0.0.1:5432:5432"]` in the compose file, and start it again; '
        "only this machine can then use the port. Or set DEPLOY_DATABASE_URL in `.env` to the URL by which this "
        "machine reaches the database.",
    ),
    ErrorEntry(
        "database-in-several-containers", (3,),
        "The host in DATABASE_URL is the name of more than one running container, so it is not known which of them is "
        "the database. The error names them.",
        "End those that are not needed. If all are needed, set DEPLOY_DATABASE_URL in `.env` to the address of the "
        "right one, as this machine reaches it.",
    ),
    ErrorEntry(
        "database-is-standby", (3,),
        "The database server is a standby: it only reads and follows a primary. A migration cannot run there. Nothing "
        "was changed.",
        "Set DATABASE_URL, or DEPLOY_DATABASE_URL where you use it, to the primary, and run the command again.",
    ),
    ErrorEntry(
        "database-login-refused", (3,),
        "The database server answers and refuses the login: the password is wrong, the user does not exist, "
        "`pg_hba.conf` has no line for this user and this host, or the user lacks the right CONNECT on the database.",
        "Correct the user and the password in DATABASE_URL in `.env`, or in DEPLOY_DATABASE_URL where this host uses "
        "another URL. If both are right, ask the administrator of the server for the right to connect from here; for "
        "CONNECT the hint holds the statement.",
    ),
    ErrorEntry(
        "database-missing", (3,),
        "The server answers, and it has no database of this name. A restore reports this if it must use an existing "
        "database, because the role may not make one or `--in-place` was given.",
        "Correct the name in DATABASE_URL or DEPLOY_DATABASE_URL. If the database is new, create it first with "
        "`CREATE DATABASE`; an empty one is enough.",
    ),
    ErrorEntry(
        "database-not-marked", (3,),
        "A deployment ended well and could not write into the database which environment it is, because only the "
        "owner of the database may. `./scripts/sync_db.py` reads that mark, and then leaves the database alone. A "
        "deployment shows this as a warning; the deployment itself is done.",
        "Run this statement once, as the owner of the database: `ALTER DATABASE name SET surefoot.environment = "
        "'production'`, with your database and your environment.",
    ),
    ErrorEntry(
        "database-starting", (3,),
        "The database server answers, but it accepts no connections now, because it is starting, stopping or "
        "recovering. A deployment that is under way waits for it as long as DEPLOY_PATIENCE_SECONDS says.",
        "Wait a few seconds and run the command again. If the error stays, look at the log of the server.",
    ),
    ErrorEntry(
        "database-unreachable", (3,),
        "The tool cannot connect to the database, or the connection broke. A deployment that is under way waits for "
        "a database that does not answer as long as DEPLOY_PATIENCE_SECONDS says.",
        "Check whether the server is up and whether this host reaches it. If the host in the URL is a service of your "
        "compose file, its container must run: `docker compose up -d SERVICE`. The containers and this host may need "
        "different addresses: DATABASE_URL is for the containers, DEPLOY_DATABASE_URL for this host.",
    ),
    ErrorEntry(
        "deployment-locked", (5,),
        "Another command holds the lock of this project on this machine, or the lock of this database. It may be a "
        "deployment, a backup or a restore, also from another machine. The lock goes with the process that holds it, "
        "so there is no lock file to remove.",
        "Wait until the other command has ended, then run yours again; `./scripts/deploy.sh status` shows what is "
        "under way. A backup alone can wait by itself: `./scripts/deploy.sh --backup --wait 600`.",
    ),
    ErrorEntry(
        "downgrade-fails", (3,),
        "The downgrade was tried on a scratch server that has production's schema, or production's rows were asked, "
        "and it fails. In production it would fail in the same way. Nothing was changed.",
        "Repair the `downgrade()` of the revision that the error names, and build and deploy the image again. A "
        "restore of a backup brings the older schema too: `./scripts/deploy.sh backup list`. If it fails only "
        "because the tables of the scratch server are empty, DEPLOY_CHECK=parsed judges its text alone.",
    ),
    ErrorEntry(
        "downgrade-leaves-a-branch", (3,),
        "The database is on several branches of revisions, and Alembic downgrades only the branch of the target. The "
        "database would not be at the target alone, so the plan would not hold. Nothing was changed.",
        "Name a revision below which the branches are one, or `base`. A restore of a backup brings the older schema "
        "too: `./scripts/deploy.sh backup list`.",
    ),
    ErrorEntry(
        "downgrade-needs-rollback", (3,),
        "The running application belongs to another revision than the target of the downgrade. After the downgrade, "
        "it would run on a schema that it does not know. Nothing was changed.",
        "Go back to a release of that revision first: `./scripts/deploy.sh rollback --to RELEASE`, then run the "
        "downgrade again. If the older release cannot work with the present schema, `./scripts/deploy.sh rollback "
        "--to RELEASE --with-schema` takes both back. If no release has that revision, deploy a repaired image.",
    ),
    ErrorEntry(
        "migration-running", (5,),
        "A migration of this database is under way, started by hand or by another machine. A deployment or a backup "
        "cannot begin at the same time.",
        "Wait until the migration has ended, then run the command again; `docker ps` shows its container. A backup "
        "alone can wait by itself: `./scripts/deploy.sh --backup --wait 600`.",
    ),
    ErrorEntry(
        "migration-target-fixed", (3,),
        "A pending revision must be postponed, and the command of the migration service always upgrades to the "
        "newest revision. Nothing was changed.",
        "Let the command take its target from a variable, in the compose file: "
        '`command: ["alembic", "upgrade", "${MIGRATION_TARGET:-head}"]`.',
    ),
    ErrorEntry(
        "migration-without-label", (3,),
        "The migration service of the compose file has no label that names its deployment. Without it, a migration "
        "that outlives its deployment cannot be found again. Nothing was changed.",
        "Give the service `labels: {surefoot.deployment: \"${DEPLOYMENT_ID:-manual}\"}`.",
    ),
    ErrorEntry(
        "migration-without-profile", (3,),
        "The migration service of the compose file is not in the profile `migration`. A plain `docker compose up` "
        "would start it and migrate. Nothing was changed.",
        'Add `profiles: ["migration"]` to the migration service.',
    ),
    ErrorEntry(
        "migration-without-upgrade", (3,),
        "The command of the migration service does not run `alembic upgrade`. The tool migrates with that command and "
        "with nothing else. Nothing was changed.",
        'Set the command of the migration service to `["alembic", "upgrade", "${MIGRATION_TARGET:-head}"]`. If '
        "another service of yours migrates, name it in DEPLOY_MIGRATION_SERVICE.",
    ),
    ErrorEntry(
        "nothing-held-back", (3,),
        "No pending revision of the release that serves is of the contract phase, so a contract has nothing to run. "
        "Nothing was changed.",
        "`./scripts/deploy.sh status` lists what is postponed and what is pending. Revisions that are only pending "
        "are applied by a deployment: `./scripts/deploy.sh --auto-migrate`.",
    ),
    ErrorEntry(
        "nothing-to-downgrade", (3,),
        "The database is not above the named revision, or the older release already knows the present schema. No "
        "revision has to be taken back. Nothing was changed.",
        "`./scripts/deploy.sh status` shows the database's revision. To upgrade, deploy with `./scripts/deploy.sh "
        "--manual-migrate`. To go back to a release that knows the schema, use `./scripts/deploy.sh rollback --to "
        "RELEASE` without `--with-schema`.",
    ),
    ErrorEntry(
        "prepared-transactions", (3,),
        "The database holds prepared transactions (PREPARE TRANSACTION) that nobody has ended. PostgreSQL does not "
        "rename a database that holds one. With `--in-place`, such a transaction may hold locks on tables that the "
        "restore replaces, and the restore would wait for them without end. So a restore does not begin. Production is "
        "as it was.",
        "List them with `SELECT * FROM pg_prepared_xacts`. End each with `COMMIT PREPARED` or `ROLLBACK PREPARED`, "
        "after you have asked the program that made it. Then run the restore again.",
    ),
    ErrorEntry(
        "revision-not-known", (3,),
        "The tool cannot tell which revision the database has: more than one of Alembic's version tables may be this "
        "project's, the table is not on the role's search path, or its rows cannot be read. Nothing was changed.",
        "Set DEPLOY_VERSION_TABLE in `.env` to the table that the project's `env.py` uses, as `schema.table`. If the "
        "error says that the table cannot be read, give the role of the tool SELECT on it.",
    ),
    ErrorEntry(
        "schema-locked", (3,),
        "Another session holds a lock that keeps readers away from a table, so the schema could not be read within "
        "five seconds. The tool stopped waiting, so that no other session waits behind it.",
        "Wait until that session has ended; `./scripts/deploy.sh monitor` names it. Or end it with `SELECT "
        "pg_terminate_backend(pid)`. Then run the command again.",
    ),
    ErrorEntry(
        "schema-not-read", (3,),
        "`pg_dump --schema-only` could not read the schema: it failed, often because the role may not read a table, or "
        "it did not end within 60 seconds.",
        "Give the role the right to read every table: `GRANT pg_read_all_data TO role` (PostgreSQL 14 and later). If "
        "the time ran out, look with `./scripts/deploy.sh monitor` at what slows the server down, and run the "
        "command again.",
    ),
    ErrorEntry(
        "several-heads", (3,),
        "The revisions end in more than one head, or an older release has more than one revision. There is no single "
        "revision that the tool could use as its target.",
        'Join the heads in development with `alembic merge heads -m "merge"`, and build a new image. For a rollback '
        "with the schema, take one branch after the other back with `./scripts/deploy.sh downgrade REVISION`, or "
        "restore a backup.",
    ),
    ErrorEntry(
        "too-few-connections", (3,),
        "The database server has no connection left, or fewer than a second version of the application needs while "
        "both run. DEPLOY_APP_CONNECTIONS says how many one version may open.",
        "End idle sessions (`./scripts/deploy.sh monitor` lists them), make the pool of the application smaller, or "
        "raise `max_connections`. Set DEPLOY_APP_CONNECTIONS in `.env` to what one version really opens.",
    ),
    ErrorEntry(
        "unknown-revision", (3,),
        "The database, or the command, names a revision that the image or the project does not have, or the beginning "
        "of an id that fits several revisions. Often an older branch was built, or a revision was never committed.",
        "`./scripts/deploy.sh status` names the revision of the database, `alembic history` those of the project. "
        "Deploy an image that has the revision, or write the whole id. A development database can be recreated with "
        "`./scripts/sync_db.py --force-recreate`, which removes its rows.",
    ),
)
