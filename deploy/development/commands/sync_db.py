"""`scripts/sync_db.py`: models and development database brought together, and each new revision proven first."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from deploy.checking.commands.checking import CheckWords, local_source
from deploy.checking.commands.judging import check_pending
from deploy.checking.commands.rates_file import read_rates
from deploy.checking.commands.snapshot_file import read_snapshot
from deploy.commands.wiring import check_doors
from deploy.development.commands.sync_guard import refuse_production
from deploy.development.commands.sync_telling import doubts_of, say_generated, say_look, say_round_trip
from deploy.development.commands.wiring import development_database
from deploy.model.check import CheckReport
from deploy.model.check_request import CheckRequest
from deploy.model.development import Development, DevelopmentLook, Generated, Rename, RoundTrip, Staging
from deploy.model.errors import EXIT_BLOCKED, EXIT_DONE, BlockedError, DeployError
from deploy.model.snapshot import Snapshot

BACKUP_PLACE = Path(".deploy") / "development-backups"


class Talk(Protocol):
    """The developer, or nobody: then every answer is the default."""

    def say(self, line: str) -> None:
        """A line."""

    def warn(self, line: str) -> None:
        """A line that must not be missed."""

    def show_check(self, report: CheckReport) -> None:
        """The migration check's report."""

    def confirm(self, question: str, *, default: bool) -> bool:
        """Yes or no."""

    def ask(self, question: str, default: str) -> str:
        """A line of text."""


@dataclass(frozen=True)
class SyncWords:
    """The flags, typed.

    Attributes:
        recreates: `--force-recreate`; database_name: `--database`, its confirmation without a terminal.
        message: of a new revision; empty for one that is made of what differs.
        has_backup: None asks (and means yes where nobody can be asked).
        snapshot_path: production, for the check's sizes; None for the development database's own.
        project: where the Alembic project is, as for the migration check.
    """

    is_auto: bool = False
    is_check_only: bool = False
    recreates: bool = False
    database_name: str = ""
    message: str = ""
    has_backup: bool | None = None
    snapshot_path: Path | None = None
    project: CheckWords = field(default_factory=CheckWords)


@dataclass(frozen=True)
class SyncOutcome:
    """What was found and done.

    Attributes:
        pending / generated: revisions that were not in the database, and the one that autogenerate made.
        revision_path: the new revision's file, once it is in the project.
        doubts: what a person should look at.
        is_in_step: models, revisions and database agree now.
    """

    exit_code: int
    database: str
    revision_ids: tuple[str, ...]
    pending: tuple[str, ...] = ()
    generated: Generated | None = None
    revision_path: str = ""
    backup_file: str = ""
    doubts: tuple[str, ...] = ()
    differences: tuple[str, ...] = ()
    proof: RoundTrip | None = None
    is_in_step: bool = False


def sync_db(project_directory: Path, words: SyncWords, talk: Talk) -> SyncOutcome:
    """Look, generate, check, prove, ask; then change the development database, and look again.

    Raises:
        BlockedError: it is production, it cannot be reached, or something must be decided by a person; nothing changed
            but what `--force-recreate` did, and then it says so.
        StepFailed: the upgrade failed; a new revision's file is taken away again.
        UsageError: the project is not found.
    """
    source = local_source(project_directory, words.project, is_led=False)
    door = development_database(source, project_directory / BACKUP_PLACE)
    try:
        look = door.look(has_comparison=False)
        refuse_production(project_directory, look)
        say_look(talk, look)
        backup = ""
        if words.recreates:
            backup = _recreate(door, look, words, talk)
            look = door.look(has_comparison=False)
        _require_one_way(look)
        return _bring_together(door, look, words, talk, backup)
    finally:
        door.close()


