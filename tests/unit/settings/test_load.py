"""Four sources, one schema; every mistake names the variable and never shows its value."""

from __future__ import annotations

from pathlib import Path

import pytest

from deploy.model.errors import UsageError
from deploy.settings.load import load_settings, read_variable

URL = "postgresql://ann:hush@db/shop"


@pytest.fixture(autouse=True)
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name in ("DEPLOY_ENV", "DATABASE_URL", "GITHUB_REPOSITORY", "IMAGE_REPOSITORY", "EDGE_PORT", "PROJECT", "ENVIRONMENT"):
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
        (f"DATABASE_URL={URL}\nGITHUB_REPOSITORY=a/b\nDEPLOY_PUBLIC_URL=https://hush:port/\n", "DEPLOY_PUBLIC_URL"),
        (f"DATABASE_URL={URL}\nGITHUB_REPOSITORY=a/b\nDEPLOY_PUBLIC_URL=hush.example.com\n", "DEPLOY_PUBLIC_URL"),
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


STAGING = "postgresql://ann:hush@db/shop_staging"


def staging(project: Path, text: str = "EDGE_PORT=8081\n", url: str = STAGING) -> None:
    (project / ".env.staging").write_text(f"DATABASE_URL={url}\nGITHUB_REPOSITORY=acme/shop\n{text}")


def test_a_named_environment_has_its_own_project_ledger_edge_and_tags(project: Path) -> None:
    (project / "deploy.toml").write_text('project_name = "shop"\nhealth_path = "/alive"\n')
    staging(project)
    here = load_settings(project, environment_name="staging")
    assert here.project_name == "shop_staging"
    assert here.environment == "staging"
    assert here.state_directory == project.resolve() / ".deploy" / "staging"
    assert here.edge_run == project.resolve() / ".deploy" / "staging" / "edge"
    assert here.tag_repository == "ghcr.io/acme/shop-staging"
    assert here.image_repository == "ghcr.io/acme/shop"
    assert here.health_path == "/alive"
    assert here.compose_env_file == project.resolve() / ".env.staging"
    assert load_settings(project).tag_repository == "ghcr.io/acme/shop"


def test_a_named_environment_takes_nothing_of_production_from_env_or_toml(project: Path) -> None:
    (project / "deploy.toml").write_text('database_url = "postgresql://ann:hush@db/shop"\nedge_port = 8080\n')
    (project / ".env.staging").write_text("GITHUB_REPOSITORY=acme/shop\n")
    with pytest.raises(UsageError, match="DATABASE_URL is not set"):
        load_settings(project, environment_name="staging")


def test_the_environment_variable_names_it_for_every_reader(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    staging(project)
    monkeypatch.setenv("DEPLOY_ENV", "staging")
    assert load_settings(project).environment_name == "staging"
    assert read_variable(project, "DATABASE_URL") == STAGING
    monkeypatch.setenv("DEPLOY_ENV", "production")
    assert load_settings(project).environment_name == ""
    assert read_variable(project, "DATABASE_URL") == URL


@pytest.mark.parametrize("name", ["absent", "../x", "Staging", "a/b"])
def test_an_environment_without_a_file_or_with_a_bad_name_is_refused(
    project: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    monkeypatch.setenv("DEPLOY_ENV", name)
    with pytest.raises(UsageError) as caught:
        load_settings(project)
    assert caught.value.reference in {"environment-unknown", "bad-environment"}


@pytest.mark.parametrize(
    ("text", "url", "named"),
    [
        ("EDGE_PORT=8081\n", URL, "DATABASE_URL"),
        ("EDGE_PORT=8081\n", "postgresql+asyncpg://other:word@DB:5432/shop", "DATABASE_URL"),
        ("EDGE_PORT=8081\nPROJECT=auto_trader\n", STAGING, "PROJECT"),
        ("EDGE_PORT=8081\nDEPLOY_STATE_DIRECTORY=.deploy\n", STAGING, "DEPLOY_STATE_DIRECTORY"),
        ("EDGE_PORT=8081\nEDGE_RUN=.deploy/edge\n", STAGING, "EDGE_RUN"),
        ("", STAGING, "EDGE_PORT"),
    ],
)
def test_what_would_mix_two_environments_is_refused(project: Path, text: str, url: str, named: str) -> None:
    staging(project, text, url)
    with pytest.raises(UsageError) as caught:
        load_settings(project, environment_name="staging")
    assert caught.value.reference == "environment-not-separate"
    assert caught.value.what.startswith(f"{named} of staging is production's")
    assert "hush" not in caught.value.what + caught.value.hint


def test_an_exported_production_url_is_not_staging(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    staging(project)
    monkeypatch.setenv("DATABASE_URL", URL)
    with pytest.raises(UsageError) as caught:
        load_settings(project, environment_name="staging")
    assert caught.value.reference == "environment-not-separate"
