"""Giving up takes a reason, and a reason is for giving up."""

from __future__ import annotations

from pathlib import Path

import pytest

from deploy.cli.options import Invocation
from deploy.cli.unfinished import abort_command
from deploy.model.errors import UsageError


@pytest.mark.parametrize("words", [["--give-up"], ["--give-up", "--reason", "  "], ["--reason", "why"]])
def test_giving_up_needs_a_reason_and_nothing_is_looked_at_without(words: list[str]) -> None:
    with pytest.raises(UsageError, match="go together"):
        abort_command.main(words, standalone_mode=False, obj=Invocation(Path("/nonexistent"), has_json=False))
