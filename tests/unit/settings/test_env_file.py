"""Quotes, escapes and `$` of .env; that Compose reads them so is tested beside Compose itself."""

from __future__ import annotations

from pathlib import Path

import pytest

from deploy.model.errors import UsageError
from deploy.settings.env_file import EnvFileError, parse_env_file
from deploy.settings.load import load_settings, read_variable

WAYS = (
    ("pa$$word", "pa$word"), ("'pa$word'", "pa$word"), ('"pa\\$word"', "pa$word"), ("'pa${x}'", "pa${x}"),
    ('"pa$$word"', "pa$word"), ("'pa$$word'", "pa$$word"),
)


@pytest.mark.parametrize(("written", "read"), WAYS)
def test_a_password_with_a_dollar_is_read_as_compose_reads_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, written: str, read: str
) -> None:
    for name in ("DATABASE_URL", "DEPLOY_ENV", "GITHUB_REPOSITORY", "IMAGE_REPOSITORY"):
        monkeypatch.delenv(name, raising=False)
    quote = written[0] if written[0] in "'\"" else ""
    url = f"{quote}postgresql://ann:{written.strip(quote)}@db/shop{quote}"
    (tmp_path / ".env").write_text(f"GITHUB_REPOSITORY=acme/shop\nDATABASE_URL={url}\n")
    assert load_settings(tmp_path).host_database_url == f"postgresql://ann:{read}@db/shop"
    assert read_variable(tmp_path, "DATABASE_URL") == f"postgresql://ann:{read}@db/shop"


def test_a_dollar_that_compose_would_eat_is_a_mistake_and_the_value_is_not_shown(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("DATABASE_URL", raising=False)
    (tmp_path / ".env").write_text("OTHER=$nobody\nGITHUB_REPOSITORY=a/b\nDATABASE_URL=postgresql://ann:hush$word@db/shop\n")
    with pytest.raises(UsageError) as refused:
        load_settings(tmp_path)
    assert "DATABASE_URL" in refused.value.what
    assert "$word" in refused.value.what
    assert "hush" not in refused.value.what + refused.value.hint
    monkeypatch.setenv("DATABASE_URL", "postgresql://ann:other@db/shop")
    assert load_settings(tmp_path).host_database_url == "postgresql://ann:other@db/shop"


def test_the_line_of_a_mistake_is_named_over_values_of_several_lines() -> None:
    with pytest.raises(EnvFileError, match=r"^line 5 "):
        parse_env_file('A="one\ntwo\nthree"\n# c\nthis is nothing\n', {})


def test_a_name_alone_takes_the_environments_value() -> None:
    assert parse_env_file("A\nB\n", {"A": "1"}).values == {"A": "1"}
