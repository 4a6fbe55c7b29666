"""From a request to the whole report: look, try, judge, answer. The deploy and the check ask the same question here."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from deploy.checking.alembic.project import require_settings
from deploy.checking.commands.from_text import require_prediction
from deploy.checking.commands.tried_downgrades import downgrade_stages
from deploy.checking.risk.advice import advise
from deploy.checking.risk.answers import answer_questions
from deploy.checking.risk.environment import advise_on_environment
from deploy.checking.risk.evidence import PendingRevision, from_rendered, from_trace
from deploy.checking.risk.facts import Facts
from deploy.checking.risk.judge import Judged, judge_run
from deploy.checking.risk.review import review
from deploy.checking.risk.row_questions import row_questions
from deploy.checking.risk.shapes import shape_of
from deploy.checking.risk.sql_files import as_pending, ignores_of
from deploy.checking.risk.text_reader import can_predict
from deploy.checking.risk.time_limits import limits_of_session
from deploy.checking.risk.windows import lock_windows
from deploy.commands.version_table import snapshot_at_revision_of
from deploy.model.check import Baseline, CheckReport
from deploy.model.check_request import CheckRequest, ProjectLook
from deploy.model.doors import Scratch, Snapshots
from deploy.model.errors import BlockedError, UsageError
from deploy.model.rates import Rates
from deploy.model.releases import IgnoreComment, Revision, RevisionKind
from deploy.model.risk import RevisionSql, RiskReport
from deploy.model.row_question import RowQuestion
from deploy.model.snapshot import Snapshot
from deploy.model.trace import TracedRun

NO_SERVER, NOT_HERE = "no-scratch-server", "not-tried-here"
Say = Callable[[str], None]


@dataclass(frozen=True)
class Checked:
    """The report, the SQL for the preview, and production's schema where a deployment must hold it fast."""

    report: CheckReport
    rendered: tuple[RevisionSql, ...]
    schema: str = ""


def check_pending(
    scratch: Scratch, request: CheckRequest, snapshot: Snapshot | None, rates: Rates, say: Say,
    snapshots: Snapshots | None = None,
) -> Checked:
    """Judge what is asked for.

    Args:
        snapshot: production; None where it is not known.
        snapshots: production itself, to ask about rows; None where it cannot be asked (a snapshot from a file).

    Raises:
        BlockedError: something could not be checked.
        UsageError: the range does not fit.
    """
    if request.source is None:
        return _check_sql(scratch, request, snapshot, rates, snapshots)
    return _check_project(scratch, request, snapshot, rates, say, snapshots)


def _check_project(
    scratch: Scratch, request: CheckRequest, snapshot: Snapshot | None, rates: Rates, say: Say,
    snapshots: Snapshots | None,
) -> Checked:
    assert request.source is not None  # noqa: S101 - the caller's branch
    look = scratch.look(request.source, _start(request, snapshot), request.to_ids)
    chosen = snapshot_at_revision_of(snapshot, look.graph) if snapshot else None
    if chosen != snapshot:  # another table holds this project's revision
        snapshot = chosen
        look = scratch.look(request.source, _start(request, snapshot), request.to_ids)
    _require_revision(snapshot)
    from_ids, to_ids = look.from_ids, look.to_ids
    _require_known(look, from_ids, to_ids)
    pending = _pending(look, from_ids, to_ids)
    run, missing = None, ""
    notes = {note.revision_id: note for note in look.notes}
    if request.is_measured and pending:
        source, stages = request.source, _stages(from_ids, to_ids, snapshot)
        back, untried = downgrade_stages(pending, notes, to_ids, has_own_command=bool(source.command))
        run, missing = _try(lambda: scratch.trace(source, snapshot, [*stages, *back], shape_of, say))
        run = run and replace(run, no_downgrades=run.no_downgrades or untried)
    evidence = from_rendered(look.rendered)
    if run is None and pending:
        require_prediction(missing)
    if run is not None:
        texts = {revision.revision_id: revision for revision in evidence}
        expected = [texts.get(r.revision_id) or PendingRevision(r.revision_id, r.message, r.path, ()) for r in pending]
        evidence = from_trace(run, expected, {i: note.has_downgrade for i, note in notes.items()})
    ignores = {i: note.ignores for i, note in notes.items()}
    facts = facts_of(request, snapshot, rates, run, ignores, look.environment_text)
    facts = replace(facts, violated=violated_rows(evidence, snapshots))
    report = _report(request, snapshot, run, evidence, facts, from_ids, look, missing)
    return Checked(report, look.rendered)


