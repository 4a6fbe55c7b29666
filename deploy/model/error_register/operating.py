"""Errors of the work around a deployment: the compose file, releases to go back to, records, environments."""

from __future__ import annotations

from deploy.model.error_register.entry import ErrorEntry

TITLE = "Operating"
ENTRIES = (
    ErrorEntry(
        "accessory-not-ready", (1, 4),
        "A service that is no part of a release (a cache, a database, a page of another image) was started, and it "
        "ended, crashes again and again, became unhealthy, or was not ready within DEPLOY_START_TIMEOUT_SECONDS. A "
        "deployment undoes what it did; the service's container stays, so that its log can be read. `accessories up` "
        "and the start of a database before a deployment end with 4 if the container is not as it was.",
        "Read the last lines of its log, which stand above the error, and repair the service in the compose file or "
        "in `.env`. `./scripts/deploy.sh accessories up NAME` applies the change; then deploy again.",
    ),
    ErrorEntry(
        "accessory-unknown", (2,),
        "`accessories up` names a service that the compose file has not, or that belongs to the release. Nothing was "
        "changed.",
        "`./scripts/deploy.sh accessories` lists the services that it can start. What belongs to the release is moved "
        "by a deployment.",
    ),
    ErrorEntry(
        "bad-network", (2,),
        "`--allow` of `maintenance on` takes an address or a network, and the text is neither. The maintenance page "
        "is as it was.",
        "Write an address such as `203.0.113.7` or a network such as `10.0.0.0/8`, and repeat `--allow` for each.",
    ),
    ErrorEntry(
        "bad-passed-file", (2,),
        "The file that `promote --passed` names cannot be read, or was not written by `promote --save`. Nothing was "
        "deployed.",
        "Write it on the machine of staging with `./scripts/deploy.sh promote --save FILE`, copy it here, and name it "
        "with `--passed FILE`.",
    ),
    ErrorEntry(
        "being-watched", (3,),
        "A release is being watched after its deployment, and a backup alone would end that watch. Nothing was "
        "changed.",
        "Wait for the end of the watch; `./scripts/deploy.sh status` shows it. Then run the backup again.",
    ),
    ErrorEntry(
        "container-took-no-signal", (1, 4),
        "The Docker engine could not send a signal to a container that a step needs, usually the edge, because it does "
        "not run any more. The deployment takes back what it did.",
        "Look at the container with `docker ps -a` and at its log, start it again, and deploy again.",
    ),
    ErrorEntry(
        "depends-on-completion", (3,),
        "In the compose file, the application waits until another service has completed. Compose would stop the old "
        "application before that service, often a migration, has run. Nothing was changed.",
        "Remove that `depends_on` with `service_completed_successfully` from the service of the application. The "
        "deployment runs the migration itself, before it switches.",
    ),
    ErrorEntry(
        "edge-apart", (3,),
        "The edge and the application have no network of the compose file in common. The edge finds the containers of "
        "the application by the name of the service, and cannot do so here. Nothing was changed.",
        "Put both services into one network with `networks`. If the edge has `network_mode`, remove it and publish "
        "the port of the edge with `ports`.",
    ),
    ErrorEntry(
        "healthcheck-missing", (3,),
        "The service of the application has no health check in the compose file, or the check is disabled. A container "
        "that only runs would count as ready. Nothing was changed.",
        "Add a `healthcheck` to the service that succeeds only when the application can serve requests.",
    ),
    ErrorEntry(
        "init-missing", (3,),
        "The service of the application has no `init: true` in the compose file. Its first process may ignore the "
        "signal to stop, and requests in flight would be cut. Nothing was changed.",
        "Add `init: true` to the service of the application.",
    ),
    ErrorEntry(
        "ledger-inconsistent", (4,),
        "The ledger no longer has a deployment that it had when this command began. Somebody replaced or changed the "
        "file while the command ran, so the file cannot say what was done.",
        "Look at `./scripts/deploy.sh history` and `./scripts/deploy.sh status`. If the right file was moved, put it "
        "back; if it is lost, `./scripts/deploy.sh recover` finds the releases again.",
    ),
    ErrorEntry(
        "leftover-not-removed", (1, 4),
        "The server refused to remove an invalid index or to finish the detachment of a partition, or a lock was not "
        "given within 60 seconds. What was removed before it stays removed. The command touches no table, column or "
        "row.",
        "Let long transactions end; `./scripts/deploy.sh monitor` names them. Then run `./scripts/deploy.sh "
        "leftovers --remove` again. If the role may not do it, let the owner run the printed statement.",
    ),
    ErrorEntry(
        "no-copy-target", (2,),
        "A backup should be sent off the machine, and no target is set and none was named. Nothing was sent.",
        "Set DEPLOY_BACKUP_COPY_TO in `.env`, or name a target: `./scripts/deploy.sh backup push --to "
        "s3://bucket/prefix`.",
    ),
    ErrorEntry(
        "no-deployment", (2, 3),
        "The ledger holds no deployment yet, or none with the number that you named.",
        "List the deployments with `./scripts/deploy.sh history`, and name one of them. Before the first deployment, "
        "only the answers of `./scripts/deploy.sh checklist before` can be kept. With `--env NAME`, the history and "
        "the reports are those of that environment.",
    ),
    ErrorEntry(
        "no-release-for-backup", (3,),
        "No kept release knows exactly the revision that the backup holds, or the release that `--release` names "
        "does not. After the restore, no release could serve the data. Production is as it was.",
        "Name a release that fits with `--release RELEASE`, where the hint names one. Or choose another backup from "
        "`./scripts/deploy.sh backup list`. `./scripts/deploy.sh restore BACKUP --keep-down` brings the data back "
        "without an application, and `--to-url URL` restores into another database.",
    ),
    ErrorEntry(
        "no-rollback-target", (3,),
        "There is no kept good release to go back to, the named one is not kept as good, or it is the one that runs. "
        "Nothing was changed.",
        "`./scripts/deploy.sh history` and the hint name the kept good releases; choose one with "
        "`./scripts/deploy.sh rollback --to RELEASE`. If there is none, deploy a repaired image.",
    ),
    ErrorEntry(
        "no-such-old-database", (3,),
        "The name is not that of an old database that a restore kept. No database was removed.",
        "`./scripts/deploy.sh status` names the old databases that are kept. Give one of these names to "
        "`./scripts/deploy.sh restore discard NAME`.",
    ),
    ErrorEntry(
        "no-such-table", (3,),
        "`restore --tables` names a table that is not in the backup. No table was restored.",
        "Choose from the tables that the hint lists, and write the schema where it is not `public`, as "
        "`schema.table`. Of a partitioned table, name the partitions.",
    ),
    ErrorEntry(
        "not-passed-in-staging", (3,),
        "DEPLOY_REQUIRE_STAGING is set, and this image did not pass in staging. Nothing was changed.",
        "Deploy the image in staging with `./scripts/deploy.sh --env staging --auto-migrate --health-check`, then "
        "`./scripts/deploy.sh promote --auto-migrate --health-check`. If staging is another machine, bring its file "
        "with `promote --passed FILE`. In an emergency, give the command with `DEPLOY_REQUIRE_STAGING=0` before it.",
    ),
    ErrorEntry(
        "nothing-passed", (3,),
        "The other environment has no release to take: no release runs there, the named one does not exist, it is "
        "not good, or its deployment did not end well. Nothing was changed.",
        "Deploy there first: `./scripts/deploy.sh --env staging --auto-migrate --health-check`. "
        "`./scripts/deploy.sh --env staging history` shows what passed; choose an older release with `promote "
        "--release RELEASE`, or another environment with `--from NAME`.",
    ),
    ErrorEntry(
        "nothing-runs", (3,),
        "The command needs a release that serves, and there is none, or its image is not on this machine. Nothing was "
        "changed.",
        "`./scripts/deploy.sh status` says what runs. The data checks can use the Python of any image here: "
        "`./scripts/deploy.sh verify --image REF`. A contract needs a release that serves, so deploy one first; "
        "where the error names its image, bring that back as the hint says.",
    ),
    ErrorEntry(
        "nothing-to-recover", (3,),
        "`recover` has nothing to write: the ledger already knows every release that containers and tags name, or "
        "this machine has no release of the project. The ledger is as it was.",
        "Look at `./scripts/deploy.sh status`. If no release was found, check whether this is the right machine and "
        "directory, and whether PROJECT and IMAGE_REPOSITORY (or GITHUB_REPOSITORY) are set as before. On a new "
        "machine there is nothing to find: make a first deployment there.",
    ),
    ErrorEntry(
        "nothing-unfinished", (3,),
        "`resume` and `abort` work on an unfinished deployment, and the ledger holds none. Nothing was changed.",
        "`./scripts/deploy.sh status` shows the present state, and `./scripts/deploy.sh history` shows how the last "
        "deployment ended. To go back after a deployment that ended well, use `./scripts/deploy.sh rollback`.",
    ),
    ErrorEntry(
        "outside-deploy-window", (3,),
        "DEPLOY_WINDOWS or DEPLOY_FREEZE says that no deployment begins now. Nothing was changed. A rollback, a "
        "backup alone, `resume`, `abort` and `--plan` work at any time.",
        "Wait for the next opening, which the hint names. If a deployment cannot wait, use `--override-window "
        "--reason TEXT`; the reason is recorded. A contract has no such flag and must wait.",
    ),
    ErrorEntry(
        "passed-not-written", (2,),
        "The file that says what passed in staging could not be written: the one that `promote --save` names, or the "
        "copy that `promote --passed` keeps in the state directory. Nothing was deployed.",
        "With `--save`, name a file in a directory that you may write. With `--passed`, make DEPLOY_STATE_DIRECTORY "
        "(`.deploy`) writable, and make room on the disk.",
    ),
    ErrorEntry(
        "passed-without-digest", (3,),
        "The image that passed has no digest of a registry. Another machine could not fetch exactly this image. "
        "Nothing was deployed.",
        "Push the image to the registry, deploy that reference in staging, and save again with `./scripts/deploy.sh "
        "promote --save FILE`. If staging and production are one machine, no file is needed: `./scripts/deploy.sh "
        "promote --auto-migrate --health-check`.",
    ),
    ErrorEntry(
        "password-in-arguments", (2,),
        "The URL of `--to-url` holds a password. Every user of the machine can read it in the list of processes. "
        "Nothing was restored.",
        "Leave the password out of the URL, and put it into the environment variable PGPASSWORD. Change the password "
        "where others use this machine.",
    ),
    ErrorEntry(
        "podman-refused", (3,),
        "Podman answers instead of the Docker engine. Its Compose reports success for a migration that failed, so "
        "the tool does not use it. Nothing was changed.",
        "Install Docker Engine with Compose v2, and see that DOCKER_HOST, where it is set, names the socket of Docker.",
    ),
    ErrorEntry(
        "release-image-gone", (1, 3, 4),
        "The image of a release that should serve again is not on this machine and cannot be pulled by a digest. A "
        "rollback is refused before it changes anything. In a deployment, or when a deployment is undone, that "
        "release cannot be started.",
        "For a rollback, choose another release: `./scripts/deploy.sh history` lists them, `./scripts/deploy.sh "
        "rollback --to RELEASE` takes one. Or bring the image back under its own id with `docker load`, and run the "
        "command again. If a deployment is unfinished and the image is lost, `./scripts/deploy.sh abort --give-up "
        "--reason TEXT` ends it.",
    ),
    ErrorEntry(
        "release-was-left", (3,),
        "The registry's `latest` is still an image that production left by a rollback, by an older image or because "
        "of its watch. A deployment does not bring it back by itself. What runs was not changed.",
        "Push a repaired image and deploy again. To deploy this image anyway, name it with `--image ID`, or use "
        "`--pull`; the release is then no longer recorded as left.",
    ),
    ErrorEntry(
        "replicas-differ", (3,),
        "The compose file says another number of containers of the application than DEPLOY_REPLICAS, or it has a "
        "`deploy.mode` that does not number them. Nothing was changed.",
        "Set DEPLOY_REPLICAS in `.env` to the number that you want (1 or 2), and give `deploy.replicas` or `scale` in "
        "the compose file the same value, or remove it. Remove a `deploy.mode` other than `replicated`.",
    ),
    ErrorEntry(
        "report-not-written", (2,),
        "A page of a deployment, or the index of the deployments, could not be written. Older pages stay as they were.",
        "Name a file in a directory that you may write: `./scripts/deploy.sh report --output FILE`, or "
        "`./scripts/deploy.sh history --html FILE`. Without `--output` a report goes into the state directory, which "
        "must be writable.",
    ),
    ErrorEntry(
        "rollback-blocked-by-schema", (3,),
        "A revision since the older release removes something, or could not be judged. The older release may not be "
        "able to work with the present schema. Nothing was changed.",
        "If you can, deploy an image in which the error is corrected. To go back with the schema as well, use "
        "`./scripts/deploy.sh rollback --to RELEASE --with-schema`. A restore of a backup goes back too, and loses "
        "everything that was written since: `./scripts/deploy.sh backup list`.",
    ),
    ErrorEntry(
        "rollback-target-was-left", (3,),
        "Every kept good release before the one that runs is recorded as left: production left it once. A rollback "
        "does not choose such a release by itself. Nothing was changed.",
        "Read in the error why it was left. To use it anyway, name it: `./scripts/deploy.sh rollback --to RELEASE`. "
        "Otherwise deploy a repaired image.",
    ),
    ErrorEntry(
        "route-not-possible", (3,),
        "A label `surefoot.route` of the compose file cannot be followed: it is no path and no host, two services have "
        "the same, the service's port is not known, or an edge configuration of your own has no backend for the "
        "service. Nothing was changed.",
        "Write `/admin`, `admin.shop.example` or `shop.example/admin`, each for one service; give the service one port "
        "with `expose`. `docs/commands/deploy.md` has an example of a backend, for an `edge/haproxy.cfg` of your own.",
    ),
    ErrorEntry(
        "service-cannot-scale", (3,),
        "The service of the application has a key in the compose file that only one container can have, such as "
        "`container_name`, a fixed port or a fixed address, or it has a `network_mode` that hides it from the edge. "
        "Two versions cannot run side by side. Nothing was changed.",
        "Remove that key: Compose names the containers, and the edge publishes the port. If the key must stay, set "
        "DEPLOY_SWITCH=stop-first; then no release serves for a short time at each switch. A `network_mode` must be "
        "removed in either case.",
    ),
    ErrorEntry(
        "service-goes-on", (1, 4),
        "A worker or a scheduler was told to stop and still runs. The deployment does not go on beside it: it "
        "takes back what it did, or says what differs.",
        "Look why it is started again: another tool, a supervisor, a restart policy. Stop it with `docker stop NAME`, "
        "then deploy again.",
    ),
    ErrorEntry(
        "service-inside-application", (3,),
        "Another service of the compose file lives in the network, process or IPC space of the application's "
        "container. A switch removes that container, and the other service would end with it. Nothing was changed.",
        "Remove `network_mode`, `pid` or `ipc` with the value `service:…` from the other service. Or do its work "
        "inside the application's container.",
    ),
    ErrorEntry(
        "service-missing", (3,),
        "The compose file lacks one of the services that the tool needs: the application, the edge or the migration. "
        "Nothing was changed.",
        "Add the service to the compose file. If yours has another name, set DEPLOY_APP_SERVICE, DEPLOY_EDGE_SERVICE "
        "or DEPLOY_MIGRATION_SERVICE. If it is in another file, name all files in DEPLOY_COMPOSE_FILES.",
    ),
    ErrorEntry(
        "unfinished-deployment", (3,),
        "An earlier deployment was neither finished nor undone, most often because its process ended. The next "
        "deployment cannot begin before you finish or undo it. This command changed nothing in production.",
        "`./scripts/deploy.sh resume` continues it, and `./scripts/deploy.sh abort` undoes it. If neither can "
        "succeed, `./scripts/deploy.sh abort --give-up --reason TEXT` ends it in its present state.",
    ),
    ErrorEntry(
        "database-service-stopped", (3,),
        "Production's database is a service of the compose file, and it does not run. Only a deployment that is "
        "carried out starts it by itself; `--plan`, a check, a backup and every other command change nothing.",
        "Start it with `./scripts/deploy.sh accessories up NAME`, and give the same command again.",
    ),
    ErrorEntry(
        "image-not-built", (3,),
        "A service that is to be started has an image that only the compose file builds (`build:` without `image:`, "
        "or `pull_policy: build` or `never`), and it is not on this machine. Nothing was changed.",
        "Build it with the command of the hint, `docker compose build NAME`, and deploy again. With an `image:` of a "
        "registry in the compose file, a deployment pulls it.",
    ),
    ErrorEntry(
        "unknown-role", (3,),
        "A service of the compose file has a label `surefoot.role` with a value that is no role. Nothing was changed.",
        "Use `worker`, `singleton` or `accessory`. Without the label, the plan names the role that it infers, and why.",
    ),
    ErrorEntry(
        "older-code-runs", (3,),
        "A worker or a scheduler runs another image than the release that serves. A contract removes what older "
        "code may still need. Nothing was changed.",
        "Deploy the image of the release again: `./scripts/deploy.sh --skip-migrate --image IMAGE` brings every worker "
        "and scheduler to it. Then run `./scripts/deploy.sh contract` again.",
    ),
    ErrorEntry(
        "unknown-service", (3,),
        "DEPLOY_ROLES or DEPLOY_ROUTES names a service that the compose file does not have. Nothing was changed.",
        "Correct the name; the message lists the services of the file. A file that is not read yet is added with "
        "DEPLOY_COMPOSE_FILES.",
    ),
)
