"""A project's own migration command, up and down."""

from __future__ import annotations

import pytest
from pydantic import ValidationError

from deploy.settings.migration_words import downgrade_words, entry_words, upgrade_words
from tests.fakes.fake_world import fake_settings

HEAD, HEADS = "${MIGRATION_TARGET:-head}", "${MIGRATION_TARGET:-heads}"


@pytest.mark.parametrize(
    ("command", "up", "down"),
    [
        ("", f"alembic upgrade {HEAD}", "alembic -c alembic.ini downgrade r1"),
        ("flask db upgrade", f"flask db upgrade {HEAD}", "flask db downgrade r1"),
        ("flask db upgrade --directory db", f"flask db upgrade --directory db {HEAD}", "flask db downgrade --directory db r1"),
        ("alembic -n core upgrade heads", f"alembic -n core upgrade {HEADS}", "alembic -n core downgrade r1"),
        ("bash scripts/prestart.sh", "bash scripts/prestart.sh", "alembic -c alembic.ini downgrade r1"),
    ],
)
def test_the_command_is_the_same_in_both_directions(command: str, up: str, down: str) -> None:
    settings = fake_settings(migration_command=command)
    assert " ".join(upgrade_words(settings)) == up
    assert " ".join(downgrade_words(settings, "r1")) == down


def test_what_is_no_command_is_refused_with_the_settings() -> None:
    with pytest.raises(ValidationError):
        fake_settings(migration_command="flask 'db upgrade")


@pytest.mark.parametrize(
    ("command", "words"),
    [
        ("", ()), ("flask db upgrade", ()), ("alembic upgrade head", ()), ("bash scripts/prestart.sh", ()),
        ("python -m shop.cli db upgrade", ("python", "-m", "shop.cli", "db", "upgrade")),
        ("superset db upgrade", ("superset", "db", "upgrade")),
        ("flask --app shop db upgrade", ("flask", "--app", "shop", "db", "upgrade")),
    ],
)
def test_the_application_is_had_in_a_command_that_finds_it_otherwise_than_the_check(
    command: str, words: tuple[str, ...]
) -> None:
    assert entry_words(command) == words