def _check_sql(
    scratch: Scratch, request: CheckRequest, snapshot: Snapshot | None, rates: Rates, snapshots: Snapshots | None
) -> Checked:
    run = None
    evidence = as_pending(request.sql_files)
    missing = ""
    if request.is_measured:
        run, missing = _try(lambda: scratch.trace_sql(request.sql_files, snapshot, shape_of))
    if run is None and evidence:
        require_prediction(missing)
    if run is not None:
        evidence = from_trace(run, evidence, {})
    ignores = {item.name: ignores_of(item) for item in request.sql_files}
    facts = replace(facts_of(request, snapshot, rates, run, ignores), violated=violated_rows(evidence, snapshots))
    report = _report(request, snapshot, run, evidence, facts, snapshot.revision_ids if snapshot else (), None, missing)
    return Checked(report, ())


def _start(request: CheckRequest, snapshot: Snapshot | None) -> tuple[str, ...]:
    if snapshot is None:
        return request.from_ids or ()
    if request.from_ids is not None and set(request.from_ids) != set(snapshot.revision_ids):
        raise UsageError(
            f"--from {', '.join(request.from_ids)} does not fit: {snapshot.database_name} is at {snapshot.at}",
            hint="leave --from out, or check the revisions alone with --no-database", reference="range-mismatch",
        )
    return snapshot.revision_ids


def _require_revision(snapshot: Snapshot | None) -> None:
    if snapshot is not None and snapshot.revision_problem:
        raise BlockedError(
            f"the revision of {snapshot.database_name} is not known: {snapshot.revision_problem}",
            hint="DEPLOY_VERSION_TABLE=schema.table in .env names the version table that the project's env.py uses",
            reference="revision-not-known",
        )


def _require_known(look: ProjectLook, from_ids: Sequence[str], to_ids: Sequence[str]) -> None:
    unknown = [r for r in (*from_ids, *to_ids) if not look.graph.knows(r)]
    if unknown:
        raise BlockedError(
            f"the project does not know revision {', '.join(unknown)}",
            hint="was an older branch built, or a short id given? `alembic heads` names them",
            reference="unknown-revision",
        )


def _pending(look: ProjectLook, from_ids: tuple[str, ...], to_ids: tuple[str, ...] | None) -> tuple[Revision, ...]:
    wanted = look.graph.ancestors(to_ids or look.graph.head_ids)
    return tuple(r for r in look.graph.pending(from_ids) if r.revision_id in wanted)


def _stages(
    from_ids: Sequence[str], to_ids: Sequence[str] | None, snapshot: Snapshot | None
) -> list[dict[str, object]]:
    """A database with production's schema is told where it stands; an empty one gets there by the history."""
    stages: list[dict[str, object]] = []
    if from_ids:
        stages.append({"do": "stamp" if snapshot else "upgrade", "to": list(from_ids), "watched": False})
    stages.append({"do": "upgrade", "to": list(to_ids or ["heads"]), "watched": True})
    return stages


def _try(trace: Callable[[], TracedRun]) -> tuple[TracedRun | None, str]:
    """The run; None and a warning where this machine has no PostgreSQL that could try it: the text is judged then.

    Raises:
        BlockedError: it could not be tried for any other reason.
    """
    try:
        run = trace()
    except BlockedError as error:
        if error.reference not in {NO_SERVER, NOT_HERE}:
            raise
        return None, f"{error.what}: its text was read only ({error.hint})"
    _require_run(run)
    return run, ""


