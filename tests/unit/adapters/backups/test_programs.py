"""A stop names what was stopped."""

from __future__ import annotations

import os

import pytest

from deploy.adapters.backups.programs import raise_if, running
from deploy.model.errors import InterruptedByOperator


def test_a_stop_during_a_restore_is_not_called_one_during_the_backup() -> None:
    with (
        running(["sleep", "60"], os.environ, name="pg_restore") as program,
        pytest.raises(InterruptedByOperator) as caught,
    ):
        program.wait(lambda: True)

    assert "pg_restore" in caught.value.what
    assert "backup" not in caught.value.what


def test_a_stop_between_programs_names_what_was_under_way() -> None:
    with pytest.raises(InterruptedByOperator, match="the count of the rows"):
        raise_if(lambda: True, "the count of the rows")
