"""Obligation: a command is a file that registers itself; nothing else names it."""

from __future__ import annotations

import importlib
import re
from pathlib import Path

import click
import pytest

from deploy.cli.main import deploy_command
from deploy.cli.subcommands import FOLDERS, ROOT, find_subcommands

COMMAND = """
import click

@click.command("tidy-up", short_help="Remove what nobody needs.")
@click.pass_obj
def tidy_up_command(invocation):
    pass
"""


def test_a_file_that_is_put_into_the_folder_is_a_command(tmp_path: Path) -> None:
    (tmp_path / "tidying.py").write_text(COMMAND)
    (tmp_path / "rendering.py").write_text("def render():\n    return '@click.command'\n")
    found = find_subcommands([("here", tmp_path)])
    assert [(command.name, command.module, command.help) for command in found.values()] == [
        ("tidy-up", "here.tidying", "Remove what nobody needs.")
    ]


@pytest.mark.parametrize("line", [
    '@click.command(NAME, short_help="Remove what nobody needs.")',
    '@click.command("tidy-up", short_help=HELP)',
    '@click.command("tidy-up", short_help="")',
])
def test_a_command_that_cannot_be_read_is_an_error_with_its_files_name(line: str, tmp_path: Path) -> None:
    (tmp_path / "tidying.py").write_text(f"{line}\ndef tidy_up_command():\n    pass\n")
    with pytest.raises(ValueError, match=r"tidying\.py"):
        find_subcommands([("here", tmp_path)])


def test_every_command_is_registered_here_or_in_a_group() -> None:
    context = click.Context(deploy_command)
    known = set(find_subcommands())
    for name in sorted(known):
        command = deploy_command.get_command(context, name)
        known |= set(command.commands) if isinstance(command, click.Group) else set()
    unknown = {
        f"{path}: {name}"
        for folder in FOLDERS for path in ROOT.joinpath(*folder.split(".")[1:]).glob("*.py")
        for name in re.findall(r'^@click\.(?:command|group)\(\s*"([\w-]+)"', path.read_text(), re.MULTILINE)
        if name not in known
    }
    assert unknown == set()


def test_every_registered_command_has_its_function() -> None:
    for name, command in find_subcommands().items():
        found = getattr(importlib.import_module(command.module), f"{name.replace('-', '_')}_command")
        assert (found.name, found.short_help) == (name, command.help)
