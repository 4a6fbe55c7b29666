"""`contract`: what deployments held back."""

from __future__ import annotations

import sys
from typing import Any

import click

from deploy.cli.consent import consent_options, read_wish
from deploy.cli.deploying import run_request
from deploy.cli.options import Invocation, json_option
from deploy.model.deployments import DeployRequest, Mode


@click.command("contract", short_help="Run the revisions that deployments postponed.")
@click.option(
    "--give-up-rollback", "gives_up_rollback", is_flag=True,
    help="Run it even if a kept release needs what it removes.",
)
@click.option("--backup/--no-backup", "has_backup", default=True, help="Back up the database first [default: yes].")
@consent_options
@json_option
@click.pass_obj
def contract_command(
    invocation: Invocation, /, gives_up_rollback: bool, has_backup: bool, has_json: bool, **consent_words: Any
) -> None:
    """Run the revisions that deployments postponed (contract phase).

    It is refused until the watch has passed, and while a kept release needs what they remove.
    """
    invocation.has_json |= has_json
    wish = read_wish(consent_words)
    request = DeployRequest(
        mode=Mode.CONTRACT, has_backup=has_backup, refuses_backup=not has_backup,
        gives_up_rollback=gives_up_rollback, is_only_planned=wish.is_plan_only,
    )
    sys.exit(run_request(invocation, request, wish))
