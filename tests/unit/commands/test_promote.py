"""The file of what passed: what cannot be written is named with what helps there."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from deploy.commands.promote import save_passed, take_passed
from deploy.model.errors import BlockedError, UsageError
from deploy.model.passed import PassedImage
from tests.fakes.fake_world import fake_settings

PASSED = PassedImage("staging", "sha256:1", "example/shop@sha256:1", "release-1", "d0001", ("r1",), "")


def test_without_a_digest_the_command_for_one_machine_has_a_mode(tmp_path: Path) -> None:
    with pytest.raises(BlockedError) as caught:
        save_passed(replace(PASSED, digest=None), tmp_path / "passed.json")

    assert caught.value.reference == "passed-without-digest"
    assert "promote --auto-migrate" in caught.value.hint


def test_a_file_that_cannot_be_saved_is_named_anew_and_a_copy_needs_the_state_directory(tmp_path: Path) -> None:
    save_passed(PASSED, tmp_path / "passed.json")
    (tmp_path / "state").touch()  # a file where the directory should be
    hints = []

    for write in (
        lambda: save_passed(PASSED, tmp_path / "state" / "passed.json"),
        lambda: take_passed(fake_settings(state_directory=tmp_path / "state"), tmp_path / "passed.json"),
    ):
        with pytest.raises(UsageError) as caught:
            write()
        assert caught.value.reference == "passed-not-written"
        hints.append(caught.value.hint)

    assert [("--save" in hint, "DEPLOY_STATE_DIRECTORY" in hint) for hint in hints] == [(True, False), (False, True)]
