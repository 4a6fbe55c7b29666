"""Errors of the settings, the command line, the engine and the images: what is met before something is changed."""

from __future__ import annotations

from deploy.model.error_register.entry import ErrorEntry

TITLE = "Settings, command line, engine and images"
ENTRIES = (
    ErrorEntry(
        "approval-needed", (3,),
        "A person must agree, or type the name of the database, and there is no terminal to ask on. Production is "
        "not changed, and `init` and `recover` write nothing.",
        "Read what the command shows, then run the command that the hint names. Every plan takes `--approve PLAN_ID`; "
        "`--yes` is enough where nothing is lost, `--confirm NAME` where the name must be typed. `recover` and `init` "
        "take `--yes`, `restore discard` takes `--confirm NAME`, `accessories up` takes either.",
    ),
    ErrorEntry(
        "bad-alembic-ini", (2,),
        "`init` found an `alembic.ini` that it cannot use: the file cannot be parsed, or no section of it has a "
        "`script_location`. `init` writes nothing.",
        "Repair the file, or name the right one with `--alembic-ini PATH`.",
    ),
    ErrorEntry(
        "bad-answer", (2,),
        "An `--answer` of `checklist` is not of the form `KEY=yes` or `KEY=no`, or it does not belong to a question "
        "for a person. The list is not kept.",
        "Run `./scripts/deploy.sh checklist before` (or `during`, or `after`) to see the questions. Answer as in "
        "`--answer people-told=yes:on the board`. A person cannot answer the questions that the machine answers.",
    ),
    ErrorEntry(
        "bad-dotenv", (2,),
        "The file of variables (`.env`, or `.env.NAME` with `--env NAME`) cannot be read, has a line that Docker "
        "Compose refuses too, or names with `$` a variable that is not set. The command ends before it looks at "
        "production.",
        "Repair the line that the error names. Put a value with spaces, `#` or `$` into single quotes, or write `$$` "
        "for one `$`. If the file cannot be opened, make it readable for the user who deploys.",
    ),
    ErrorEntry(
        "bad-environment", (2,),
        "The name of an environment, given by `--env` or by DEPLOY_ENV, has a form that the tool does not take. The "
        "command ends before it looks at production.",
        "Use lower case letters, digits and `-`, beginning with a letter, as in `./scripts/deploy.sh --env staging "
        "status`. For production leave the flag and the variable out.",
    ),
    ErrorEntry(
        "bad-release", (2,),
        "A flag that chooses a release has a value that is neither the number nor the name of a release. The command "
        "ends before it looks at production.",
        "Give a number or a name, such as `7` or `release-7`. `./scripts/deploy.sh history` lists the releases; for "
        "`promote --release` it is the history of the other environment: `./scripts/deploy.sh --env staging history`.",
    ),
    ErrorEntry(
        "bad-setting", (1, 2, 4),
        "A setting has a value that is not allowed, or both GITHUB_REPOSITORY and IMAGE_REPOSITORY are empty; one of "
        "them is needed. Most mistakes are refused before anything is looked at; a DEPLOY_PUBLIC_URL that is not a "
        "URL is found only when the URL is used, which may be in the middle of a deployment.",
        "Correct the setting that the error names in `.env`, in `deploy.toml` or in the environment. The environment "
        "overrides `.env`, and `.env` overrides `deploy.toml`. `docs/commands/deploy.md` lists the settings.",
    ),
    ErrorEntry(
        "bad-toml", (2,),
        "`deploy.toml` cannot be read, or is not valid TOML. The command ends before it looks at production.",
        'Repair the line that the error names. Write a text in double quotes, as in `project_name = "shop"`.',
    ),
    ErrorEntry(
        "compose-file-invalid", (2,),
        "`docker compose config` refuses the compose files of the project, or does not find one of them. The tool "
        "checks this before it changes anything in production.",
        "Run `docker compose -f docker-compose.prod.yml config` in the project's directory and repair what it names. "
        "If the files have other names, list them in DEPLOY_COMPOSE_FILES, with `:` between them.",
    ),
    ErrorEntry(
        "compose-missing", (3,),
        "The command `docker compose` is missing, or it is older than Compose v2. The command ends before it changes "
        "anything.",
        "Run `scripts/bootstrap.sh`, which installs Compose where it is missing, or install Docker's Compose plugin.",
    ),
    ErrorEntry(
        "app-port-unknown", (3,),
        "The project has no `edge/haproxy.cfg`, so the edge is the tool's own, and nothing says on which port the "
        "application listens in its container. The command ends before it changes anything.",
        "Set DEPLOY_APP_PORT to that port, in `.env` or as `app_port` in `deploy.toml`.",
    ),
    ErrorEntry(
        "edge-port-taken", (3,),
        "No edge runs yet, and another program listens on the port at which it is to listen (EDGE_BIND, EDGE_PORT). "
        "The command ends before it changes anything: found later, the edge would not start, after the migration. A "
        "port that the application's own container publishes is no such case: the deployment takes it over.",
        "Find the program with the command that the error names, and end it; or set another EDGE_PORT.",
    ),
    ErrorEntry(
        "application-migrates-itself", (3,),
        "The start command of the application (in the compose file, or the image's own) runs `alembic upgrade`. "
        "This deployment does not migrate, or postpones a revision, and the new container would do it all the same: "
        "without a check, a backup or limits. The command ends before it changes anything.",
        "Take the upgrade out of the start command: the deployment migrates in a container of its own, before it "
        "switches. Or deploy with `--auto-migrate` or `--manual-migrate`, so that nothing is pending when it starts.",
    ),
    ErrorEntry(
        "image-of-no-service", (2,),
        "`--image SERVICE=REF` names a service that has no image of its own in the release: it is not in the compose "
        "file, it is an accessory, or it runs the application's image. Nothing is changed.",
        "Name one of the services that the message lists. A service becomes one of the release by the label "
        "`surefoot.role: web` (or `worker`, `singleton`) in the compose file; the application's own image is given "
        "without a service's name, as in `--image REF`.",
    ),
    ErrorEntry(
        "nothing-to-build", (3,),
        "`--build` was given, and the application's service has no `build:` in the compose file. The command ends "
        "before it changes anything.",
        "Name an image with `--image`, or give the service a `build:`.",
    ),
    ErrorEntry(
        "build-failed", (3,),
        "`docker compose build` failed for the application's service. Nothing of production was changed.",
        "Run the command that the error names, and repair what it says.",
    ),
    ErrorEntry(
        "compose-too-old", (3,),
        "The compose file lacks something that a deployment needs (it names a container, publishes the application's "
        "port, or has no edge), and this Compose is too old to lay that over the file. The command ends before it "
        "changes anything.",
        "Install Compose 2.24.4 or newer (`scripts/bootstrap.sh` installs one where none is), or write what the error "
        "names into the compose file.",
    ),
    ErrorEntry(
        "data-check-unreadable", (1, 2, 4),
        "A file in the directory of the data checks (DEPLOY_VERIFY_DIRECTORY) cannot be opened, or is not UTF-8 "
        "text. A deployment reads these files before it changes anything, and again when it runs them.",
        "Make the file readable for the user who deploys, save it as UTF-8, or move it out of the directory. "
        "`./scripts/deploy.sh verify` reads all of them and changes nothing.",
    ),
    ErrorEntry(
        "deployed-from-elsewhere", (3,),
        "Another directory on this machine deploys the same compose project: it has the ledger or the edge's socket. "
        "The command ends before it changes anything, because two ledgers of one project contradict each other.",
        "Run the command in the directory that the error names. To move a project on purpose, follow "
        "`docs/commands/recover.md`. For a second, separate copy set another PROJECT. For temporary checkouts, give "
        "all of them the same absolute DEPLOY_STATE_DIRECTORY and EDGE_RUN.",
    ),
    ErrorEntry(
        "disk-full", (1, 3, 4),
        "The disk where the Docker engine keeps images and containers has no room left. If this happens during a "
        "pull before a deployment, production is not changed; a deployment in which it happens during a step undoes "
        "what it can.",
        "Look at `docker system df` and `df -h`, remove what is not needed, and run the command again. The images "
        "tagged `:backup` and `:release-N` are needed for a rollback: keep them. With a smaller "
        "DEPLOY_KEEP_RELEASES, fewer are kept.",
    ),
    ErrorEntry(
        "disk-too-full", (3,),
        "A disk has less free room than the command will write, together with the reserve of "
        "DEPLOY_RESERVE_DISK_BYTES. Production is not changed.",
        "Make room on the disk of the path that the error names: `./scripts/deploy.sh backup prune` removes backups "
        "that need not be kept any longer, and `docker system df` shows how much room images use. If you know that "
        "it fits, lower DEPLOY_RESERVE_DISK_BYTES.",
    ),
    ErrorEntry(
        "edge-elsewhere", (3,),
        "The edge's container has its socket in another directory than EDGE_RUN, mostly because the project's "
        "directory was moved or EDGE_RUN was changed while the edge ran. The command ends before it changes "
        "anything.",
        "Recreate the edge from this directory: `docker compose -f docker-compose.prod.yml up -d --no-deps "
        "--force-recreate edge`. Users are not served for about a second. Or set EDGE_RUN to its old value.",
    ),
    ErrorEntry(
        "edge-socket-not-usable", (3,),
        "The edge cannot make its socket in the directory EDGE_RUN, or the user of this command may not use that "
        "socket. The command ends before it changes anything in production.",
        "Run the command as the user who deployed before. To change the user, do it once: `sudo chown -R` the "
        "directory to that user, set EDGE_USER to the same user and group in `.env`, and recreate a running edge "
        "with `docker compose -f docker-compose.prod.yml up -d --no-deps --force-recreate edge`.",
    ),
    ErrorEntry(
        "engine-not-permitted", (1, 3),
        "A Docker engine is there, and the user of this command has no right to use it. The command cannot look at "
        "production. The migration check of an image ends with 1, because it has no answer.",
        "Add the user to the group `docker` with `sudo usermod -aG docker USER` and log in again, or run the command "
        "with `sudo`.",
    ),
    ErrorEntry(
        "engine-refused", (1, 4),
        "The Docker engine answers, but refuses a request with an error. A deployment in which this happens during a "
        "step undoes what it can.",
        "Read the engine's own words in the error, then `docker info` and the log of the Docker daemon. Repair that, "
        "look at `./scripts/deploy.sh status`, and run the command again.",
    ),
    ErrorEntry(
        "engine-unreachable", (1, 3, 4),
        "No Docker engine answers, on the address of DOCKER_HOST or on the local socket. A command that has not "
        "begun ends, and the migration check of an image ends with 1. A deployment that is under way waits "
        "DEPLOY_PATIENCE_SECONDS for the engine, then undoes what it can.",
        "Start the engine with `systemctl start docker`, or install one with `scripts/bootstrap.sh`. If a deployment "
        "was under way, run `./scripts/deploy.sh status`, then `./scripts/deploy.sh abort` if it is unfinished.",
    ),
    ErrorEntry(
        "environment-not-separate", (2,),
        "A named environment has the same database, compose project, state directory, edge socket or port as "
        "production. The command is refused before it looks at anything, because it would act on production.",
        "Set the variable that the error names to another value in `.env.NAME`, and remove it from the environment "
        "of the shell, which overrides the file.",
    ),
    ErrorEntry(
        "environment-unknown", (2,),
        "A command names an environment (by `--env`, by DEPLOY_ENV, or by `promote --from`) that has no file "
        "`.env.NAME` in the project's directory. The command ends before it looks at production.",
        "Copy `.env.example` to `.env.NAME`, give it mode 600, and set its own DATABASE_URL and EDGE_PORT. If "
        "staging is another machine, run `./scripts/deploy.sh promote --save FILE` there, and `./scripts/deploy.sh "
        "promote --passed FILE` with a mode here.",
    ),
    ErrorEntry(
        "health-check-impossible", (1, 3, 4),
        "The health check of the compose file calls a program that the new image does not have, so no container of it "
        "can ever become healthy. The deployment finds this before the migration: nothing is migrated, and the old "
        "release goes on serving.",
        "Change `healthcheck` in the compose file so that it calls what the image has (`python`, or the application's "
        "own program), or install the program in the image. Then deploy again.",
    ),
    ErrorEntry(
        "image-denied", (1, 3),
        "The registry does not let this machine pull the image, because nobody is logged in or the account has no "
        "right to it. Production is not changed. The migration check of an image ends with 1, because it has no "
        "answer.",
        "Log in with `docker login REGISTRY`, as the user who deploys, and check that the account may read the image. "
        "A name that is misspelled looks the same at some registries. An image that is already on this machine is "
        "deployed with `--image` and its `sha256:` id.",
    ),
    ErrorEntry(
        "image-not-found", (1, 3),
        "The registry, or for `verify` this machine, has no image of this name. Production is not changed. The "
        "migration check of an image ends with 1, because it has no answer.",
        "Check the name and the tag (`--image`, IMAGE_REPOSITORY, GITHUB_REPOSITORY) and whether the pipeline has "
        "pushed it. Some registries say this of a private image, too: then `docker login REGISTRY`. For `verify`, "
        "pull the image first with `docker pull`.",
    ),
    ErrorEntry(
        "init-bad-name", (2,),
        "A name that `init` found in the project, or the place of the tool, contains a character that has a special "
        "meaning in a shell, a YAML file or a Makefile. `init` writes nothing.",
        "Rename what the error names, or write the files by hand as `docs/commands/init.md` describes them.",
    ),
    ErrorEntry(
        "init-not-written", (2,),
        "`init` cannot write one of its files into the project. The files that it wrote before this one stay.",
        "Give the user of this command the right to write into the project's directory, or make room on its disk. "
        "Then run `init` again: existing files are never overwritten.",
    ),
    ErrorEntry(
        "internal-error", (1, 4),
        "The tool has a defect, and has written a traceback into a file. A deployment undoes what it can, as after "
        "any failure. The migration check ends with 1; every other command ends with 4, because it cannot say what "
        "was changed.",
        "Run `./scripts/deploy.sh status`. If a deployment is unfinished, `./scripts/deploy.sh abort` undoes it. "
        "Report the error with the traceback file, whose name is in the output.",
    ),
    ErrorEntry(
        "no-alembic", (2,),
        "`init` finds no `alembic.ini` in the project, or does not find the one that you named. `init` writes "
        "nothing.",
        "Run `init` in the project's directory, or name the file with `--alembic-ini PATH`, relative to that "
        "directory. To add Alembic to a project, run `alembic init migrations`.",
    ),
    ErrorEntry(
        "no-mode", (2,),
        "The command line does not say which kind of deployment you want, and the tool never guesses a mode. The "
        "command ends before it looks at production.",
        "Give one of `--auto-migrate`, `--manual-migrate` and `--skip-migrate`. A deployment also accepts `--backup` "
        "or `--health-check` alone; `promote` does not.",
    ),
    ErrorEntry(
        "no-terminal", (3,),
        "`./scripts/sync_db.py` asks a person before it changes the development database, and there is no terminal "
        "to ask on. The command ends before it looks at anything, and changes nothing.",
        "Run it at a terminal. Without one, `./scripts/sync_db.py --check-only` changes nothing, and "
        "`./scripts/sync_db.py --auto` goes on only where no person has to decide.",
    ),
    ErrorEntry(
        "not-approved", (3,),
        "A person was asked and did not agree, or the typed name or the name in `--confirm` is not the right one. "
        "Production is not changed.",
        "Run the same command again when you agree. If a name is asked for, type or give exactly the name that the "
        "command shows.",
    ),
    ErrorEntry(
        "plan-changed", (3,),
        "The plan that was approved with `--approve` is no longer the plan that this command would carry out: the "
        "compose file, a setting, the image, the schema, the findings of the check, what a downgrade loses or the "
        "backup have changed, or a restore of this plan was already carried out. Production is not changed.",
        "Run the command with `--plan`, read the new plan, and approve its id with `--approve`. If you do not want "
        "the difference, undo it first.",
    ),
    ErrorEntry(
        "probe-timeout", (1, 3),
        "The tool ran the project's own code to read its revisions, in a container of the image or in the project's "
        "Python, and the code did not end in time. This changes nothing in production. The migration check ends with "
        "1, because it has no answer.",
        "Find out what waits in `env.py`, in the revisions and in the modules that they import, such as a connection "
        "to a server or a question to a person. This code must be readable without them.",
    ),
    ErrorEntry(
        "program-timeout", (1, 4),
        "A `docker` command did not end in time, and the tool has stopped it. A deployment in which this happens "
        "during a step undoes what it can.",
        "Check that the engine answers with `docker info`, and whether the machine is overloaded. Look at "
        "`./scripts/deploy.sh status`, then run the command again.",
    ),
    ErrorEntry(
        "project-directory-missing", (2, 3),
        "The directory that should hold the project's compose file and `.env` does not exist. The command ends before "
        "it changes anything.",
        "Run the command in the project's directory, or name it with `--project-directory PATH` (before a subcommand) "
        "or with DEPLOY_PROJECT_DIRECTORY.",
    ),
    ErrorEntry(
        "project-python-missing", (1, 3),
        "The tool found no Python that belongs to the project and has Alembic, or cannot start the one that was "
        "named. The tool never reads the revisions with its own Python instead. The migration check ends with 1, "
        "because it has no answer.",
        "Make the project's environment (`python3 -m venv .venv`, then install what `env.py` imports), activate one, "
        "or name the project's Python with `--python PATH`. For the reference application of this repository run "
        "`make application`.",
    ),
    ErrorEntry(
        "registry-unreachable", (1, 3),
        "The registry gave no image: it does not answer, or it answers with an error that is neither a missing image "
        "nor a missing right. Production is not changed. The migration check of an image ends with 1.",
        "Read the registry's own words in the error, and try again when it answers. An image that is already on this "
        "machine is deployed without the registry: `--image` with its `sha256:` id.",
    ),
    ErrorEntry(
        "risk-without-reason", (2,),
        "`--accept-risk` and `--reason` are not given together, or `--accept-risk` is given with another mode than "
        "`--auto-migrate`. The command ends before it looks at production.",
        'Write `--auto-migrate --accept-risk high --reason "TEXT"`; the reason is recorded. With `--manual-migrate` '
        "leave both out, because there a person approves the plan.",
    ),
    ErrorEntry(
        "several-alembic", (2,),
        "`init` finds more than one `alembic.ini` in the project and does not choose between them. `init` writes "
        "nothing.",
        "Name one with `--alembic-ini PATH`, relative to the project's directory.",
    ),
    ErrorEntry(
        "state-not-writable", (1, 2, 3, 4),
        "The tool cannot write into its state directory (DEPLOY_STATE_DIRECTORY). If it is the lock, the command "
        "ends before it looks at production; if it is the record of a watch or of the data checks, the deployment "
        "undoes what it can.",
        "Run the command as the user who owns the directory. Check the room on its disk with `df -h`. To keep the "
        "state at another place, set DEPLOY_STATE_DIRECTORY and move the whole directory there.",
    ),
    ErrorEntry(
        "tool-source-secret", (2,),
        "The address of the tool, which `init` writes into files of the project, holds a user's name or a password, "
        "and everybody who reads the repository would see it. `init` writes nothing.",
        "Give the address without them, with `--surefoot`. `pip` and `git` find their own credentials on the machine "
        "that runs the pipeline.",
    ),
    ErrorEntry(
        "tool-source-unknown", (2,),
        "`init` cannot say exactly which version of the tool the project's pipeline should install: the one that you "
        "named is not pinned or does not exist, or the tool that runs is not a commit that others can fetch. `init` "
        "writes nothing.",
        "Name one with `--surefoot`: a file that `make dist` built, `git+https://HOST/PATH@COMMIT` with all 40 digits, "
        "or `https://HOST/FILE#sha256=HASH`. In a checkout of the tool, commit and push its changes.",
    ),
    ErrorEntry(
        "two-modes", (2,),
        "The command line names two modes that exclude each other. The command ends before it looks at production.",
        "Give one: `--auto-migrate`, `--manual-migrate` or `--skip-migrate` for a deployment, `--auto` or "
        "`--check-only` for `./scripts/sync_db.py`.",
    ),
    ErrorEntry(
        "two-sources", (2,),
        "The migration check is given more than one source of migrations. Nothing is checked.",
        "Give one of `--image`, `--config` and `--sql` (an SQL file without a flag counts as `--sql`), and run the "
        "check once for each source.",
    ),
    ErrorEntry(
        "unknown-reference", (2,),
        "`./scripts/deploy.sh explain` got a word that is not the reference of an error.",
        "Run `./scripts/deploy.sh explain` without a word: it lists every reference.",
    ),
    ErrorEntry(
        "unknown-setting", (2,),
        "`deploy.toml` has a key that is not a setting. The tool refuses it, because it may be a misspelled setting. "
        "The command ends before it looks at production.",
        "Correct or remove the key. The keys are the lower-case names in `docs/commands/deploy.md`, such as "
        "`keep_releases`, and not the names of the variables.",
    ),
    ErrorEntry(
        "usage", (2, 3),
        "The command line has a word or a flag that does not fit: it is unknown, it lacks a value, or it cannot be "
        "used with another one. Nothing is changed.",
        "Run the same command with `--help`, as in `./scripts/deploy.sh restore --help`, and correct the line.",
    ),
    ErrorEntry(
        "variable-not-set", (2,),
        "A variable that the tool or the compose file needs has no value. The command ends before it changes anything.",
        "Set the variable in `.env` (in `.env.NAME` with `--env NAME`) or in the environment. `.env.example` explains "
        "each one.",
    ),
    ErrorEntry(
        "window-without-reason", (2,),
        "A deployment outside the deploy windows, or in a freeze, needs a reason, which is recorded, and no reason "
        "is given. The command ends before it looks at production.",
        "Add the reason: `--override-window --reason \"TEXT\"`. Or wait for the next window of DEPLOY_WINDOWS.",
    ),
)