def _require_one_way(look: DevelopmentLook) -> None:
    unknown = [r for r in look.revision_ids if not look.graph.knows(r)]
    if unknown:
        raise BlockedError(
            f"the database is at {', '.join(unknown)}, which the project does not have",
            hint="check out the branch that has it, or recreate the database: ./scripts/sync_db.py --force-recreate",
            reference="unknown-revision",
        )
    if len(look.graph.head_ids) > 1:
        raise BlockedError(
            f"the project has several heads: {', '.join(sorted(look.graph.head_ids))}",
            hint='join them with `alembic merge heads -m "merge"`, then run ./scripts/sync_db.py again',
            reference="several-heads",
        )


def _bring_together(
    door: Development, look: DevelopmentLook, words: SyncWords, talk: Talk, backup: str
) -> SyncOutcome:
    snapshot = door.snapshot()
    staging = door.stage(snapshot)
    unchanged = _unchanged(look, words, backup)
    generated = _generate(staging, words, talk, unchanged)
    say_generated(talk, generated)
    pending = tuple(revision.revision_id for revision in look.graph.pending(look.revision_ids))
    found = SyncOutcome(
        EXIT_DONE, look.place, look.revision_ids, pending, generated, backup_file=backup,
        differences=generated.differences, is_in_step=True,
    )
    if not pending and not generated.text:
        talk.say(f"{_agreeing(generated)} agree")
        return found
    report = _check(staging, snapshot, words)
    talk.show_check(report)
    proof = staging.prove(look.revision_ids)
    say_round_trip(talk, proof)
    doubts = doubts_of(look, pending, generated, report.risk.level, proof)
    for doubt in doubts:
        talk.warn(doubt)
    if words.is_check_only:
        return _with(found, exit_code=EXIT_BLOCKED, doubts=doubts, proof=proof, is_in_step=False)
    _require_yes(words, talk, doubts, generated, unchanged)
    backup = backup or _back_up(door, words, talk)
    path = _apply(door, staging, generated, talk)
    now = door.look(has_comparison=True)
    differences = now.differences or ()
    for line in differences:
        talk.warn(f"models and database still differ: {line}")
    if not differences:
        talk.say(f"{_agreeing(generated)} agree: {', '.join(now.revision_ids)}")
    return _with(
        found, revision_ids=now.revision_ids, revision_path=path, backup_file=backup, doubts=doubts, proof=proof,
        differences=differences, is_in_step=not differences, exit_code=EXIT_BLOCKED if differences else EXIT_DONE,
    )


def _agreeing(generated: Generated) -> str:
    return "models, revisions and database" if generated.has_models else "revisions and database"


def _unchanged(look: DevelopmentLook, words: SyncWords, backup: str) -> str:
    """What a refusal says from here on: `--force-recreate` came before it."""
    if not words.recreates:
        return "nothing was changed"
    kept = f" (its rows before are in backup {backup})" if backup else ""
    return f"{look.place} was recreated, with the project's revisions{kept}; no new revision was written"


def _with(outcome: SyncOutcome, **changes: object) -> SyncOutcome:
    return SyncOutcome(**{**vars(outcome), **changes})


def _generate(staging: Staging, words: SyncWords, talk: Talk, unchanged: str) -> Generated:
    """What the models ask for; a rename that the developer names is written as one."""
    generated = staging.generate(words.message, ())
    if not generated.text:
        return generated
    message = generated.message
    renames: list[Rename] = []
    if not (words.is_auto or words.is_check_only):
        message = words.message or talk.ask("message of the new revision", generated.message)
        taken: set[tuple[str, str]] = set()
        for rename in generated.renames:
            ends = {(rename.table_name, rename.old_name), (rename.table_name, rename.new_name)}
            if ends & taken or not talk.confirm(f"was this renamed: {rename.says}?", default=False):
                continue
            if rename.kind == "table":
                raise _write_table_rename(rename, unchanged)
            taken |= ends
            renames.append(rename)
    is_same = not renames and message == generated.message
    return generated if is_same else staging.generate(message, renames)


