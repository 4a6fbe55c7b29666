"""What a check that breaks says: no answer is not a good answer, and not a broken production."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

import deploy.checking.commands.checking
from deploy.cli.main import main


def test_an_internal_error_of_the_check_ends_with_1_and_its_traceback_in_a_file(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def broken(*_: object) -> None:
        raise ZeroDivisionError("of ours")

    monkeypatch.setattr(deploy.checking.commands.checking, "check_migrations", broken)
    with pytest.raises(SystemExit) as ended:
        main(["check", "--no-database", "--json"])
    error = json.loads(capsys.readouterr().out)["error"]
    path = Path(error["hint"].removeprefix("see "))
    assert ended.value.code == 1
    assert error["reference"] == "internal-error"
    assert "ZeroDivisionError" in path.read_text()
    path.unlink()
