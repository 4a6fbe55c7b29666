"""`init`: what somebody else's Alembic project needs, asked before each file."""

from __future__ import annotations

import sys
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from deploy.cli.consent import yes_option
from deploy.cli.documents.projects import InitDocument
from deploy.cli.options import Invocation, json_option
from deploy.cli.render import emit, make_reporter
from deploy.model.errors import BlockedError
from deploy.model.init import ProposedFile

if TYPE_CHECKING:
    from deploy.commands.init import FirstCheck, Proposal
    from deploy.model.doors import Reporter


@click.command("init", short_help="Prepare an Alembic project for deployments.")
@click.option("--alembic-ini", metavar="PATH", help="Which alembic.ini, if there are several.")
@click.option(
    "--surefoot", metavar="PATH|ADDRESS",
    help="Which tool pipelines install, exactly: a file, git+…@COMMIT, or https://…#sha256=… [default: this one].",
)
@click.option("--gitlab", "has_gitlab", is_flag=True, help="GitLab CI instead of GitHub Actions.")
@click.option("--render", "has_render", is_flag=True, help="Also write render.yaml.")
@click.option("--python", metavar="PATH", help="The project's Python, for the check [default: its .venv's].")
@click.option("--dry-run", "is_dry", is_flag=True, help="Say what would be written; write nothing.")
@yes_option
@json_option
@click.pass_obj
def init_command(invocation: Invocation, /, is_dry: bool, is_confirmed: bool, has_json: bool, **words: Any) -> None:
    """Read the Alembic project in this directory, and write the files that a deployment needs; overwrite none."""
    from deploy.commands.init import InitRequest, first_check, propose, write  # keeps --help quick

    has_json |= invocation.has_json
    reporter = make_reporter(has_json)
    request = InitRequest(directory=(invocation.project_directory or Path.cwd()).resolve(), **words)
    proposal = propose(request)
    _say_layout(reporter, proposal)
    if not is_dry and not is_confirmed:
        _require_terminal()
    written = () if is_dry else write(request.directory, proposal, lambda file: is_confirmed or _ask(file))
    for file in written:
        reporter.say(f"written: {file.path}")
    check = first_check(request, proposal.layout, reporter)
    _say_check(reporter, check)
    if has_json:
        emit(_document(proposal, written, check))
        return
    for number, line in enumerate(_afterwards(proposal), start=1):
        reporter.say(f"next {number}: {line}")
    if proposal.env_guard:
        number = len(_afterwards(proposal)) + 1
        reporter.say(f"next {number}: to refuse autogenerate in production, put this into {_env_path(proposal)}:")
        for line in proposal.env_guard.splitlines():
            reporter.say(f"    {line}")
        reporter.say("    and call this before its context.configure(…): refuse_autogenerate_in_production(connection)")


def _env_path(proposal: Proposal) -> str:
    layout = proposal.layout
    return layout.env_path or f"{layout.script_location.rstrip('/')}/env.py"


def _require_terminal() -> None:
    if not sys.stdin.isatty():
        raise BlockedError(
            "init asks before each file, and there is no terminal", hint="use --dry-run to look, or --yes to write",
            reference="approval-needed",
        )


def _ask(file: ProposedFile) -> bool:
    verb = "append to" if file.is_appended else "write"
    return click.confirm(f"{verb} {file.path} ({file.says})?", default=True, err=True)


def _say_layout(reporter: Reporter, proposal: Proposal) -> None:
    layout = proposal.layout
    reporter.say(f"alembic: {layout.alembic_ini}, scripts in {layout.script_location}, {layout.revisions} revisions")
    reporter.say(f"package: {layout.package_layout}, pip install {layout.install}, Python {layout.python_version}")
    where = ", ".join(layout.compose_files) or "no compose file"
    reporter.say(f"application: service {layout.app_service}, port {layout.port}, {layout.health_path} ({where})")
    tool = proposal.tool
    reporter.say(f"tool: {tool.place}{f', sha256 {tool.sha256}' if tool.sha256 else ''}")
    if tool.is_of_this_machine:
        reporter.warn(f"{tool.place} is a path on this machine: whatever runs the pipeline or deploys needs it there")
    for service in proposal.services:
        reporter.say(f"service {service.name}: {service.says}" if service.name else f"laid over it: {service.says}")
    for note in layout.notes:
        reporter.warn(note)
    for file in proposal.files:
        state = "stays  " if file.is_there else "append " if file.is_appended else "missing"
        reporter.say(f"{state} {file.path}: {file.says}")


def _afterwards(proposal: Proposal) -> list[str]:
    """What a person does next, with the name that the example of variables got here."""
    build = " --build" if proposal.layout.has_own_compose and proposal.layout.dockerfile else ""
    database = proposal.database_service
    example = next(file.path for file in proposal.files if file.path.startswith(".env."))
    return [
        *([] if proposal.has_dotenv or not proposal.missing else [
            f"cp {example} .env && chmod 600 .env, and set what is missing there"
        ]),
        *(f"still missing: {line}" for line in proposal.missing),
        *([f"./scripts/deploy.sh accessories up {database}, if it does not run yet"] if database else []),
        f"./scripts/deploy.sh --auto-migrate --plan{build}",
    ]


def _say_check(reporter: Reporter, check: FirstCheck) -> None:
    if check.report is None:
        reporter.warn(f"the first check has no answer: {check.problem}")
        reporter.say(f"hint: {check.hint}")
        return
    found = Counter(finding.level.label for finding in check.report.risk.findings)
    told = ", ".join(f"{number} {level}" for level, number in found.most_common()) or "nothing"
    revisions = len(check.report.risk.revisions)
    reporter.say(f"first check, the whole history, {check.report.method}: {revisions} revisions; found: {told}")


def _document(proposal: Proposal, written: tuple[ProposedFile, ...], check: FirstCheck) -> InitDocument:
    names = {file.path for file in written}
    report = check.report
    return {
        "layout": proposal.layout,
        "services": list(proposal.services),
        "missing": list(proposal.missing),
        "tool": {
            "kind": proposal.tool.kind.value, "place": proposal.tool.place, "sha256": proposal.tool.sha256 or None,
        },
        "files": [
            {"path": f.path, "says": f.says, "was_there": f.is_there, "written": f.path in names}
            for f in proposal.files
        ],
        "check": {"revisions": len(report.risk.revisions), "risk": report.risk.level.label} if report else None,
        "check_problem": check.problem or None,
        "next": _afterwards(proposal),
        "env_guard": proposal.env_guard or None,
    }
