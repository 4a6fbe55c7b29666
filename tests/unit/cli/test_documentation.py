"""Every command has its page, and every flag stands on it."""

from __future__ import annotations

import importlib
import subprocess
import sys
from pathlib import Path

import click
import pytest

from deploy.cli.main import SUBCOMMANDS, deploy_command

PAGES = Path(__file__).resolve().parents[3] / "docs" / "commands"


def flags_of(command: click.Command) -> set[str]:
    found = {flag for p in command.params if isinstance(p, click.Option) for flag in p.opts if flag.startswith("--")}
    if isinstance(command, click.Group) and command is not deploy_command:
        for name in command.commands:
            found |= flags_of(command.commands[name])
    return found


def commands() -> list[tuple[str, click.Command]]:
    named = [("deploy", deploy_command)]
    for name, found in SUBCOMMANDS.items():
        named.append((name, getattr(importlib.import_module(found.module), f"{name.replace('-', '_')}_command")))
    return named


@pytest.mark.parametrize(("name", "command"), commands())
def test_every_flag_of_a_command_stands_on_its_page(name: str, command: click.Command) -> None:
    page = (PAGES / f"{name}.md").read_text()
    assert flags_of(command), "a command without flags would make this test empty"
    assert {flag for flag in flags_of(command) if flag not in page} == set()


def test_help_imports_nothing_heavy() -> None:
    program = (
        "import sys\nfrom deploy.cli.main import main\n"
        "try:\n    main(['--help'])\nexcept SystemExit:\n    pass\n"
        "heavy = {'docker', 'pydantic', 'rich', 'asyncpg', 'sqlalchemy', 'alembic', 'requests', 'asyncio'}\n"
        "sys.exit(','.join(sorted(heavy & set(sys.modules))) or 0)"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert "--auto-migrate" in done.stdout
