"""Recipients as an operator writes them: age keys, SSH public keys with and without comment, several of both."""

from __future__ import annotations

from pathlib import Path

import pytest

from deploy.adapters.backups.streams import parse_recipients
from deploy.model.errors import UsageError
from deploy.settings.load import load_settings

AGE = "age1ftjapla3yrm2yxvwh6lsxu4zknh4gts2umulyaexdq8mqu4d9dkswtalrs"
SSH = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIHH00bJ02XSGG8fPAM+11VbrbWAoSUgQS1TwWgPVDHwV"
COMMENT = "ann@host"


def of_env_file(directory: Path, value: str) -> tuple[str, ...]:
    (directory / ".env").write_text(
        f"DATABASE_URL=postgresql://ann@db/shop\nGITHUB_REPOSITORY=a/b\nDEPLOY_BACKUP_RECIPIENTS={value}\n"
    )
    return load_settings(directory).backup_recipients


@pytest.fixture(autouse=True)
def environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("DEPLOY_ENV", "DATABASE_URL", "GITHUB_REPOSITORY", "DEPLOY_BACKUP_RECIPIENTS"):
        monkeypatch.delenv(name, raising=False)


@pytest.mark.parametrize(("value", "expected"), [
    (SSH, (SSH,)), (f"{SSH} {COMMENT}", (SSH,)), (f"'{SSH} {COMMENT}'", (SSH,)),
    (f"{SSH} {AGE}", (SSH, AGE)), (f"{AGE} {SSH} {COMMENT}", (AGE, SSH)), (f"{SSH} {COMMENT} {SSH}", (SSH, SSH)),
    (f"{SSH} {COMMENT},{AGE}", (SSH, AGE)), (f"{SSH},{SSH} {COMMENT}, {AGE}", (SSH, SSH, AGE)),
    (f"{AGE} {AGE}", (AGE, AGE)), (f"{AGE},{AGE}", (AGE, AGE)), ("", ()),
])
def test_an_ssh_public_key_is_a_recipient(tmp_path: Path, value: str, expected: tuple[str, ...]) -> None:
    found = of_env_file(tmp_path, value)

    assert found == expected
    assert len(parse_recipients(found)) == len(expected)


@pytest.mark.parametrize("value", [
    f"{SSH} {COMMENT} {COMMENT}", "ssh-ed25519", f"ssh-ed25519 {AGE}", f"{SSH}, {COMMENT}", COMMENT,
])
def test_no_word_that_may_be_a_recipient_is_left_out_in_silence(tmp_path: Path, value: str) -> None:
    with pytest.raises(UsageError) as caught:
        parse_recipients(of_env_file(tmp_path, value))

    assert caught.value.reference == "bad-recipient"
    assert "DEPLOY_BACKUP_RECIPIENTS" in caught.value.hint
