"""What a terminal would obey is shown, and a secret value is hidden wherever it stands."""

from __future__ import annotations

import io
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from deploy.adapters.log_file import KeptReporter, read_log
from deploy.cli.main import _tell
from deploy.cli.progress import PlainReporter, TerminalReporter
from deploy.cli.render import emit
from deploy.model.redaction import redacted, without_passwords
from deploy.model.secret_values import remember_secrets, secrets_of
from deploy.model.visible import visible, visible_lines
from deploy.settings.load import load_settings
from tests.fakes.planned_steps import any_step

STEP = any_step("switch-containers", "one → two")
FORGED = [
    "\x1b[2J\x1b[1;1H[3/7] check-health ok (0.1 s): all agree",
    "working\r[3/7] check-health ok (0.1 s): all agree",
    "working\n[3/7] check-health ok (0.1 s): all agree",
    "working\x0b[3/7] check-health ok\x0c",
    "title\x1b]0;owned\x07",
    "\x9b2J",
    "table \u202ekcehc\u202c",
    "line\u2028[3/7] check-health ok",
    "half \ud800 a character",
]


@pytest.mark.parametrize("text", FORGED)
def test_no_foreign_text_makes_a_line_of_ours_or_moves_the_cursor(text: str) -> None:
    for tell in ("log", "say", "warn"):
        stream = io.StringIO()
        getattr(PlainReporter(stream), tell)(text)
        first, *more = stream.getvalue().removesuffix("\n").split("\n")
        assert not [c for c in stream.getvalue() if ord(c) < 32 and c != "\n"]
        assert not set(stream.getvalue()) & set("\x7f\x9b\u202e\u202c\u2028\ud800")
        assert all(line.startswith(("  | ", "    ")) for line in more)
        if tell == "log":
            assert first.startswith("  | ")


def test_what_is_shown_says_what_it_was() -> None:
    assert visible("\x1b[31mred\x1b[0m\r\x07\u202e") == r"\x1b[31mred\x1b[0m\r\x07\u202e"
    assert visible("tab\tand\nline") == "tab\tand\nline"
    assert visible_lines("a\nb", "  | ") == ["  | a", "  | b"]


def test_the_result_of_a_step_cannot_forge_the_next(tmp_path: Path) -> None:
    stream = io.StringIO()
    kept = KeptReporter(PlainReporter(stream), tmp_path)
    began = datetime.now(UTC) - timedelta(seconds=1)
    kept.step_ended(0, 7, STEP, outcome="it failed\n[2/7] check-health ok", is_ok=False, seconds=1)
    kept.log("\x1b[2Jcleared\n[2/7] check-health ok")
    assert stream.getvalue().splitlines()[1] == "    [2/7] check-health ok"
    texts = [line.text for line in read_log(tmp_path, began, datetime.now(UTC))]
    assert texts[1:] == ["    [2/7] check-health ok", r"| \x1b[2Jcleared", "| [2/7] check-health ok"]


def test_a_terminal_gets_no_escape_of_others(capsys: pytest.CaptureFixture[str]) -> None:
    TerminalReporter().log("\x1b[2J\rforged")
    assert r"\x1b[2J\rforged" in capsys.readouterr().out


def test_an_error_cannot_forge_a_hint(capsys: pytest.CaptureFixture[str]) -> None:
    _tell(False, "compose said: \x1b[2Jx\nhint: rm -rf /", "look", "some-error")
    assert capsys.readouterr().err.splitlines() == [
        r"error: compose said: \x1b[2Jx", "    hint: rm -rf /", "hint: look",
        "more: ./scripts/deploy.sh explain some-error",
    ]


SECRET = "tr0ub4dor&3/€"


@pytest.mark.parametrize("name", [
    "POSTGRES_PASSWORD", "SECRET_KEY", "STRIPE_API_KEY", "GITHUB_TOKEN", "db_passwd", "SMTP_PASS", "DB_PWD",
    "AWS_SECRET_ACCESS_KEY", "AWS_ACCESS_KEY_ID", "KEY_PASSPHRASE",
])
def test_a_variable_whose_name_says_so_is_secret(name: str) -> None:
    assert secrets_of({name: SECRET}) == (SECRET,)


@pytest.mark.parametrize("name", ["PWD", "SSH_KEY_FILE", "PUBLIC_KEY", "TOKEN_TTL_SECONDS", "KEYBOARD", "MONKEY", "PASSENGERS"])
def test_a_variable_that_only_sounds_like_it_is_not(name: str) -> None:
    assert secrets_of({name: SECRET}) == ()


def test_the_password_of_any_url_among_the_variables_is_secret() -> None:
    assert secrets_of({"REDIS_URL": "redis://:p%40ss-word@cache/0", "HOME": "/root"}) == ("p%40ss-word",)


@pytest.mark.parametrize("text", [
    f"password is {SECRET}", f"x{SECRET}y", "in a URL tr0ub4dor%263%2F%E2%82%AC", f"SQL '{SECRET}'", json.dumps(SECRET)[1:-1],
])
def test_a_known_secret_is_hidden_in_each_of_its_forms(text: str) -> None:
    remember_secrets([SECRET, json.dumps(SECRET)[1:-1]])
    assert "tr0ub4dor" not in without_passwords(text)


def test_a_short_password_is_hidden_as_a_word_and_leaves_other_words_alone() -> None:
    remember_secrets(["order"])
    assert without_passwords("the order of orders in reorder") == "the [hidden] of orders in reorder"


def test_what_everybody_may_see_stays_although_it_is_the_password_too() -> None:
    remember_secrets(["shop", "true", "ab"], public=["shop"])
    assert without_passwords("shop-app-1 ab true") == "shop-app-1 ab true"
    assert "shop@" not in without_passwords("postgresql://shop:shop@db/shop")


def test_every_line_of_a_key_is_hidden() -> None:
    remember_secrets(["-----BEGIN KEY-----\nMIIEvQIBADANBg\nkqhkiG9w0BAQEF\n-----END KEY-----"])
    assert without_passwords("got kqhkiG9w0BAQEF here") == "got [hidden] here"


def test_json_and_lists_hide_it_too(capsys: pytest.CaptureFixture[str]) -> None:
    remember_secrets([SECRET])
    emit({"problems": [f"said {SECRET}"], "nested": {"a": [{"b": SECRET}]}})
    assert "tr0ub4dor" not in capsys.readouterr().out
    assert redacted([SECRET]) == ["[hidden]"]


def test_settings_that_were_read_make_their_secrets_known(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("DATABASE_URL", "DEPLOY_ENV"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("PGPASSWORD", "of-the-environment")
    (tmp_path / ".env").write_text(
        "DATABASE_URL=postgresql://shop:bare-pass%21word@db/shop\nGITHUB_REPOSITORY=acme/shop\n"
        "SESSION_SECRET=hush-hush\nREDIS_URL=redis://:redis-pass@cache\nDEPLOY_NOTICE_URLS=json://host/hook-token\n"
    )
    load_settings(tmp_path)
    hidden = without_passwords(
        "bare-pass!word bare-pass%21word hush-hush redis-pass json://host/hook-token of-the-environment shop"
    )
    assert hidden == " ".join(["[hidden]"] * 6) + " shop"
