"""Which project a check means, and what it does where the first answer is none."""

from __future__ import annotations

from pathlib import Path

import pytest

from deploy.checking.commands import checking, sources
from deploy.checking.commands.checking import CheckWords, local_source
from deploy.checking.commands.sources import ComposeVariables, variables_of_compose
from deploy.model.check_request import MigrationSource
from deploy.model.errors import BlockedError, UsageError
from tests.unit.init.test_layout import INI, project

MISSING = BlockedError("KEY is asked for, and is not set", hint="", reference="project-setting-missing")
NO_IMAGE = BlockedError("shop:latest could not be pulled", hint="", reference="registry-unreachable")


@pytest.fixture
def shop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name in ("DATABASE_URL", "DEPLOY_DATABASE_URL", "DEPLOY_ENV", "KEY"):
        monkeypatch.delenv(name, raising=False)
    root = project(tmp_path / "shop", {
        "compose.yml": "", "backend/alembic.ini": INI.format("m"), "backend/m/env.py": "",
        ".env": "DATABASE_URL=postgresql+asyncpg://u:p%40x@db/shop\nA=1\n",
    })
    monkeypatch.chdir(root)
    return root


WORDS = CheckWords(python="/usr/bin/python3")


def test_the_project_below_is_found_with_its_variables_and_driver(shop: Path) -> None:
    source = local_source(shop, WORDS)
    assert (source.ini_path, source.directory) == (str(shop / "backend/alembic.ini"), shop / "backend")
    assert (dict(source.environment), source.scheme, source.has_percent) == ({"A": "1"}, "postgresql+asyncpg", True)


def test_a_development_database_is_the_one_that_the_env_file_names(shop: Path) -> None:
    source = local_source(shop, WORDS, is_led=False)
    assert source.environment["DATABASE_URL"] == "postgresql+asyncpg://u:p%40x@db/shop"


def test_what_one_stands_in_goes_before_the_project_around_it(shop: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    project(shop, {"other/alembic.ini": INI.format("m"), "other/m/env.py": ""})
    with pytest.raises(UsageError) as caught:
        local_source(shop, WORDS)
    assert caught.value.reference == "several-alembic"
    monkeypatch.chdir(shop / "other")
    assert local_source(shop, WORDS).ini_path == str(shop / "other" / "alembic.ini")


def test_before_there_is_an_image_the_directory_is_checked_and_an_image_that_was_named_is_not_replaced(
    shop: Path,
) -> None:
    assert checking._instead_of_image(shop, WORDS, NO_IMAGE).directory == shop / "backend"
    for words, error in ((CheckWords(image_reference="shop:1"), NO_IMAGE), (WORDS, MISSING)):
        with pytest.raises(BlockedError) as caught:
            checking._instead_of_image(shop, words, error)
        assert caught.value is error


class Said:
    def __init__(self) -> None:
        self.lines: list[str] = []

    def say(self, line: str) -> None:
        self.lines.append(line)


def test_what_the_compose_file_gives_is_added_once_it_is_missed_and_said(
    shop: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = ComposeVariables("app", {"KEY": "secret", "A": "2"})
    monkeypatch.setattr(checking, "variables_of_compose", lambda _: found)
    source, said = MigrationSource(environment={"A": "1"}), Said()
    fuller = checking._with_compose(shop, source, MISSING, said)  # type: ignore[arg-type]
    assert fuller.environment == {"A": "1", "KEY": "secret"}
    assert said.lines == ["env.py is given what the compose file gives service app: KEY"]
    for again, error in ((fuller, MISSING), (source, NO_IMAGE), (MigrationSource(image_id="x"), MISSING)):
        with pytest.raises(BlockedError):
            checking._with_compose(shop, again, error, said)  # type: ignore[arg-type]


def test_of_the_compose_file_the_service_that_migrates_speaks_and_its_secrets_are_where_they_lie_here(
    shop: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    config = {
        "services": {
            "app": {"build": {}, "environment": {"KEY": "app"}},
            "prestart": {"environment": {
                "KEY": "a$$b", "PASSWORD_FILE": "/run/secrets/db", "DATABASE_URL": "x", "PGHOST": "db", "NONE": None,
            }, "secrets": [{"source": "db"}]},
        },
        "secrets": {"db": {"file": "/here/db"}},
    }
    monkeypatch.setattr(sources, "render_files", lambda *_: config)
    assert variables_of_compose(shop) == ComposeVariables(
        "prestart", {"KEY": "a$b", "PASSWORD_FILE": "/here/db", "PGHOST": "127.0.0.1"}
    )
