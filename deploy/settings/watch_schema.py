"""Settings of the watch, of the lock watchdog, of notices and of metrics."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

from pydantic import AliasChoices, BaseModel, Field, SecretStr, field_validator
from pydantic_settings import NoDecode

from deploy.model.watching import Thresholds


def _variable(name: str) -> Any:
    return AliasChoices(name)


class WatchSettings(BaseModel):
    """Fields that Settings inherits."""

    watch_minutes: float = Field(10, validation_alias=_variable("DEPLOY_WATCH_MINUTES"), ge=0)
    watch_short_minutes: float = Field(2, validation_alias=_variable("DEPLOY_WATCH_SHORT_MINUTES"), ge=0)
    watch_before_seconds: float = Field(10, validation_alias=_variable("DEPLOY_WATCH_BEFORE_SECONDS"), ge=0)
    watch_interval_seconds: float = Field(5, validation_alias=_variable("DEPLOY_WATCH_INTERVAL_SECONDS"), gt=0)
    watch_confirm_count: int = Field(2, validation_alias=_variable("DEPLOY_WATCH_CONFIRM_COUNT"), ge=1)
    watch_confirm_of: int = Field(3, validation_alias=_variable("DEPLOY_WATCH_CONFIRM_OF"), ge=1, le=20)
    watch_max_error_percent: float = Field(
        1, validation_alias=_variable("DEPLOY_WATCH_MAX_ERROR_PERCENT"), ge=0, le=100
    )
    watch_slow_factor: float = Field(2, validation_alias=_variable("DEPLOY_WATCH_SLOW_FACTOR"), ge=1)
    watch_slow_floor_ms: float = Field(250, validation_alias=_variable("DEPLOY_WATCH_SLOW_FLOOR_MS"), gt=0)
    watch_max_probe_seconds: float = Field(2, validation_alias=_variable("DEPLOY_WATCH_MAX_PROBE_SECONDS"), gt=0)
    watch_max_restarts: int = Field(0, validation_alias=_variable("DEPLOY_WATCH_MAX_RESTARTS"), ge=0)
    watch_max_memory_percent: float = Field(
        92, validation_alias=_variable("DEPLOY_WATCH_MAX_MEMORY_PERCENT"), gt=0, le=100
    )
    watch_max_log_errors: int = Field(2, validation_alias=_variable("DEPLOY_WATCH_MAX_LOG_ERRORS"), ge=0)
    watch_max_block_seconds: float = Field(10, validation_alias=_variable("DEPLOY_WATCH_MAX_BLOCK_SECONDS"), gt=0)
    watch_max_waiting: int = Field(10, validation_alias=_variable("DEPLOY_WATCH_MAX_WAITING"), ge=0)
    watch_max_connections_percent: float = Field(
        90, validation_alias=_variable("DEPLOY_WATCH_MAX_CONNECTIONS_PERCENT"), gt=0, le=100
    )
    watch_max_deadlocks: int = Field(2, validation_alias=_variable("DEPLOY_WATCH_MAX_DEADLOCKS"), ge=0)
    watch_max_replica_lag_seconds: float = Field(
        60, validation_alias=_variable("DEPLOY_WATCH_MAX_REPLICA_LAG_SECONDS"), gt=0
    )
    migration_max_block_seconds: float = Field(
        15, validation_alias=_variable("DEPLOY_MIGRATION_MAX_BLOCK_SECONDS"), ge=0
    )
    migration_block_attempts: int = Field(3, validation_alias=_variable("DEPLOY_MIGRATION_BLOCK_ATTEMPTS"), ge=1)
    migration_obstacle_seconds: float = Field(
        30, validation_alias=_variable("DEPLOY_MIGRATION_OBSTACLE_SECONDS"), ge=0
    )
    migration_obstacle_wait_seconds: float = Field(
        120, validation_alias=_variable("DEPLOY_MIGRATION_OBSTACLE_WAIT_SECONDS"), ge=0
    )
    notice_urls: Annotated[tuple[SecretStr, ...], NoDecode] = Field(
        (), validation_alias=_variable("DEPLOY_NOTICE_URLS")
    )
    metrics_file: Path | None = Field(None, validation_alias=_variable("DEPLOY_METRICS_FILE"))

    @field_validator("notice_urls", mode="before")
    @classmethod
    def _split_urls(cls, value: Any) -> Any:
        return tuple(value.split()) if isinstance(value, str) else value

    def watch_thresholds(self, replicas: int) -> Thresholds:
        """The settings as the watch takes them."""
        return Thresholds(
            interval_seconds=self.watch_interval_seconds, confirm_count=self.watch_confirm_count,
            confirm_of=max(self.watch_confirm_of, self.watch_confirm_count),
            max_error_percent=self.watch_max_error_percent, slow_factor=self.watch_slow_factor,
            slow_floor_ms=self.watch_slow_floor_ms, max_probe_seconds=self.watch_max_probe_seconds,
            max_restarts=self.watch_max_restarts, max_memory_percent=self.watch_max_memory_percent,
            max_log_errors=self.watch_max_log_errors, max_block_seconds=self.watch_max_block_seconds,
            max_waiting=self.watch_max_waiting, max_connections_percent=self.watch_max_connections_percent,
            max_deadlocks=self.watch_max_deadlocks, max_replica_lag_seconds=self.watch_max_replica_lag_seconds,
            replicas=replicas,
        )

    def notice_secrets(self) -> tuple[str, ...]:
        """Values that no output may hold."""
        return tuple(url.get_secret_value() for url in self.notice_urls)
