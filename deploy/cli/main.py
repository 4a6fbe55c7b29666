"""The command line: words in, words out, and the one place where an exception becomes an exit code."""

from __future__ import annotations

import os
import sys
import traceback
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

import click

from deploy.cli.consent import ARGUMENTS
from deploy.cli.options import Invocation, json_option, request_options
from deploy.cli.subcommands import find_subcommands
from deploy.cli.traceback_file import write_traceback
from deploy.model.errors import EXIT_INTERRUPTED, EXIT_NOT_UNDONE, EXIT_USAGE, DeployError, UsageError

SUBCOMMANDS = find_subcommands()


class LazyGroup(click.Group):
    """Subcommands are imported when they are called, so that --help answers at once."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Keep the words as they were typed: an error can then name the whole command that comes next."""
        ctx.meta[ARGUMENTS] = tuple(args)
        return super().parse_args(ctx, args)

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002
        """All names."""
        return list(SUBCOMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002
        """Import the command's module."""
        if cmd_name not in SUBCOMMANDS:
            return None
        import importlib  # only when a subcommand is called

        module = importlib.import_module(SUBCOMMANDS[cmd_name].module)
        command: click.Command = getattr(module, f"{cmd_name.replace('-', '_')}_command")
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002
        """The list for --help, without importing anything."""
        with formatter.section("Commands"):
            formatter.write_dl([(command.name, command.help) for command in SUBCOMMANDS.values()])


@click.group(
    cls=LazyGroup, invoke_without_command=True, context_settings={"help_option_names": ["-h", "--help"]},
    epilog="Exit codes: 0 done; 1 failed, everything undone; 2 usage or settings; 3 blocked, nothing changed; "
    "4 failed and not undone; 5 another deployment is under way; 130 interrupted and undone.",
)
@request_options
@click.option(
    "--project-directory", type=click.Path(path_type=Path), help="The directory of the compose file and .env.",
)
@click.option("--env", "environment_name", metavar="NAME", help="Use another environment: NAME reads .env.NAME.")
@json_option
@click.pass_context
def deploy_command(
    ctx: click.Context, /, project_directory: Path | None, environment_name: str | None, has_json: bool, **words: Any
) -> None:
    """Deploy a Docker Compose application with its migration.

    Give one mode: --auto-migrate, --manual-migrate or --skip-migrate; or --backup and --health-check alone.
    """
    if environment_name is not None:
        os.environ["DEPLOY_ENV"] = environment_name  # every reader of settings sees it, programs that we start too
    ctx.obj = Invocation(project_directory, has_json, ctx.meta.get(ARGUMENTS, ()))
    if ctx.invoked_subcommand is not None:
        given = [name for name, value in words.items() if value]
        if given:
            raise UsageError(
                f"flags of a deployment cannot be used with `{ctx.invoked_subcommand}`",
                hint=f"./scripts/deploy.sh {ctx.invoked_subcommand} --help", reference="usage",
            )
        return
    from deploy.cli.deploying import deploy  # keeps --help quick

    sys.exit(deploy(ctx.obj, words))


def main(arguments: list[str] | None = None) -> None:
    """Run, and leave with the exit code that tells whether production was changed."""
    arguments = sys.argv[1:] if arguments is None else arguments
    has_json = "--json" in arguments
    try:
        deploy_command.main(args=arguments, prog_name="./scripts/deploy.sh", standalone_mode=False)
    except click.exceptions.Abort:
        sys.exit(EXIT_INTERRUPTED)
    except click.ClickException as error:
        _tell(has_json, error.format_message(), "./scripts/deploy.sh --help", "usage")
        sys.exit(EXIT_USAGE)
    except DeployError as error:
        _tell(has_json, error.what, error.hint, error.reference, error.details)
        sys.exit(error.exit_code)
    except BrokenPipeError:
        with suppress(OSError):
            os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
        sys.exit(0)
    except KeyboardInterrupt:
        sys.exit(EXIT_INTERRUPTED)
    except Exception as error:  # noqa: BLE001 - the operator gets a sentence, the traceback goes to a file
        path = write_traceback("".join(traceback.format_exception(error)))
        _tell(
            has_json, f"internal error: {error!r}", f"see {path}; then ./scripts/deploy.sh status", "internal-error"
        )
        sys.exit(EXIT_NOT_UNDONE)
    sys.exit(0)


def _tell(
    has_json: bool, what: str, hint: str, reference: str, details: Mapping[str, Any] | None = None
) -> None:
    from deploy.model.redaction import redacted, without_passwords  # only when something is wrong
    from deploy.model.visible import visible_lines

    if has_json:
        import json  # keeps --help quick

        error = {"what": what, "hint": hint, "reference": reference}
        click.echo(json.dumps(redacted({"schema": "surefoot/1", "error": error, **(details or {})}), indent=2))
        return
    more = "" if reference == "usage" else f"./scripts/deploy.sh explain {reference}"
    for name, text in (("error", what), ("hint", hint), ("more", more)):
        if text:
            click.echo("\n".join(visible_lines(without_passwords(f"{name}: {text}"))), err=True)
