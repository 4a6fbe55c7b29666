"""The unit files call commands and flags that exist."""

from __future__ import annotations

import configparser
import re
import shlex
from pathlib import Path

import click
import pytest

from deploy.cli.main import deploy_command

UNITS = Path(__file__).resolve().parents[3] / "docs" / "systemd"
SERVICES = sorted(UNITS.glob("*.service"))
TIMERS = sorted(UNITS.glob("*.timer"))


def commands(path: Path) -> list[list[str]]:
    """Every ExecStart, as words behind the program."""
    lines = re.findall(r"^ExecStart=(.+)$", path.read_text(), re.MULTILINE)
    return [shlex.split(line)[1:] for line in lines]


def test_there_are_units() -> None:
    assert [path.stem for path in SERVICES] == [path.stem for path in TIMERS] == ["surefoot-backup", "surefoot-verify"]


@pytest.mark.parametrize("path", SERVICES, ids=lambda path: path.stem)
def test_each_command_is_understood(path: Path) -> None:
    assert commands(path)
    for words in commands(path):
        command: click.Command = deploy_command
        context = click.Context(deploy_command)
        while isinstance(command, click.Group):
            found = command.get_command(context, words.pop(0))
            assert found is not None
            command = found
        command.make_context(command.name or "", words)


@pytest.mark.parametrize("path", TIMERS, ids=lambda path: path.stem)
def test_each_timer_has_a_time_and_catches_up(path: Path) -> None:
    timer = configparser.ConfigParser()
    timer.optionxform = str  # type: ignore[assignment,method-assign]
    timer.read(path)
    assert timer["Timer"]["OnCalendar"]
    assert timer["Timer"]["Persistent"] == "true"
    assert timer["Install"]["WantedBy"] == "timers.target"