def _write_table_rename(rename: Rename, unchanged: str) -> BlockedError:
    place = f", schema={rename.schema!r}" if rename.schema else ""
    return BlockedError(
        f"autogenerate cannot write the rename of table {rename.old_name}; {unchanged}",
        hint=f"alembic revision -m \"rename {rename.old_name}\", with op.rename_table({rename.old_name!r}, "
        f"{rename.new_name!r}{place}) in it, then ./scripts/sync_db.py again",
        reference="table-renamed",
    )


def _check(staging: Staging, snapshot: Snapshot, words: SyncWords) -> CheckReport:
    """The migration check, on what is staged; with production's sizes where its snapshot is at hand."""
    known = read_snapshot(words.snapshot_path) if words.snapshot_path else snapshot
    doors = check_doors("")
    return check_pending(doors.scratch, CheckRequest(staging.source), known, read_rates(), lambda _: None).report


def _require_yes(
    words: SyncWords, talk: Talk, doubts: tuple[str, ...], generated: Generated, unchanged: str
) -> None:
    if words.is_auto:
        if doubts:
            more = f" (and {len(doubts) - 1} more)" if len(doubts) > 1 else ""
            raise BlockedError(
                f"--auto stops here: {doubts[0]}{more}; {unchanged}",
                hint="./scripts/sync_db.py asks about each; or write the revision by hand",
                reference="sync-needs-a-person",
            )
        return
    if generated.text:
        talk.say("")
        talk.say(generated.text)
    if not talk.confirm("apply this to the development database?", default=not doubts):
        raise BlockedError(f"not applied; {unchanged}", hint="", reference="not-approved")


def _back_up(door: Development, words: SyncWords, talk: Talk) -> str:
    """A backup unless it is refused; one that cannot be made is asked about."""
    asks = not words.is_auto and words.has_backup is None
    if words.has_backup is False or (asks and not talk.confirm("back the database up first?", default=True)):
        return ""
    try:
        backup = door.back_up(talk.say)
    except DeployError as error:
        if not asks or not talk.confirm(f"no backup can be made ({error.what}); go on without one?", default=False):
            raise
        return ""
    talk.say(f"backup: {backup.name}, {backup.manifest.size_bytes} bytes, read back whole")
    return backup.name


def _apply(door: Development, staging: Staging, generated: Generated, talk: Talk) -> str:
    """First the file, then the database: killed in between, a whole and proven revision is pending, no more."""
    path = staging.place() if generated.text else None
    if path is not None:
        talk.say(f"wrote {path}")
    try:
        door.upgrade()
    except BaseException:
        if path is not None:
            _take_away(door, path, generated.revision_id, talk)
        raise
    return str(path or "")


def _take_away(door: Development, path: Path, revision_id: str, talk: Talk) -> None:
    """The new file goes again, unless the database is at it already."""
    with suppress(DeployError):
        if revision_id in door.look(has_comparison=False).revision_ids:
            return
    with suppress(OSError):
        path.unlink()
        talk.say(f"removed {path}")


def _recreate(door: Development, look: DevelopmentLook, words: SyncWords, talk: Talk) -> str:
    """Only with the database's name, typed or given."""
    if words.is_check_only:
        raise BlockedError(
            "--check-only changes nothing, so --force-recreate cannot go with it", hint="use one of them",
            reference="usage",
        )
    name = words.database_name
    if not name and not words.is_auto:
        name = talk.ask(f"every row of {look.place} goes: type the database's name to go on", "")
    if name != look.database_name:
        raise BlockedError(
            f"--force-recreate needs the name of the database, {look.database_name}; nothing was changed",
            hint=f"./scripts/sync_db.py --force-recreate --database {look.database_name}",
            reference="recreate-needs-name",
        )
    backup = _back_up(door, words, talk)
    door.recreate(talk.say)
    talk.say(f"{look.place} was recreated")
    return backup
