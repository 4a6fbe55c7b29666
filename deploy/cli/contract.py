"""`contract`: what deployments held back."""

from __future__ import annotations

import sys

import click

from deploy.cli.deploying import run_request
from deploy.cli.options import Invocation, approve_option, json_option, plan_option, yes_option
from deploy.model.deployments import DeployRequest, Mode


@click.command("contract")
@click.option("--give-up-rollback", "gives_up_rollback", is_flag=True, help="Even where a kept release needs it.")
@click.option("--backup/--no-backup", "has_backup", default=True, help="Back up the database first [default: yes].")
@plan_option
@yes_option
@approve_option
@json_option
@click.pass_obj
def contract_command(
    invocation: Invocation, gives_up_rollback: bool, has_backup: bool, is_plan_only: bool, is_confirmed: bool,
    approved_plan_id: str | None, has_json: bool,
) -> None:
    """Run what deployments held back (contract phase), once the watch has passed and no release needs it."""
    invocation.has_json |= has_json
    request = DeployRequest(
        mode=Mode.CONTRACT, has_backup=has_backup, refuses_backup=not has_backup, is_confirmed=is_confirmed,
        approved_plan_id=approved_plan_id, gives_up_rollback=gives_up_rollback, is_only_planned=is_plan_only,
    )
    sys.exit(run_request(invocation, request, is_plan_only=is_plan_only))
