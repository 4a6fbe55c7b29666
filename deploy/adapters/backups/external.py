"""The operator's own backup service: a command whose exit and one line of JSON prove a fresh backup."""

from __future__ import annotations

import json
import os
import shlex
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from deploy.adapters.backups.programs import Program, raise_if, running
from deploy.adapters.process import redact
from deploy.model.backups import ExternalBackup
from deploy.model.errors import StepFailed, UsageError

NAME = "the external backup"
MOST_BYTES = 64 * 1024
MOST_NAME = 200
SHORTEST_TOKEN = 8
MISSING_HINT = "correct DEPLOY_BACKUP_EXTERNAL: its first word is the program; see docs/commands/backup.md"
HINT = "run DEPLOY_BACKUP_EXTERNAL by hand; see docs/commands/backup.md"


@dataclass(frozen=True)
class ExternalCommand:
    """How the service is asked.

    Attributes:
        words: as a shell would split them; no shell runs. Never shown: they may hold a token.
        secrets: hidden wherever they turn up in its output.
    """

    words: str = field(repr=False)
    timeout_seconds: float
    secrets: Sequence[str] = field(default=(), repr=False)

    def ask(self, is_stop_requested: Callable[[], bool]) -> ExternalBackup:
        """Run it, and read its answer.

        Raises:
            UsageError: the setting is no command.
            StepFailed: it failed, took too long, or proved nothing.
            InterruptedByOperator: a stop was asked for.
        """
        try:
            argv = shlex.split(self.words)
        except ValueError as error:
            raise UsageError(
                f"DEPLOY_BACKUP_EXTERNAL is not a command: {error}", hint=HINT, reference="bad-external-backup"
            ) from None
        if not argv or not argv[0]:
            raise UsageError(
                "DEPLOY_BACKUP_EXTERNAL names no program",
                hint="name the program there, or remove the setting; see docs/commands/backup.md",
                reference="bad-external-backup",
            )
        secrets = (*self.secrets, *_hidden_words(argv[1:]))
        with running(
            argv, os.environ, secrets=secrets, name=NAME, has_output=True, missing_hint=MISSING_HINT
        ) as program:
            printed = self._read(program, is_stop_requested)
        return parse_answer(redact(printed.decode(errors="replace"), self.secrets))

    def _read(self, program: Program, is_stop_requested: Callable[[], bool]) -> bytes:
        deadline = time.monotonic() + self.timeout_seconds

        def raise_or_go_on() -> bool:
            raise_if(is_stop_requested, NAME)
            if time.monotonic() > deadline:
                raise _failed(f"did not end within {self.timeout_seconds:g} s")
            return False

        printed = b""
        for chunk in program.chunks(raise_or_go_on):
            printed += chunk
            if len(printed) > MOST_BYTES:
                raise _failed(f"printed more than {MOST_BYTES:,} bytes")
        if program.wait(raise_or_go_on) != 0:
            raise program.failed(HINT, "external-backup-failed")
        return printed


def _hidden_words(words: Sequence[str]) -> list[str]:
    """What it prints may repeat its own words: a token among them must not reach a log."""
    values = [word.partition("=")[2] or word for word in words]
    return [value for value in values if len(value) >= SHORTEST_TOKEN]


def parse_answer(text: str) -> ExternalBackup:
    """`{"name": "...", "finished_at": "2026-01-02T03:04:05Z"}` in the last line.

    Raises:
        StepFailed: it is not that.
    """
    lines = [line for line in text.splitlines() if line.strip()]
    try:
        answer = json.loads(lines[-1] if lines else "")
        name, finished_at = str(answer["name"]).strip(), datetime.fromisoformat(answer["finished_at"])
    except (ValueError, KeyError, TypeError):
        raise _failed('proved nothing: its last line is not {"name": "...", "finished_at": "<ISO time>"}') from None
    if not name or len(name) > MOST_NAME or not name.isprintable():
        raise _failed("names no backup")
    if finished_at.tzinfo is None:
        raise _failed("gave a time without a time zone")
    return ExternalBackup(name, finished_at)


def _failed(why: str) -> StepFailed:
    return StepFailed(f"the external backup {why}", hint=HINT, reference="external-backup-failed")