def _require_run(run: TracedRun) -> None:
    """What PostgreSQL refuses is a finding; what the project itself cannot do is no answer at all.

    Raises:
        BlockedError: with the cause.
    """
    if run.error and not run.is_error_of_sql and not (run.error_here and run.revisions):
        require_settings(run.error)
        last = run.revisions[-1].revision_id if run.revisions else ""
        where = f"revision {last}: " if last else ""
        raise BlockedError(
            f"the migrations did not run on the scratch server: {where}{run.error}",
            hint=hint_of_env(run.error), reference="migrations-did-not-run",
        )
    is_before_the_range = run.error and not run.revisions
    if is_before_the_range:
        raise BlockedError(
            f"the history up to the start of the range did not run: {run.error}",
            hint="give production's schema instead: DATABASE_URL, or --snapshot FILE",
            reference="migrations-did-not-run",
        )


def hint_of_env(error: str) -> str:
    """What helps an env.py that does not run. configparser's words: Python 3, configparser.py, BasicInterpolation."""
    if "invalid interpolation syntax" in error:
        return (
            "DATABASE_URL holds a %, which env.py hands to alembic.ini's parser: "
            'config.set_main_option("sqlalchemy.url", url.replace("%", "%%"))'
        )
    return (
        "a deployment runs what the image holds: repair it there, or read the text only with DEPLOY_CHECK=parsed; "
        "./scripts/migration-check.sh takes --python PATH (the project's own Python), --env NAME=VALUE (what its "
        "env.py needs), --run 'COMMAND' (its own migration command), or reads the text only with --no-server"
    )


def facts_of(
    request: CheckRequest, snapshot: Snapshot | None, rates: Rates, run: TracedRun | None,
    ignores: dict[str, tuple[IgnoreComment, ...]], environment_text: str = "",
) -> Facts:
    """What is known around the statements: of production by its snapshot, of the session by the run."""
    facts = Facts(
        ignores=ignores, has_advice=request.has_advice, rates=rates, lock_timeout=run.lock_timeout if run else "",
        time_zone=run.time_zone if run else "UTC", server_major=run.server_major if run else 15,
    )
    if snapshot is None:
        return replace(facts, baseline=Baseline.REVISION, is_known_production=False)
    limits = limits_of_session(snapshot.time_limits, _shown_limits(run), environment_text)
    waiting = next((limit for limit in limits if limit.name == "lock_timeout"), None)
    if waiting is not None and facts.lock_timeout in {"", "0"}:
        facts = replace(facts, lock_timeout=f"{waiting.milliseconds}ms")
    tables = frozenset(table.name for table in snapshot.tables if table.name != "alembic_version")
    return replace(
        facts, existing_tables=tables, is_empty=not tables and not snapshot.revision_ids, sizes=snapshot.sizes(),
        schema_sql=snapshot.schema_statements(), server_major=snapshot.server_major, time_limits=limits,
    )


def _shown_limits(run: TracedRun | None) -> dict[str, str]:
    """What the migration's own session showed on a server whose roles have no settings."""
    return {"lock_timeout": run.lock_timeout, "statement_timeout": run.statement_timeout} if run else {}


def violated_rows(evidence: Sequence[PendingRevision], snapshots: Snapshots | None) -> tuple[RowQuestion, ...]:
    """Statements of which production itself says that they would fail on its rows."""
    questions = row_questions(evidence)
    if snapshots is None or not questions:
        return ()
    answers = snapshots.ask_rows(questions)
    return tuple(question for question, answer in zip(questions, answers, strict=True) if answer)


