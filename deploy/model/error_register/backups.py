"""Errors of making, keeping, proving and copying backups."""

from __future__ import annotations

from deploy.model.error_register.entry import ErrorEntry

TITLE = "Backups and their copies"
ENTRIES = (
    ErrorEntry(
        "backup-damaged", (3,),
        "A file of the backup is missing, cannot be read, or is not what was written, or the manifest belongs to "
        "another backup. A restore reads every file of the backup before it changes anything.",
        "Use another backup; `./scripts/deploy.sh backup list` names them. If a copy of this backup is at a target, "
        "move the damaged directory out of `DEPLOY_BACKUP_DIRECTORY`, then run `./scripts/deploy.sh backup pull NAME "
        "--from URL`.",
    ),
    ErrorEntry(
        "backup-does-not-restore", (1, 4),
        "While the backup was restored into a scratch server, the server refused its content, or `pg_restore` could "
        "not read its archive. `./scripts/deploy.sh backup verify` notes this with the backup, and a restore of it "
        "is then refused unless it gets `--despite-failed-proof`.",
        "Make another backup with `./scripts/deploy.sh backup create`, then verify it with `./scripts/deploy.sh "
        "backup verify --latest`. If a function of the schema does not find a name, repair the function first "
        "(`ALTER FUNCTION ... SET search_path = public`), because another backup fails in the same way. Single "
        "tables can still be restored: `./scripts/deploy.sh restore NAME --tables A,B`.",
    ),
    ErrorEntry(
        "backup-failed", (1, 4),
        "`pg_dump` failed, the rows of the tables could not be counted, or a file reads back differently from what "
        "was written. Nothing is kept of the unfinished backup.",
        "Repair what the message names, such as a missing right, a lost connection, or a table that another session "
        "has locked; then run the same command again. If a file reads back differently, the disk may be failing: "
        "look at `dmesg`.",
    ),
    ErrorEntry(
        "backup-in-use", (1, 4),
        "The command wants to remove a backup, and another process is reading it to verify, send or restore it. This "
        "backup stays.",
        "Wait until the other command has ended, then run `./scripts/deploy.sh backup prune` again.",
    ),
    ErrorEntry(
        "backup-is-here", (3,),
        "A backup of this name is already in the backup directory, so no copy is fetched. The backup that is here "
        "stays as it is.",
        "Look at it with `./scripts/deploy.sh backup show NAME`, and verify it with `./scripts/deploy.sh backup "
        "verify NAME`. If it is damaged, move its directory out of `DEPLOY_BACKUP_DIRECTORY`, then pull the copy "
        "again.",
    ),
    ErrorEntry(
        "backup-key-missing", (3,),
        "The backup is encrypted, and there is no private key to read it with: `DEPLOY_BACKUP_IDENTITY_FILE` is not "
        "set, or its file is missing or holds no usable key. This says nothing about the backup itself.",
        "Put the private key on this machine, in a file as `age-keygen` writes it, and name that file with "
        "`DEPLOY_BACKUP_IDENTITY_FILE`. Then run the same command again.",
    ),
    ErrorEntry(
        "backup-key-wrong", (3,),
        "The backup is encrypted for other keys than the one in the file that `DEPLOY_BACKUP_IDENTITY_FILE` names. "
        "The files of the backup have their right checksums.",
        "Name the private key that belongs to one of the backup's recipients with `DEPLOY_BACKUP_IDENTITY_FILE`, "
        "then run the same command again. The recipients are in `manifest.json` in the backup's directory.",
    ),
    ErrorEntry(
        "backup-not-decrypted", (1, 4),
        "The decrypted archive of an encrypted backup could not be written beside the backups, most often because "
        "the disk is full. The unfinished file is removed.",
        "Make room on the disk of `DEPLOY_BACKUP_DIRECTORY` (`df -h` shows it), and check that this user may write "
        "there. The decrypted archive takes about as much room as the backup. Then run the same command again.",
    ),
    ErrorEntry(
        "backup-not-readable", (3,),
        "A file of the backup, its manifest or the backup directory is there, but this user may not read it, or this "
        "machine cannot open it. This says nothing about the backup itself.",
        "Run the command as the owner of the backup directory (`DEPLOY_BACKUP_DIRECTORY`), or give this user the "
        "right to read it.",
    ),
    ErrorEntry(
        "backup-not-removed", (1, 4),
        "A backup that need not be kept any longer could not be removed completely from the disk. Its directory is "
        "renamed before its files are removed, so it may no longer be in the list of backups.",
        "Check the owner and the rights of `DEPLOY_BACKUP_DIRECTORY`, then run `./scripts/deploy.sh backup prune` "
        "again. The next deployment or backup removes the rest of it.",
    ),
    ErrorEntry(
        "backup-not-tried", (3,),
        "This machine could not restore the backup into a scratch server, because the disk, Docker or the server "
        "failed. This says nothing about the backup itself, and its record stays as it was.",
        "Make room in the temporary directory, or name a larger one with `TMPDIR`; check Docker with `docker info`. "
        "Then run the same command again.",
    ),
    ErrorEntry(
        "backup-not-written", (1, 4),
        "The backup directory cannot be written, most often because its disk is full or another user owns it. "
        "Nothing is kept of an unfinished backup or copy. If only the record of a backup could not be written, the "
        "backup stays.",
        "Make room on the disk of `DEPLOY_BACKUP_DIRECTORY` (`df -h` shows it), for example with "
        "`./scripts/deploy.sh backup prune`, and check the owner of the directory. Then run the same command again.",
    ),
    ErrorEntry(
        "backup-required", (3,),
        "The check of the pending migrations asks for a backup, and the command has `--no-backup`. Nothing was "
        "changed.",
        "Leave `--no-backup` out: the deployment then makes the backup by itself before it migrates.",
    ),
    ErrorEntry(
        "bad-copy-target", (1, 2),
        "The URL or the path is not a target that copies can be sent to or fetched from. The target was not asked. "
        "If `./scripts/deploy.sh backup push` has other targets, those get their copies; the exit code is then 1.",
        "Correct `DEPLOY_BACKUP_COPY_TO`, `--to`, `--from` or `--remote`. A target is `s3://bucket/prefix`, "
        "`gs://bucket/prefix`, `sftp://user@host:22/path`, `file:///mnt/backups` or `/mnt/backups`.",
    ),
    ErrorEntry(
        "bad-external-backup", (2,),
        "`DEPLOY_BACKUP_EXTERNAL` cannot be split into a program and its arguments, most often because a quotation "
        "mark is not closed; or it names no program, because it holds only spaces. The program was not started.",
        "Correct `DEPLOY_BACKUP_EXTERNAL`, or remove it. It is split as a shell splits it, but no shell runs.",
    ),
    ErrorEntry(
        "bad-recipient", (2,),
        "A word of `DEPLOY_BACKUP_RECIPIENTS` is not a public key that a backup can be encrypted for. No backup is "
        "made.",
        "Put age public keys into `DEPLOY_BACKUP_RECIPIENTS`, as `age-keygen -y` prints them (they begin with "
        "`age1`), or SSH public keys (`ssh-ed25519 AAAA...` or `ssh-rsa AAAA...`), with spaces or commas between "
        "them. A comment of one word behind an SSH key is left out; shorten or remove a longer one.",
    ),
    ErrorEntry(
        "copy-client-missing", (1, 3),
        "The target needs a Python package that is not installed: boto3 for `s3://` and `gs://`, asyncssh for "
        "`sftp://`. In a deployment this is a warning: the deployment goes on, and the backup is local only. If "
        "`./scripts/deploy.sh backup push` has other targets, those get their copies; the exit code is then 1.",
        "Run `scripts/bootstrap.sh`, or install the package as the hint says. Then run "
        "`./scripts/deploy.sh backup push NAME`.",
    ),
    ErrorEntry(
        "copy-damaged", (1, 4),
        "A file at the target is not what the manifest says, the manifest there is damaged, or another backup of the "
        "same name is there. Nothing is kept here of a damaged copy. In a deployment this is a warning: the "
        "deployment goes on.",
        "If the backup is on this machine, verify it with `./scripts/deploy.sh backup verify NAME`, then run "
        "`./scripts/deploy.sh backup push NAME --verify`: it sends damaged files again, and a damaged manifest where "
        "the files beside it are those of this backup. If the message says that another backup is there, or may be, "
        "nothing is replaced: move that copy away by hand first. If the backup is not on this machine, use another "
        "copy: `./scripts/deploy.sh backup list --remote URL`.",
    ),
    ErrorEntry(
        "copy-denied", (1, 4),
        "The target does not allow this with the credentials that are used. In a deployment this is a warning: the "
        "deployment goes on, and the backup is local only.",
        "Correct the credentials or their rights at the target: AWS's own variables and profiles for `s3://`, those "
        "or `DEPLOY_BACKUP_GS_PROFILE` for `gs://`, `DEPLOY_BACKUP_SSH_KEY_FILE` for `sftp://`, the rights of the "
        "directory otherwise. Then run the same command again, or `./scripts/deploy.sh backup push NAME`.",
    ),
    ErrorEntry(
        "copy-failed", (1, 4),
        "An error that this tool does not expect ended the work at a target of copies. In a deployment this is a "
        "warning: the deployment goes on, and the backup is local only.",
        "Run the same command again, or `./scripts/deploy.sh backup push NAME`. If the same error happens again, "
        "report it with its whole text.",
    ),
    ErrorEntry(
        "copy-not-reached", (1, 4),
        "The target does not answer, or the connection breaks; several attempts, with longer and longer pauses, did "
        "not help. In a deployment this is a warning: the deployment goes on, and the backup is local only.",
        "Check the network and the target. Then run the same command again, or `./scripts/deploy.sh backup push "
        "NAME`, which continues where the broken push ended.",
    ),
    ErrorEntry(
        "copy-not-sent", (1, 4),
        "A file of the backup here is not what its manifest says, or cannot be read here, so it is not sent; the "
        "target has no whole copy of this backup. In a deployment this is a warning: the deployment goes on.",
        "If the message says `Permission denied`, run the command as the owner of the backup directory. Otherwise "
        "make another backup, which is sent by itself: `./scripts/deploy.sh backup create`. `./scripts/deploy.sh "
        "backup verify NAME` notes with the backup that it is damaged.",
    ),
    ErrorEntry(
        "copy-refused", (1, 4),
        "The target answers and refuses, and another attempt would get the same answer: the bucket or the directory "
        "does not exist, the disk there is full, or the server's key or certificate is not known here. In a "
        "deployment this is a warning: the deployment goes on, and the backup is local only.",
        "Correct what the message names: make the bucket or the directory, mount the share, make room there, or add "
        "the server's key to the file that `DEPLOY_BACKUP_SSH_KNOWN_HOSTS` names. Then run "
        "`./scripts/deploy.sh backup push NAME`.",
    ),
    ErrorEntry(
        "copy-under-way", (1, 5),
        "Another process is sending this backup to a target; one process at a time sends a backup. In a deployment "
        "this is a warning: the deployment goes on.",
        "Wait until the other process has ended, look at `./scripts/deploy.sh backup list`, and run "
        "`./scripts/deploy.sh backup push NAME` where a copy is still missing.",
    ),
    ErrorEntry(
        "external-backup-failed", (1, 4),
        "The command in `DEPLOY_BACKUP_EXTERNAL` did not prove a backup: it failed, took too long, or did not print "
        "the line that is expected; or the setting is no longer there. The plan ends at its backup step, before any "
        "migration.",
        'Run the command by hand. It must end with exit code 0, and its last line must be like `{"name": '
        '"20260102-030405F", "finished_at": "2026-01-02T03:04:05Z"}`. If it needs more time, raise '
        "`DEPLOY_BACKUP_EXTERNAL_SECONDS`.",
    ),
    ErrorEntry(
        "external-backup-old", (1, 4),
        "The backup that the command in `DEPLOY_BACKUP_EXTERNAL` names is older than "
        "`DEPLOY_BACKUP_EXTERNAL_MAX_AGE` allows, or its time is in the future. The plan ends at its backup step, "
        "before any migration.",
        "Make a fresh backup with that service, then run the same command again; or raise "
        "`DEPLOY_BACKUP_EXTERNAL_MAX_AGE`. If the time is in the future, set the clocks of both machines.",
    ),
    ErrorEntry(
        "interrupted", (130,),
        "Somebody stopped the command with Ctrl-C, or a signal did, and it ended at a safe place. A deployment or a "
        "restore then undoes what it began; if it cannot, it says what differs and which command comes next.",
        "Look at `./scripts/deploy.sh status`, then run the same command again when you want it. A push of a backup "
        "continues where it ended: `./scripts/deploy.sh backup push NAME`.",
    ),
    ErrorEntry(
        "no-pg-dump-of-this-major", (3,),
        "A backup needs a `pg_dump` of the same major version as the server, and none is found on this machine or in "
        "the database's container. No backup is made.",
        "Install the package `postgresql-client-MAJOR`, with the major version of the server. If the database runs "
        "in a container on this machine, name the container with `DEPLOY_DATABASE_CONTAINER`: its own `pg_dump` is "
        "then used.",
    ),
    ErrorEntry(
        "no-scratch-server", (3,),
        "A scratch server (a temporary PostgreSQL) is needed, and this machine has none that fits, or the directory "
        "in `DEPLOY_SCRATCH_BINARIES` holds none.",
        "Run `scripts/bootstrap.sh`, or install the package `postgresql-MAJOR` with the major version that is asked "
        "for. For `./scripts/deploy.sh backup verify` and `./scripts/deploy.sh restore NAME --tables A,B` an image "
        "helps too: `docker pull postgres:MAJOR`, then set `DEPLOY_SCRATCH_IMAGE` to `postgres:MAJOR`. If "
        "`DEPLOY_SCRATCH_BINARIES` is set, it must name the directory that holds `initdb` and `postgres`.",
    ),
    ErrorEntry(
        "no-such-backup", (3,),
        "There is no backup of this name, the word is not the name of a backup, there is no backup at all yet, "
        "or the file of a dump is missing.",
        "Take a name from `./scripts/deploy.sh backup list`, or correct the path of the dump. If there is no "
        "backup yet, make one: `./scripts/deploy.sh backup create`.",
    ),
    ErrorEntry(
        "no-such-copy", (3,),
        "The target has no finished copy of this name: there is nothing, or a copy without its manifest.",
        "Look at what is there with `./scripts/deploy.sh backup list --remote URL`. If the backup is on this "
        "machine, send it: `./scripts/deploy.sh backup push NAME --to URL`.",
    ),
    ErrorEntry(
        "program-missing", (1, 3, 4),
        "A program that this tool calls cannot be started: it is not installed, it is not on the `PATH`, or this "
        "user may not run it.",
        "Run `scripts/bootstrap.sh`, which installs Docker and Compose where they are missing. If the program is the "
        "one in `DEPLOY_BACKUP_EXTERNAL`, correct that setting. Then run the same command again.",
    ),
    ErrorEntry(
        "secret-in-target", (1, 2),
        "The URL of a target for copies holds a password. URLs are printed and recorded, so none may hold a secret. "
        "The target was not asked.",
        "Leave the password out of the URL. Use a key file for `sftp://` (`DEPLOY_BACKUP_SSH_KEY_FILE`), and AWS's "
        "own variables, files or profiles for `s3://` and `gs://`. Change the password where others could see it.",
    ),
)
