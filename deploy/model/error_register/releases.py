"""Errors of a release that is migrated, started, switched, checked, watched or undone, and of the ledger."""

from __future__ import annotations

from deploy.model.error_register.entry import ErrorEntry

TITLE = "Releases, the edge and the ledger"
ENTRIES = (
    ErrorEntry(
        "compose-up-failed", (1, 4),
        "`docker compose` cannot start a container of the application, the edge or the migration. The deployment "
        "undoes what it can; a migration that was committed before stays.",
        "Read the words of Compose in the error, and the log with `docker compose -f docker-compose.prod.yml logs "
        "SERVICE`. Repair the image or the compose file (a port that is taken, a missing volume or network), then "
        "deploy again.",
    ),
    ErrorEntry(
        "container-goes-on", (1, 3, 4),
        "The tool wanted to stop the container of the data checks early, and the Docker engine did not remove it. It "
        "may still run, with a connection to the database; it only reads. `verify` ends with 3, and a deployment "
        "undoes what it can.",
        "Remove the container with `docker rm --force NAME`; the error has its name. Check the engine with "
        "`docker info` where that does not end.",
    ),
    ErrorEntry(
        "data-check-failed", (1, 4),
        "After the migration, one of the project's own data checks does not hold. The switch to the new release does "
        "not happen, and the old one goes on serving; the migration is committed and stays.",
        "Look at the data with `./scripts/deploy.sh verify`. Repair the migration or the check and deploy again, or "
        "run the command that the last line of the output names.",
    ),
    ErrorEntry(
        "data-checks-not-run", (1, 3, 4),
        "The data checks in Python gave no answer: their container has no usable Python, no driver or no connection "
        "to the database. That says nothing about the data. `verify` ends with 3; a deployment undoes what it can, "
        "and a migration that was committed before stays.",
        "Give the image Python with `asyncpg` or `psycopg`, and the application's service a DATABASE_URL in its "
        "environment. Or write the check in SQL, which needs neither. Try it with `./scripts/deploy.sh verify`.",
    ),
    ErrorEntry(
        "data-checks-timeout", (1, 3, 4),
        "The data checks in Python took longer together than DEPLOY_VERIFY_TIMEOUT_SECONDS; their container is "
        "stopped and removed. `verify` ends with 3; a deployment undoes what it can, and a migration that was "
        "committed before stays.",
        "Make the queries of the checks quicker, or raise DEPLOY_VERIFY_TIMEOUT_SECONDS. Try it with "
        "`./scripts/deploy.sh verify`.",
    ),
    ErrorEntry(
        "downgrade-failed", (1, 4),
        "The container that runs `alembic downgrade` failed, or the database is not at the target revision. "
        "Revisions that were downgraded before the failure may stay so: the output says what differs in revision and "
        "schema.",
        "Read the log with `docker logs`, whose container the hint names, and repair the `downgrade()` of the "
        "revision. If the output has a `next:` line, run that command first.",
    ),
    ErrorEntry(
        "edge-check-failed", (1, 4),
        "The edge's own check of an application container does not pass in time, so the edge sends it no requests. A "
        "deployment then lets the old release serve again. At the end of a restore or a downgrade the maintenance "
        "page is still on.",
        "Compare `option httpchk` in `edge/haproxy.cfg` and the port of its servers with the path and the port on "
        "which the application answers 200. Look at `./scripts/deploy.sh status` and at `docker compose -f "
        "docker-compose.prod.yml logs edge`.",
    ),
    ErrorEntry(
        "edge-files-not-written", (1, 4),
        "`maintenance on` or `maintenance off` cannot write `flags.map` or `maintenance-allow.lst` in `edge/`, which "
        "the edge reads when it starts. The page and the files may now differ: a restart of the edge can bring back "
        "another state than the one that users see.",
        "Give the user of this command the right to write into `edge/`, check the disk with `df -h`, and run the same "
        "command again. `./scripts/deploy.sh maintenance status` says whether the page is on.",
    ),
    ErrorEntry(
        "edge-not-reloaded", (1, 4),
        "The edge was told to read its new configuration, with the routes of the compose file, and did not take it in "
        "time. The process of before goes on serving, and the file of before is back; the deployment takes back what "
        "it did.",
        "Read the edge's log, which names the line that it refuses. Repair the label `surefoot.route` that the line "
        "comes from, and deploy again. If the machine was only busy, deploy again.",
    ),
    ErrorEntry(
        "edge-refused", (1, 4),
        "The edge answers, and refuses a command of the tool or lacks a part of the configuration that the tool "
        "needs, such as the backend `app`. A deployment in which this happens undoes what it can.",
        "Bring `edge/haproxy.cfg`, `edge/flags.map` and `edge/maintenance-allow.lst` to the form that `init` writes, "
        "which belongs together. Restart the edge at a quiet time with `docker compose -f docker-compose.prod.yml "
        "restart edge`, and read its log with `docker compose -f docker-compose.prod.yml logs edge`.",
    ),
    ErrorEntry(
        "edge-unreachable", (1, 3, 4),
        "The edge does not answer on its admin socket in EDGE_RUN; mostly its container does not run. A deployment "
        "starts the edge and waits for it first, then undoes what it can. If `maintenance on` or `maintenance off` "
        "finds no edge at its beginning, it ends with 3 and changes nothing.",
        "Look at `docker compose -f docker-compose.prod.yml ps edge` and its `logs`. A port EDGE_PORT that is taken "
        "and a mistake in `edge/haproxy.cfg` are the usual causes. Start it with `docker compose -f "
        "docker-compose.prod.yml up -d edge`.",
    ),
    ErrorEntry(
        "health-check-failed", (1, 4),
        "After the switch, container, edge, database, schema and release header did not all agree within "
        "DEPLOY_HEALTH_TIMEOUT_SECONDS. The deployment undoes the switch to the new release; a migration that was "
        "committed before stays.",
        "Read in the error which of them did not agree, and ask again with `./scripts/deploy.sh health`. Check "
        "DEPLOY_PUBLIC_URL, DEPLOY_HEALTH_PATH and DEPLOY_RELEASE_HEADER. For an application that needs longer, "
        "raise DEPLOY_HEALTH_TIMEOUT_SECONDS.",
    ),
    ErrorEntry(
        "health-path-refused", (1, 4),
        "Before the migration, the new release is tried without traffic, and it answers the health path with a "
        "redirect or a client error. That path cannot say whether the application serves. Nothing is migrated, and the "
        "old release goes on serving.",
        "Name the application's own health path, which needs no login and redirects nowhere: in DEPLOY_HEALTH_PATH "
        "for the tool, and in `option httpchk` of `edge/haproxy.cfg` for the edge. Then deploy again.",
    ),
    ErrorEntry(
        "hand-migration-failed", (3,),
        "The last migration that was run by hand in this image failed, and its revisions are still pending. Nothing "
        "was changed by this command.",
        "Read the log of that migration, repair the revision, and run the migration again with the command that the "
        "message names. To deploy anyway, with revisions pending, remove its container first.",
    ),
    ErrorEntry(
        "hand-migration-of-another-image", (3,),
        "The last migration that was run by hand used another image than the one that you want to deploy, so "
        "revisions of the new image are not applied. Nothing was changed by this command.",
        "Run the migration of the new image with the command that the message names, then deploy again. To deploy "
        "anyway, with revisions pending, remove the container of the old migration first.",
    ),
    ErrorEntry(
        "job-failed", (1, 4),
        "A service with the role `once` did not end with exit code 0. It ran in the new image, after the migration and "
        "before the switch, so the old release serves. A migration that was committed before stays, and so does what "
        "the job wrote.",
        "Read its log: the last lines stand above the error, and the container is kept until the next deployment "
        "(`docker compose logs SERVICE`). Repair the job so that it can run again, and deploy again.",
    ),
    ErrorEntry(
        "ledger-lost", (1, 3, 4),
        "The ledger is not the one that this project was deployed with: it was deleted, replaced, or is empty although "
        "a numbered release runs.",
        "If the ledger was moved, put it back. If it is lost, `./scripts/deploy.sh recover` finds the releases again "
        "from the labels and tags of the engine.",
    ),
    ErrorEntry(
        "ledger-newer", (1, 3),
        "A newer version of the tool made or upgraded the ledger, and this version cannot read it. The ledger stays as "
        "it is. The migration check of an image ends with 1, because it has no answer.",
        "Use the newer version of the tool on this machine, the one that deployed last.",
    ),
    ErrorEntry(
        "ledger-unusable", (1, 3, 4),
        "The file of the ledger, `ledger.sqlite3` in the state directory, cannot be opened or read: it is damaged, "
        "the disk has an error, or the user has no right to it. A command that has not begun ends; a deployment that "
        "is under way undoes what it can.",
        "Run the command as the user who owns the state directory, and check the disk. If the file is damaged, put "
        "its last copy back; without a copy, move the file away and run `./scripts/deploy.sh recover`, which finds "
        "the releases again.",
    ),
    ErrorEntry(
        "ledger-write-failed", (1, 4),
        "The ledger cannot be written, mostly because its disk is full. A deployment that is under way undoes what "
        "it can, even without the ledger; one whose steps are all done may stay unfinished in the ledger.",
        "Make room on the disk (`df -h`). Then run `./scripts/deploy.sh status`: where a deployment is unfinished, "
        "`./scripts/deploy.sh resume` or `./scripts/deploy.sh abort` ends it.",
    ),
    ErrorEntry(
        "migration-blocked-others", (1, 4),
        "The migration kept other sessions waiting for longer than DEPLOY_MIGRATION_MAX_BLOCK_SECONDS, and was "
        "cancelled in each of its DEPLOY_MIGRATION_BLOCK_ATTEMPTS tries. Its open transaction is rolled back; "
        "revisions that were committed before stay, and the output says so.",
        "Deploy again when there is less traffic, or change the revision so that it blocks no other session: "
        "`./scripts/migration-check.sh` says which statement locks what. A higher DEPLOY_MIGRATION_MAX_BLOCK_SECONDS "
        "makes users wait longer.",
    ),
    ErrorEntry(
        "migration-container-missing", (1, 4),
        "Compose reports success, and there is no container of the migration service that has the label of this "
        "deployment, so the tool cannot follow it. A container without the label may still run the migration.",
        "Look with `docker ps` whether a container of the migration service runs, and let it end. Give the service the "
        "label `surefoot.deployment: ${DEPLOYMENT_ID:-manual}` in the compose file, as `docker-compose.prod.yml` has "
        "it. Then run `./scripts/deploy.sh status` and deploy again.",
    ),
    ErrorEntry(
        "migration-failed", (1, 4),
        "The container that runs `alembic upgrade` failed, or the database is not at the target revision. The old "
        "release goes on serving. Revisions that were committed before the failure stay: the output says what "
        "differs, after a look at revision, schema and rows.",
        "Read the log with `docker logs`, whose container the hint names, repair the revision, and deploy again. If "
        "the output has a `next:` line, run that command first. `./scripts/deploy.sh leftovers` lists what a failed "
        "change of the schema left.",
    ),
    ErrorEntry(
        "migration-left-invalid-index", (1, 4),
        "The migration is committed, but it left an index that is not valid or a partition that is half detached. "
        "PostgreSQL keeps such objects and does not finish them. The new release is not switched to.",
        "Run `./scripts/deploy.sh leftovers --remove`, repair the revision so that it makes the object whole (a "
        "`CREATE INDEX CONCURRENTLY IF NOT EXISTS` passes over a broken index), and deploy again.",
    ),
    ErrorEntry(
        "migration-obstacle", (1, 4),
        "A long transaction, a dump or another session holds what the migration needs, and it is still there after "
        "DEPLOY_MIGRATION_OBSTACLE_WAIT_SECONDS. The migration is not begun, so that it does not make others wait "
        "behind it.",
        "Let the session end, or end it with `SELECT pg_terminate_backend(pid)`; the error describes it, and "
        "`./scripts/deploy.sh monitor` shows all. Then deploy again. A higher "
        "DEPLOY_MIGRATION_OBSTACLE_WAIT_SECONDS waits longer, and 0 does not look.",
    ),
    ErrorEntry(
        "plan-from-another-version", (3,),
        "The ledger holds a plan that another version of the tool made and that this version cannot read whole. This "
        "command neither continues nor undoes such a plan, and changes nothing.",
        "Use the version that began the deployment, for `./scripts/deploy.sh resume` or `./scripts/deploy.sh abort`. "
        'If that version is lost, `./scripts/deploy.sh abort --give-up --reason "TEXT"` ends the deployment in its '
        "present state and records what differs. A plan of a newer format can only be read by the newer version.",
    ),
    ErrorEntry(
        "release-header-differs", (1, 4),
        "Before the migration, the new release is tried without traffic, and it names another release than its own in "
        "the header of DEPLOY_RELEASE_HEADER. A health check could not tell old and new apart. Nothing is migrated, "
        "and the old release goes on serving.",
        "Let the application send the value of its variable RELEASE, as it is when the process starts, and not a "
        "value from the build. If the application has no such header, set `DEPLOY_RELEASE_HEADER=` (empty).",
    ),
    ErrorEntry(
        "release-header-missing", (1, 4),
        "Before the migration, the new release is tried without traffic, and its answer to the health path has no "
        "header of the name in DEPLOY_RELEASE_HEADER. A health check could not tell old and new apart. Nothing is "
        "migrated, and the old release goes on serving.",
        "Let the application send its variable RELEASE in that header, or set `DEPLOY_RELEASE_HEADER=` (empty) where "
        "it has none.",
    ),
    ErrorEntry(
        "release-not-as-planned", (1, 4),
        "After the switch, the tool reads back what runs, and the images, the number of containers or the database's "
        "revision are not those of the plan. Most often somebody else, or another tool, changed them during the "
        "deployment. The deployment undoes what it can.",
        "Look at `./scripts/deploy.sh status`, and find out who else starts containers or migrates. Then deploy "
        "again.",
    ),
    ErrorEntry(
        "release-not-healthy", (1, 4),
        "A container of the new release does not come up: it ends, its health check fails, or it is not healthy "
        "within DEPLOY_START_TIMEOUT_SECONDS. If it was only tried before the migration, nothing is migrated. If it "
        "was started for the switch, the deployment lets the old release serve, and a migration that was committed "
        "before stays.",
        "Read the last lines of its log, which are above the error, repair the image or its settings, and deploy "
        "again. For a slow start raise DEPLOY_START_TIMEOUT_SECONDS and the `start_period` of the health check in "
        "the compose file. An application that must not start on the older schema needs `DEPLOY_TRY_RELEASE=0`.",
    ),
    ErrorEntry(
        "release-runs-otherwise", (3,),
        "`rollback --with-todays-configuration` goes to a release as whose part a service runs already, with another "
        "part of the compose file than today's. The service would be left as it is, so nothing was changed.",
        "The error's hint is the command that makes a new release of the same images with today's file.",
    ),
    ErrorEntry(
        "release-turned-unhealthy", (1, 4),
        "The new release was healthy, but stopped accepting requests when it got the traffic of the old one. The old "
        "containers get the requests again, and the deployment removes the new release; a migration that was "
        "committed before stays.",
        "Look for what runs out under real traffic, such as memory (APP_MEMORY) or the pool of connections, or for a "
        "health check that is too strict under load. The containers of the new release are removed, so read its log "
        "where your logs are collected. Repair the image and deploy again.",
    ),
    ErrorEntry(
        "undo-resumed", (1, 4),
        "The deployment had already failed, and its process ended during the undo. `resume` continues the undo, and "
        "never continues the deployment itself.",
        "Look at `./scripts/deploy.sh history` for why the deployment failed, repair that, and deploy again. If not "
        "everything was undone, run the command of the `next:` line.",
    ),
    ErrorEntry(
        "watch-breached", (1, 4),
        "The watch after the switch confirmed that the new release is worse than its limits allow. If the release "
        "before is known to work with the schema, it comes back by itself. Otherwise the new release goes on "
        "serving, is not called good, and a person decides.",
        "Read what the watch found, and compare with `./scripts/deploy.sh monitor`. Repair it and deploy again. If "
        "the new release goes on serving after a migration, `./scripts/deploy.sh rollback --with-schema` goes back "
        "together with the schema. `docs/commands/watch.md` lists the limits.",
    ),
    ErrorEntry(
        "watch-ended", (0, 1, 4, 130),
        "Another command took over the deployment while its release was watched, so this watch ends and undoes "
        "nothing. It ends with the exit code that the other command recorded for the deployment, or with 0 while "
        "that command still runs.",
        "Look at `./scripts/deploy.sh history` for what the other command did. A release whose watch ended early is "
        "never chosen by a rollback.",
    ),
)
