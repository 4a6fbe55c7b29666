"""Errors of the migration check, its scratch server and snapshots, and of the data checks."""

from __future__ import annotations

from deploy.model.error_register.entry import ErrorEntry

TITLE = "Checking migrations and data"
ENTRIES = (
    ErrorEntry(
        "bad-data-answer", (2,),
        "The file that `--compare` names cannot be read, or does not hold the answers of an earlier `verify`. No data "
        "check was asked.",
        "Name a file that `./scripts/deploy.sh verify --save PATH` wrote. For a new comparison, save the answers first "
        "and compare later.",
    ),
    ErrorEntry(
        "bad-snapshot", (2,),
        "The snapshot file is missing, is not JSON, is not whole, or was written by a version of the tool with another "
        "form.",
        "Write it again on a machine that can reach production: `./scripts/migration-check.sh snapshot --output "
        "FILE`. Then give that file to `--snapshot`.",
    ),
    ErrorEntry(
        "data-answer-not-written", (3,),
        "The data checks were asked, and their answers could not be written to the file that `--save` names. The "
        "checks only read; the database is as it was.",
        "Name a file in a directory that exists and that you may write: `./scripts/deploy.sh verify --save PATH`.",
    ),
    ErrorEntry(
        "data-check-without-header", (2,),
        "A file in the directory of the data checks does not say its name or what it expects, or expects something "
        "that the tool does not know.",
        "Write `-- name: users never shrink` and `-- expect: not shrinking` at the head of the file, in Python with "
        "`#`. An expectation is a comparison such as `rows = 0` or `value >= 1`, or `not shrinking`, or `equal "
        "before and after`; a Python file may leave it out. A file whose name begins with `_` is not a check.",
    ),
    ErrorEntry(
        "duplicate-revision-id", (1, 3),
        "Two files of the Alembic project have the same revision id, as happens after a merge of two branches. Alembic "
        "reads one of them and warns; the other is never run. Nothing was changed.",
        "Give one of the files that the error names a new id: in its `revision`, and in the `down_revision` of the "
        "revision that follows it. Then run `./scripts/migration-check.sh`.",
    ),
    ErrorEntry(
        "image-has-no-alembic-project", (3,),
        "The Alembic project in the image or in the directory cannot be read: its `alembic.ini` is not where the tool "
        "looks, a revision or `env.py` raises an error, or the Python there lacks a module.",
        "Read the cause in the error. Set DEPLOY_ALEMBIC_INI to the path of the file in the image, or name it with "
        "`--config`. Install what the revisions import, or name the project's own Python with `--python PATH`.",
    ),
    ErrorEntry(
        "project-setting-missing", (1, 3),
        "`env.py`, or a module that it imports, asks for a variable that is not set; the error names the variable and "
        "the line. The tool gave it what the project's `.env` files, its Dockerfile and its compose file say.",
        "Put the variable into `.env` beside `deploy.toml`, or give it to a check with `--env NAME=VALUE`. A "
        "deployment runs `env.py` as the compose service that migrates, or else as the application's: put it into that "
        "service's `environment`, `env_file` or `secrets`.",
    ),
    ErrorEntry(
        "migration-fails", (3,),
        "The migration check tried the pending revisions on a scratch server, or asked production's rows, and one "
        "revision fails. Production would fail in the same way. Nothing was changed.",
        "Repair the revision that the hint names, build the image again, and run `./scripts/migration-check.sh`. "
        "Only `./scripts/deploy.sh --auto-migrate --accept-risk very-high --reason TEXT` deploys such a revision "
        "anyway.",
    ),
    ErrorEntry(
        "migrations-did-not-run", (3,),
        "The migrations could not be run on the scratch server for a reason that is not one of their statements: "
        "`env.py` or a revision raises an error, needs a variable, or starts with another command. So the check has no "
        "answer. Production was only read.",
        "Repair what the error names. For the check, `--python PATH`, `--env NAME=VALUE` and `--run COMMAND` say how "
        "the project runs, and `--snapshot FILE` gives production's schema. To read the text only, use "
        "`./scripts/migration-check.sh --no-server`; in a deployment, set DEPLOY_CHECK=parsed.",
    ),
    ErrorEntry(
        "no-alembic-ini", (2,),
        "There is no `alembic.ini` in the place where the tool looks for the project.",
        "Run the command in the directory of the project, or name the file with `--config PATH`. The migration check "
        "also takes an image with `--image REF` and plain SQL with `--sql FILE`.",
    ),
    ErrorEntry(
        "no-data-checks", (2,),
        "The project has no data check: the directory of the checks is missing, or holds no `.sql` and no `.py` file.",
        "Write a check in `verify/`, as `docs/commands/verify.md` shows, or name another directory in "
        "DEPLOY_VERIFY_DIRECTORY.",
    ),
    ErrorEntry(
        "no-database-url", (2,),
        "A snapshot needs production's database, and neither DATABASE_URL nor DEPLOY_DATABASE_URL is set.",
        "Set DATABASE_URL in `.env` or in the environment, or name the project with `--project-directory`. Then run "
        "`./scripts/migration-check.sh snapshot` again.",
    ),
    ErrorEntry(
        "no-dump-client", (3,),
        "No `pg_dump` of the server's major version or a newer one is on this machine or in a container of the server. "
        "The tool needs one to read the schema.",
        "Install the client of that version, for example `apt-get install postgresql-client-16`. For a check without "
        "it, save a snapshot on a machine that has it (`./scripts/migration-check.sh snapshot`), and give the file to "
        "`--snapshot`.",
    ),
    ErrorEntry(
        "no-prediction", (3,),
        "A check without a scratch server reads the migrations' text with the package `deploy.checking.prediction`, "
        "and this installation was made without it. A check that tries the migrations, and a deployment with such a "
        "check, need no part of it. Nothing was changed.",
        "Let the check try the migrations: leave out `--no-server`, remove DEPLOY_CHECK=parsed, and run "
        "`scripts/bootstrap.sh` where no PostgreSQL server is at hand; `--server URL` names another one. To check from "
        "text, install the tool whole.",
    ),
    ErrorEntry(
        "no-revisions", (3,),
        "The Alembic project was read, and it holds no revision. Most often the directory of the revisions is named "
        "wrongly.",
        "Check whether `script_location` and `version_locations` in `alembic.ini` name the right directories, as "
        "seen from where the project runs. In an image, check whether the revisions were copied into it.",
    ),
    ErrorEntry(
        "no-such-file", (2,),
        "A file with SQL that the migration check was given cannot be read.",
        "Name files that exist and that you may read, or `-` for standard input.",
    ),
    ErrorEntry(
        "no-such-revision", (2,),
        "A migration file was named, and no revision of the checked range is in it. The file is outside the "
        "project's directories of revisions, or its revision is already applied.",
        "Check whether the file is in a directory of `version_locations`, and whether its revision is between "
        "`--from` and `--to`. Leave the file out to check everything that is pending.",
    ),
    ErrorEntry(
        "not-tried-here", (3,),
        "The scratch server lacks something that production has, such as an extension, a role or a setting. So "
        "production's schema cannot be made there. The check goes on, reads the migrations' text only, and shows this "
        "as a warning.",
        "Install what is missing on this machine, name its programs in DEPLOY_SCRATCH_BINARIES, or name an image in "
        "DEPLOY_SCRATCH_IMAGE. `./scripts/migration-check.sh --server URL` takes a server of your own, which must "
        "never be production's.",
    ),
    ErrorEntry(
        "preview-not-written", (3,),
        "The file with the SQL of the pending migrations, `migration_preview.sql`, could not be written. The check "
        "writes it into the current directory, a deployment into its state directory.",
        "For the check, name another file with `./scripts/migration-check.sh --output FILE`. For a deployment, make "
        "DEPLOY_STATE_DIRECTORY (`.deploy`) writable and see that the disk has room.",
    ),
    ErrorEntry(
        "range-mismatch", (2,),
        "`--from` names another start than the revision at which the database or the snapshot is. The check judges "
        "what is pending in production, so both must agree.",
        "Leave `--from` out. To judge the revisions alone, from any start, use `./scripts/migration-check.sh "
        "--no-database --from ID`.",
    ),
    ErrorEntry(
        "risk-too-high-for-auto", (3,),
        "The migration check says high or very high risk, and `--auto-migrate` goes on at low and medium risk only. "
        "Nothing was changed.",
        "Read the whole check with `./scripts/migration-check.sh`, then deploy with `./scripts/deploy.sh "
        "--manual-migrate --backup`, which asks a person. If nobody can be asked, `--auto-migrate --accept-risk "
        "LEVEL --reason TEXT` goes on, and the reason is recorded.",
    ),
    ErrorEntry(
        "schema-not-restored", (3,),
        "The schema of production, or of the development database, could not be made whole on the scratch server. A "
        "schema with holes would be judged wrongly, so the check has no answer. The database itself was only read.",
        "If the scratch server is older, install PostgreSQL of production's version here. If it lacks an extension, "
        "install it, or name the programs of another PostgreSQL in DEPLOY_SCRATCH_BINARIES. "
        "`./scripts/migration-check.sh` also takes `--server URL`, or reads the text only with `--no-server`; a "
        "deployment does so with DEPLOY_CHECK=parsed.",
    ),
    ErrorEntry(
        "scratch-server-ended", (3,),
        "The scratch server ended while it tried a migration: it was killed, the machine had no "
        "memory left, or the migration itself ended its sessions. So there is no answer. Production was only read.",
        "Try once more, and look at the machine's memory. `./scripts/migration-check.sh` takes a server of your own "
        "with `--server URL`, or reads the text only with `--no-server`. In a deployment, set DEPLOY_CHECK=parsed to "
        "read the text only.",
    ),
    ErrorEntry(
        "scratch-server-not-started", (3,),
        "The scratch server (a temporary PostgreSQL), on which the tool tries migrations and verifies backups, did "
        "not start. So there is no answer.",
        "The error holds the first complaint of that server; look for a full disk or a full temporary directory, and "
        "for missing rights. `./scripts/migration-check.sh` takes a server of your own with `--server URL`, or reads "
        "the text only with `--no-server`. In a deployment, set DEPLOY_CHECK=parsed to read the text only.",
    ),
    ErrorEntry(
        "scratch-server-not-superuser", (3,),
        "The role that `--server` names is not a superuser of that server. The check could not see everything that a "
        "statement drops.",
        "Name a superuser in the URL of `--server`. Or leave `--server` out: the check then starts a server of its "
        "own.",
    ),
    ErrorEntry(
        "server-is-production", (2,),
        "`--server` names the server that production is on, or `--to-url` names production's own database. A check "
        "must not try a migration there, and a restore to another place must not meet production. Nothing was "
        "changed.",
        "Name another server, or leave `--server` out: the check starts one. To restore production itself, leave "
        "`--to-url` out.",
    ),
    ErrorEntry(
        "snapshot-not-written", (3,),
        "Production was read, and the snapshot could not be written to the file. Production is as it was.",
        "Name a file in a directory that you may write: `./scripts/migration-check.sh snapshot --output FILE`.",
    ),
)
