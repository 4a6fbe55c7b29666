"""Plans of restores as words and as JSON."""

from __future__ import annotations

from deploy.cli.documents.backups import RestoredTablesDocument, RestoreElsewhereDocument
from deploy.cli.documents.deployments import RestorePlanDocument
from deploy.cli.render import emit, plan_facts
from deploy.commands.prepared import Prepared
from deploy.commands.restoring import RestoreDetails
from deploy.commands.restoring_beside import restore_elsewhere, restore_tables
from deploy.model.doors import Reporter
from deploy.model.errors import EXIT_DONE, EXIT_FAILED_AND_UNDONE
from deploy.model.planned_step import UndoKind
from deploy.model.restores import RestoreRequest
from deploy.settings.schema import Settings


def say_restore_plan(reporter: Reporter, prepared: Prepared[RestoreDetails]) -> None:
    """What will be lost first; then what will be done."""
    plan = prepared.plan
    reporter.say(f"plan {plan.plan_id} ({plan.mode})")
    for name, value in plan.summary.items():
        if value:
            reporter.say(f"    {name.replace('_', ' ')}: {value}")
    for loss in prepared.details.losses:
        reporter.warn(loss)
    for number, step in enumerate(plan.steps, start=1):
        mark = "   <- point of no return" if step.undo_kind is UndoKind.POINT_OF_NO_RETURN else ""
        reporter.say(f"    {number}. {step.name}: {step.says}{mark}")
    for warning in plan.warnings:
        reporter.warn(warning)


def restore_plan_to_json(prepared: Prepared[RestoreDetails]) -> RestorePlanDocument:
    """The plan as it would be saved, and what will be lost."""
    return {"plan": plan_facts(prepared), "losses": list(prepared.details.losses)}


def restore_beside(
    settings: Settings, request: RestoreRequest, to_url: str | None, tables: str | None, reporter: Reporter, *,
    has_json: bool,
) -> int:
    """`--to-url` or `--tables`; returns the exit code."""
    if to_url:
        problems = restore_elsewhere(settings, request, to_url, reporter)
        for problem in problems:
            reporter.warn(problem)
        if not problems:
            reporter.say("all equal to the manifest; production was not touched")
        if has_json:
            elsewhere: RestoreElsewhereDocument = {"is_equal": not problems, "problems": list(problems)}
            emit(elsewhere)
        return EXIT_FAILED_AND_UNDONE if problems else EXIT_DONE
    wanted = [word for word in (tables or "").split(",") if word]
    found = restore_tables(settings, request.backup_name, wanted, reporter)
    for table in found:
        reporter.say(f"{table.name}: {table.rows:,} rows, equal to the backup")
    if has_json:
        restored: RestoredTablesDocument = {
            "tables": [{"name": t.name, "rows": t.rows, "content_hash": t.content_hash} for t in found]
        }
        emit(restored)
    return EXIT_DONE
