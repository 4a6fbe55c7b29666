"""The operator's own backup service is believed when it exits 0 and names a backup with its time, and not else."""

from __future__ import annotations

import stat
import time
from datetime import UTC, datetime
from pathlib import Path

import pytest

from deploy.adapters.backups.external import ExternalCommand, parse_answer
from deploy.model.errors import EXIT_FAILED_AND_UNDONE, DeployError, InterruptedByOperator, StepFailed, UsageError

TOKEN = "tok-2f9a77c1"
PROOF = '{"name": "20260102-full", "finished_at": "2026-01-02T03:04:05Z"}'


def never() -> bool:
    return False


@pytest.fixture
def script(tmp_path: Path):
    """A program of the operator's: what it does, as a command."""

    def write(body: str) -> str:
        path = tmp_path / "a service"
        path.write_text(f"#!/bin/sh\n{body}\n")
        path.chmod(path.stat().st_mode | stat.S_IXUSR)
        return f"'{path}'"

    return write


def is_running(pid: int) -> bool:
    """A zombie has ended; whoever adopted it may be slow to bury it."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def fails(words: str, *, seconds: float = 20, secrets: tuple[str, ...] = ()) -> DeployError:
    with pytest.raises(StepFailed) as caught:
        ExternalCommand(words, seconds, secrets).ask(never)
    assert caught.value.reference == "external-backup-failed"
    assert caught.value.exit_code == EXIT_FAILED_AND_UNDONE
    return caught.value


def test_exit_0_and_its_last_line_prove_a_backup(script):
    backup = ExternalCommand(script(f"echo working; echo '{PROOF}'"), 20).ask(never)

    assert backup.name == "20260102-full"
    assert backup.finished_at == datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)


def test_its_words_are_split_without_a_shell(script, tmp_path):
    words = script(f'test "$1" = "two words" && test "$2" = "; touch {tmp_path}/made" && echo \'{PROOF}\'')

    assert ExternalCommand(f"{words} 'two words' '; touch {tmp_path}/made'", 20).ask(never).name
    assert not (tmp_path / "made").exists()


def test_another_exit_code_proves_nothing_whatever_it_prints(script):
    assert "no space" in fails(script(f"echo '{PROOF}'; echo 'no space' >&2; exit 3")).what


def test_it_is_not_waited_for_without_end_and_what_it_started_ends_too(script, tmp_path):
    began = time.monotonic()

    fails(script(f"sleep 60 & echo $! > '{tmp_path}/pid'; wait"), seconds=0.5)

    assert time.monotonic() - began < 20
    pid = int((tmp_path / "pid").read_text())
    while is_running(pid):
        assert time.monotonic() - began < 20


def test_a_stop_ends_it(script):
    with pytest.raises(InterruptedByOperator):
        ExternalCommand(script("sleep 60"), 60).ask(lambda: True)


def test_a_program_that_is_not_there_is_told(tmp_path):
    with pytest.raises(StepFailed):
        ExternalCommand(str(tmp_path / "nothing"), 20).ask(never)


def test_a_program_that_cannot_be_started_names_the_setting(tmp_path):
    with pytest.raises(StepFailed) as caught:
        ExternalCommand(str(tmp_path / "nothing"), 20).ask(never)

    assert "DEPLOY_BACKUP_EXTERNAL" in caught.value.hint
    assert "bootstrap" not in caught.value.hint


@pytest.mark.parametrize("words", [" ", "\t  ", "''"])
def test_a_setting_without_a_program_is_a_wrong_setting(words):
    with pytest.raises(UsageError) as caught:
        ExternalCommand(words, 20).ask(never)

    assert "DEPLOY_BACKUP_EXTERNAL" in caught.value.what
    assert caught.value.hint


def test_words_that_cannot_be_split_are_a_wrong_setting():
    with pytest.raises(UsageError) as caught:
        ExternalCommand(f"service '{TOKEN}", 20).ask(never)
    assert TOKEN not in f"{caught.value.what}{caught.value.hint}"


@pytest.mark.parametrize("given", [TOKEN, f"--token={TOKEN}"])
def test_a_token_among_its_words_is_never_told(script, given):
    words = f"{script('echo refused: $1 >&2; exit 1')} {given}"

    error = fails(words)

    assert "refused" in error.what
    assert TOKEN not in f"{error.what}{error.hint}"
    assert TOKEN not in repr(ExternalCommand(words, 20))


def test_the_databases_password_is_never_told(script):
    hidden = "postgresql://ann:s3cret@db/shop"
    words = script(f"""echo '{{"name": "of {hidden}", "finished_at": "2026-01-02T03:04:05Z"}}'""")

    assert "s3cret" not in ExternalCommand(words, 20, (hidden,)).ask(never).name
    assert "s3cret" not in fails(script(f"echo {hidden} >&2; exit 1"), secrets=(hidden,)).what


def test_a_flood_of_output_is_refused(script):
    assert "more than" in fails(script("yes")).what


@pytest.mark.parametrize(
    "text",
    [
        "", "done", "[]", "null", "3", '{"name": "x"}', '{"finished_at": "2026-01-02T03:04:05Z"}',
        '{"name": "", "finished_at": "2026-01-02T03:04:05Z"}', '{"name": "x", "finished_at": "yesterday"}',
        '{"name": "x", "finished_at": 5}', '{"name": "x", "finished_at": "2026-01-02T03:04:05"}',
        '{"name": "a\\u001b[2J", "finished_at": "2026-01-02T03:04:05Z"}', f"{PROOF}\nand more",
    ],
)
def test_any_other_answer_proves_nothing(text):
    with pytest.raises(StepFailed) as caught:
        parse_answer(text)
    assert caught.value.reference == "external-backup-failed"