def _report(
    request: CheckRequest, snapshot: Snapshot | None, run: TracedRun | None, evidence: Sequence[PendingRevision],
    facts: Facts, from_ids: tuple[str, ...], look: ProjectLook | None, missing: str,
) -> CheckReport:
    evidence = tuple(with_near_paths(revision) for revision in evidence)
    judged = judge_run(evidence, facts)
    if request.only_paths is not None:
        evidence, judged = _only(request.only_paths, evidence, judged)
    statements = judged.statements
    windows = lock_windows(statements)
    return CheckReport(
        method="measured" if run else "parsed",
        server=run.server if run else "",
        server_major=facts.server_major,
        production=_production(snapshot),
        from_ids=from_ids,
        to_ids=(look.to_ids or look.graph.head_ids) if look else (),
        baseline=facts.baseline,
        risk=judged.report,
        statements=statements,
        windows=windows,
        answers=answer_questions(
            evidence, judged.report, statements, windows, sizes_are_known=facts.is_known_production,
            is_tried=run is not None,
        ),
        review=review(statements),
        environment=advise_on_environment(
            near(look.environment_path) if look else "", look.environment_text if look else "", facts.lock_timeout,
            statements, has_shared_transaction=bool(run and run.has_shared_transaction),
        ),
        advice=advise(judged.report, statements),
        sizes_are_known=facts.is_known_production,
        lock_timeout=run.lock_timeout if run else "",
        statement_timeout=run.statement_timeout if run else "",
        time_zone=run.time_zone if run else "",
        warnings=(
            *filter(None, [missing]), *_warnings(request, snapshot, run, judged), *_phases(look, snapshot, judged),
        ),
    )


def _only(
    paths: Sequence[str], evidence: Sequence[PendingRevision], judged: Judged
) -> tuple[tuple[PendingRevision, ...], Judged]:
    """What was said of the revisions in these files.

    Raises:
        UsageError: one of the files holds no revision of this range.
    """
    wanted = {Path(path).resolve() for path in paths}
    chosen = tuple(revision for revision in evidence if Path(revision.path).resolve() in wanted)
    missing = wanted - {Path(revision.path).resolve() for revision in chosen}
    if missing:
        raise UsageError(
            f"{near(str(min(missing)))} holds no pending revision of this project",
            hint="is it in a directory of version_locations, and between --from and --to?",
            reference="no-such-revision",
        )
    names = {revision.revision_id for revision in chosen}
    risk = RiskReport(tuple(revision for revision in judged.report.revisions if revision.revision_id in names))
    return chosen, Judged(risk, tuple(item for item in judged.statements if item.revision_id in names))


def with_near_paths(revision: PendingRevision) -> PendingRevision:
    """The same, its files named as seen from here: a person can click them, an annotation finds them."""
    statements = tuple(replace(item, path=near(item.path)) for item in revision.statements)
    return replace(revision, path=near(revision.path), statements=statements)


def near(path: str) -> str:
    """Relative to the current directory where it lies below it."""
    if not path:
        return path
    try:
        return str(Path(path).relative_to(Path.cwd()))
    except ValueError:
        return path


def _production(snapshot: Snapshot | None) -> str:
    if snapshot is None:
        return ""
    return f"{snapshot.database_name}, PostgreSQL {snapshot.server_version}, at {snapshot.at} ({snapshot.taken_at})"


def _phases(look: ProjectLook | None, snapshot: Snapshot | None, judged: Judged) -> tuple[str, ...]:
    """Where a database is in use, what takes something from its code should wait until nobody needs it."""
    if look is None or snapshot is None or not snapshot.revision_ids:
        return ()
    phases = {revision.revision_id: revision.phase for revision in look.graph.revisions}
    return tuple(
        f"{revision.revision_id} removes or changes something that the running code may use: with deploy_phase = "
        "\"contract\" in it, a deployment postpones it until no release needs it"
        for revision in judged.report.revisions
        if revision.kind is RevisionKind.CONTRACT and phases.get(revision.revision_id) != "contract"
    )


def _warnings(
    request: CheckRequest, snapshot: Snapshot | None, run: TracedRun | None, judged: Judged
) -> tuple[str, ...]:
    found = []
    if run is None and judged.statements and request.is_measured is False:
        found.append("the text was read only (--no-server, or DEPLOY_CHECK=parsed): nothing was tried")
    if run is not None and run.revisions and not can_predict():
        found.append("nothing was predicted beside what was measured: this installation is without the prediction")
    if run is not None and snapshot is not None and run.server_major != snapshot.server_major:
        found.append(f"tried on {run.server}; production is PostgreSQL {snapshot.server_version}")
    if snapshot is not None and snapshot.invalid_indexes:
        found.append(f"production has invalid indexes left over: {', '.join(snapshot.invalid_indexes)}")
    return (*found, *(run.warnings if run else ()))
