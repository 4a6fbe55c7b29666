"""Four sources, one schema; every mistake names the variable and never shows its value."""

from __future__ import annotations

from pathlib import Path

import pytest

from deploy.model.errors import UsageError
from deploy.settings.load import load_settings

URL = "postgresql://ann:hush@db/shop"


@pytest.fixture(autouse=True)
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name in ("DATABASE_URL", "GITHUB_REPOSITORY", "IMAGE_REPOSITORY", "EDGE_PORT", "PROJECT", "ENVIRONMENT"):
        monkeypatch.delenv(name, raising=False)
    (tmp_path / ".env").write_text(f"DATABASE_URL={URL}\nGITHUB_REPOSITORY=Acme/Shop\n")
    return tmp_path


def test_toml_yields_to_env_file_to_environment_to_flags(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (project / "deploy.toml").write_text("edge_port = 1001\n")
    assert load_settings(project).edge_port == 1001
    with (project / ".env").open("a") as file:
        file.write("EDGE_PORT=1002\n")
    assert load_settings(project).edge_port == 1002
    monkeypatch.setenv("EDGE_PORT", "1003")
    assert load_settings(project).edge_port == 1003
    assert load_settings(project, {"edge_port": 1004}).edge_port == 1004


def test_defaults_follow_other_settings_and_paths_are_absolute(project: Path) -> None:
    settings = load_settings(project)
    assert settings.image_repository == "ghcr.io/acme/shop"
    assert settings.public_url == "http://127.0.0.1:8080"
    assert settings.backup_directory == project.resolve() / ".deploy" / "backups"
    assert settings.host_database_url == URL


def test_an_empty_value_means_not_set(project: Path) -> None:
    with (project / ".env").open("a") as file:
        file.write("EDGE_PORT=\n")
    assert load_settings(project).edge_port == 8080


def test_the_password_is_in_no_repr(project: Path) -> None:
    settings = load_settings(project)
    assert "hush" not in repr(settings) + str(settings)


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("GITHUB_REPOSITORY=a/b\n", "DATABASE_URL"),
        (f"DATABASE_URL={URL}\n", "GITHUB_REPOSITORY"),
        (f"DATABASE_URL={URL}\nGITHUB_REPOSITORY=a/b\nEDGE_PORT=hush\n", "EDGE_PORT"),
        (f"DATABASE_URL={URL}\nGITHUB_REPOSITORY=a/b\nEDGE_PORT=70000\n", "EDGE_PORT"),
        (f"DATABASE_URL={URL}\nGITHUB_REPOSITORY=a/b\nPROJECT=Not Allowed\n", "PROJECT"),
        (f"DATABASE_URL={URL}\nGITHUB_REPOSITORY=a/b\nDEPLOY_SWITCH=hush\n", "DEPLOY_SWITCH"),
        ("A=1\n\nthis hush line\n", ".env line 3"),
    ],
)
def test_a_mistake_names_its_place_and_never_the_value(project: Path, text: str, named: str) -> None:
    (project / ".env").write_text(text)
    with pytest.raises(UsageError) as caught:
        load_settings(project)
    assert named in caught.value.what
    assert "hush" not in caught.value.what + caught.value.hint
    assert caught.value.hint


def test_an_unknown_key_of_the_toml_is_named(project: Path) -> None:
    (project / "deploy.toml").write_text("edge_prot = 1\n")
    with pytest.raises(UsageError, match="edge_prot"):
        load_settings(project)


def test_a_directory_that_is_not_there_is_named(project: Path) -> None:
    with pytest.raises(UsageError, match="absent"):
        load_settings(project / "absent")
