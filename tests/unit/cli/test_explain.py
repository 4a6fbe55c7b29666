"""Every kind of error is explained, on the page and on a server."""

from __future__ import annotations

import json

import pytest
from click.testing import CliRunner

from deploy.cli.main import deploy_command
from deploy.model.error_register import error_register
from deploy.model.errors import UsageError
from scripts.error_page import PAGE, page, problems, raised_references


def run(*words: str) -> str:
    done = CliRunner().invoke(deploy_command, words, catch_exceptions=False)
    assert done.exit_code == 0
    return done.output


def test_register_code_and_page_agree() -> None:
    assert problems() == []
    assert PAGE.read_text(encoding="utf-8") == page()


def test_the_code_is_really_read() -> None:
    raised = raised_references()
    assert len(raised) > 200
    assert any(place.startswith("deploy/checks/compose_rules.py") for place in raised["init-missing"].places)
    assert raised["image-not-found"].codes == {3}, "a literal in a call"
    assert raised["ledger-lost"].codes >= {1, 3, 4}, "a constant of another file"


@pytest.mark.parametrize("reference", sorted(error_register()))
def test_each_entry_has_sentences(reference: str) -> None:
    entry = error_register()[reference]
    for text in (entry.means, entry.helps):
        assert text.endswith((".", "`."))
        assert text[0].isupper() or text[0] == "`"
    assert entry.exit_codes == tuple(sorted(set(entry.exit_codes)))
    assert f"### {reference}\n" in page()


def test_an_error_is_explained_without_engine_and_database() -> None:
    entry = error_register()["release-image-gone"]
    assert entry.means in run("explain", "release-image-gone")
    [document] = json.loads(run("explain", "release-image-gone", "--json"))["errors"]
    assert document["helps"] == entry.helps
    assert set(run("explain").split()) >= set(error_register())


def test_a_word_that_is_no_reference_is_answered_with_the_nearest() -> None:
    with pytest.raises(UsageError, match="release-image-gone"):
        CliRunner().invoke(
            deploy_command, ["explain", "release-image-gon"], catch_exceptions=False, standalone_mode=False
        )
