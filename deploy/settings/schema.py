"""Every setting, typed, with its variable. deploy.toml < .env < environment < flags.

The variables that the compose file reads too (PROJECT, DATABASE_URL, EDGE_PORT …) bear the
compose file's names; those of the tool alone begin with DEPLOY_.
"""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import Annotated, Any, Literal
from urllib.parse import urlsplit

from pydantic import ConfigDict, Field, SecretStr, field_validator, model_validator
from pydantic_settings import NoDecode

from deploy.settings.backup_schema import BackupSettings
from deploy.settings.backup_schema import variable as _variable
from deploy.settings.watch_schema import WatchSettings
from deploy.settings.window_schema import WindowSettings

COMPOSE_NAME = r"^[a-z0-9][a-z0-9_-]*$"


class Settings(BackupSettings, WatchSettings, WindowSettings):
    """One project on one machine. Paths are absolute once loaded."""

    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)

    project_directory: Path
    project_name: str = Field("auto_trader", validation_alias=_variable("PROJECT"), pattern=COMPOSE_NAME)
    environment: str = Field("production", validation_alias=_variable("ENVIRONMENT"))
    environment_name: str = ""  # what --env said; "" is production
    require_staging: bool = Field(False, validation_alias=_variable("DEPLOY_REQUIRE_STAGING"))
    compose_files: Annotated[tuple[str, ...], NoDecode] = Field(
        ("docker-compose.prod.yml",), validation_alias=_variable("DEPLOY_COMPOSE_FILES")
    )
    roles: Annotated[dict[str, str], NoDecode] = Field({}, validation_alias=_variable("DEPLOY_ROLES"))
    routes: Annotated[dict[str, str], NoDecode] = Field({}, validation_alias=_variable("DEPLOY_ROUTES"))
    app_port: int | None = Field(None, validation_alias=_variable("DEPLOY_APP_PORT"), ge=1, le=65535)
    app_service: str = Field("app", validation_alias=_variable("DEPLOY_APP_SERVICE"))
    edge_service: str = Field("edge", validation_alias=_variable("DEPLOY_EDGE_SERVICE"))
    migration_service: str = Field("migration", validation_alias=_variable("DEPLOY_MIGRATION_SERVICE"))
    github_repository: str = Field("", validation_alias=_variable("GITHUB_REPOSITORY"))
    image_repository: str = Field("", validation_alias=_variable("IMAGE_REPOSITORY"))
    database_url: SecretStr = Field(validation_alias=_variable("DATABASE_URL"))
    deploy_database_url: SecretStr | None = Field(None, validation_alias=_variable("DEPLOY_DATABASE_URL"))
    database_container: str | None = Field(None, validation_alias=_variable("DEPLOY_DATABASE_CONTAINER"))
    edge_bind: str = Field("127.0.0.1", validation_alias=_variable("EDGE_BIND"))
    edge_port: int = Field(8080, validation_alias=_variable("EDGE_PORT"), ge=1, le=65535)
    edge_run: Path = Field(Path(".deploy/edge"), validation_alias=_variable("EDGE_RUN"))
    public_url: str = Field("", validation_alias=_variable("DEPLOY_PUBLIC_URL"))
    health_path: str = Field("/api/health", validation_alias=_variable("DEPLOY_HEALTH_PATH"), pattern="^/")
    release_header: str = Field("X-Release", validation_alias=_variable("DEPLOY_RELEASE_HEADER"))
    switch: Literal["drain", "stop-first"] = Field("drain", validation_alias=_variable("DEPLOY_SWITCH"))
    tries_release: bool = Field(True, validation_alias=_variable("DEPLOY_TRY_RELEASE"))
    replicas: int = Field(1, validation_alias=_variable("DEPLOY_REPLICAS"), ge=1, le=2)
    alembic_ini: str = Field("alembic.ini", validation_alias=_variable("DEPLOY_ALEMBIC_INI"))
    migration_command: str = Field("", validation_alias=_variable("DEPLOY_MIGRATION_COMMAND"))
    version_table: str = Field("", validation_alias=_variable("DEPLOY_VERSION_TABLE"))
    check_method: Literal["measured", "parsed"] = Field(
        "measured", validation_alias=_variable("DEPLOY_CHECK")
    )
    verify_directory: Path = Field(Path("verify"), validation_alias=_variable("DEPLOY_VERIFY_DIRECTORY"))
    verify_timeout_seconds: float = Field(900, validation_alias=_variable("DEPLOY_VERIFY_TIMEOUT_SECONDS"), gt=0)
    state_directory: Path = Field(Path(".deploy"), validation_alias=_variable("DEPLOY_STATE_DIRECTORY"))
    keep_releases: int = Field(5, validation_alias=_variable("DEPLOY_KEEP_RELEASES"), ge=2)
    start_timeout_seconds: float = Field(120, validation_alias=_variable("DEPLOY_START_TIMEOUT_SECONDS"), gt=0)
    drain_timeout_seconds: float = Field(60, validation_alias=_variable("DEPLOY_DRAIN_TIMEOUT_SECONDS"), gt=0)
    stop_grace_seconds: int = Field(30, validation_alias=_variable("DEPLOY_STOP_GRACE_SECONDS"), gt=0)
    settle_seconds: float = Field(5, validation_alias=_variable("DEPLOY_SETTLE_SECONDS"), ge=0)
    health_timeout_seconds: float = Field(60, validation_alias=_variable("DEPLOY_HEALTH_TIMEOUT_SECONDS"), gt=0)
    patience_seconds: float = Field(120, validation_alias=_variable("DEPLOY_PATIENCE_SECONDS"), ge=0)
    reserve_disk_bytes: int = Field(1024**3, validation_alias=_variable("DEPLOY_RESERVE_DISK_BYTES"), ge=0)
    app_connections: int = Field(20, validation_alias=_variable("DEPLOY_APP_CONNECTIONS"), ge=1)

    @field_validator("roles", "routes", mode="before")
    @classmethod
    def _split_pairs(cls, value: Any) -> Any:
        """`frontend=web worker=singleton` of the environment; a table of deploy.toml is one already."""
        if not isinstance(value, str):
            return value
        pairs = [word.partition("=") for word in value.split()]
        if any(not name or not said for name, _, said in pairs):
            raise ValueError("write SERVICE=VALUE, several of them separated by blanks")
        return {name: said for name, _, said in pairs}

    @field_validator("compose_files", mode="before")
    @classmethod
    def _split_files(cls, value: Any) -> Any:
        return tuple(value.split(":")) if isinstance(value, str) else value

    @field_validator("migration_command")
    @classmethod
    def _require_words(cls, value: str) -> str:
        try:
            shlex.split(value)
        except ValueError as error:
            raise ValueError(f"it is no command: {str(error).lower()}") from None
        return value

    @field_validator("public_url")
    @classmethod
    def _require_url(cls, value: str) -> str:
        """Found here, not in the health check after a migration."""
        try:
            parts = urlsplit(value)
            is_url = parts.scheme in {"http", "https"} and bool(parts.hostname) and parts.port != 0
        except ValueError:
            is_url = False
        if value and not is_url:
            raise ValueError("it must be an http or https address, such as https://shop.example.com")
        return value

    @model_validator(mode="before")
    @classmethod
    def _drop_empty(cls, values: dict[str, Any]) -> dict[str, Any]:
        """`EDGE_PORT=` in .env means "not set", as it does for compose's `:-`."""
        keeps_empty = {"DEPLOY_RELEASE_HEADER", "release_header"}
        return {name: value for name, value in values.items() if value != "" or name in keeps_empty}

    @model_validator(mode="after")
    def _complete(self) -> Settings:
        """Defaults that depend on other settings."""
        if not self.image_repository:
            if not self.github_repository:
                raise ValueError("GITHUB_REPOSITORY is not set (owner/name), and neither is IMAGE_REPOSITORY")
            self._set("image_repository", f"ghcr.io/{self.github_repository.lower()}")
        if not self.public_url:
            host = "127.0.0.1" if self.edge_bind in {"0.0.0.0", "::"} else self.edge_bind  # noqa: S104
            self._set("public_url", f"http://{host}:{self.edge_port}")
        self._set("state_directory", self.project_directory / self.state_directory)
        self._set("edge_run", self.project_directory / self.edge_run)
        backups = self.backup_directory if self.backup_directory != Path() else self.state_directory / "backups"
        self._set("backup_directory", self.project_directory / backups)
        if self.metrics_file is not None:
            self._set("metrics_file", self.project_directory / self.metrics_file)
        return self

    def _set(self, name: str, value: Any) -> None:
        object.__setattr__(self, name, value)

    @property
    def host_database_url(self) -> str:
        """How this host reaches the database."""
        return (self.deploy_database_url or self.database_url).get_secret_value()

    @property
    def host_database_source(self) -> str:
        """The variable that says so, for an error about it."""
        return "DEPLOY_DATABASE_URL" if self.deploy_database_url else "DATABASE_URL"

    @property
    def tag_repository(self) -> str:
        """Where this environment's :latest, :backup and :release-N are: two on one machine never move each other's."""
        return f"{self.image_repository}-{self.environment_name}" if self.environment_name else self.image_repository

    @property
    def compose_command(self) -> str:
        """What an operator types in the project's directory, up to the subcommand."""
        environment = f" --env-file {self.compose_env_file.name}" if self.compose_env_file else ""
        over = [self._from_here(self.compose_overlay)] if self.compose_overlay.is_file() else []
        files = " ".join(f"-f {name}" for name in (*self.compose_files, *over))
        return f"docker compose -p {self.project_name}{environment} {files}"

    @property
    def compose_overlay(self) -> Path:
        """What is laid over the project's compose files, where they lack something that a deployment needs."""
        return self.state_directory / "compose.surefoot.yml"

    @property
    def edge_directory(self) -> Path:
        """What the edge mounts as /conf: the project's `edge/`, or the tool's own where there is none."""
        own = self.project_directory / "edge"
        return own if (own / "haproxy.cfg").is_file() else self.state_directory / "edge-configuration"

    def _from_here(self, path: Path) -> str:
        is_inside = path.is_relative_to(self.project_directory)
        return str(path.relative_to(self.project_directory)) if is_inside else str(path)

    @property
    def edge_alias(self) -> str:
        """By which an edge of the tool's own finds the application.

        On a network that several projects share, another one may have a service of the same name.
        """
        return f"{self.app_service}.{self.project_name}.surefoot"

    @property
    def compose_env_file(self) -> Path | None:
        """What compose must read in place of .env; None where that is right."""
        return self.project_directory / f".env.{self.environment_name}" if self.environment_name else None

    def compose_environment(self) -> dict[str, str]:
        """What the compose file must be given, so that it gets what we read."""
        return {
            "PROJECT": self.project_name,
            # Compose evaluates the innermost `:?` even where an outer variable is set.
            "GITHUB_REPOSITORY": self.github_repository or self.project_name,
            "IMAGE_REPOSITORY": self.image_repository,
            "DATABASE_URL": self.database_url.get_secret_value(),
            # Not where nobody set it: a file may have another default than ours.
            **({"ENVIRONMENT": self.environment} if "environment" in self.model_fields_set else {}),
            "EDGE_BIND": self.edge_bind,
            "EDGE_PORT": str(self.edge_port),
            "EDGE_RUN": str(self.edge_run),
        }

    def secrets(self) -> tuple[str, ...]:
        """Values that no output may hold."""
        urls = [self.database_url.get_secret_value()]
        if self.deploy_database_url:
            urls.append(self.deploy_database_url.get_secret_value())
        return (*urls, *self.notice_secrets())
