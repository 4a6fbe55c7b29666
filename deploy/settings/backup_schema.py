"""Settings of backups and restores; part of Settings."""

from __future__ import annotations

from collections import deque
from pathlib import Path
from typing import Annotated, Any
from urllib.parse import urlsplit

from pydantic import AliasChoices, BaseModel, Field, SecretStr, field_validator
from pydantic_settings import NoDecode

SSH, AGE = "ssh-", "age1"
Words = Annotated[tuple[str, ...], NoDecode]


def variable(name: str) -> Any:
    """The one name by which .env and the environment know a setting."""
    return AliasChoices(name)


def split_recipients(text: str) -> tuple[str, ...]:
    """Recipients with blanks or commas between them. An SSH public key is two words; its comment is left out."""
    found = []
    for part in text.split(","):
        words = deque(part.split())
        while words:
            recipient = words.popleft()
            if recipient.startswith(SSH) and words:
                recipient = f"{recipient} {words.popleft()}"
                # One word at most: what follows may be another recipient, and none may be lost in silence.
                if words and not words[0].lower().startswith((SSH, AGE)):
                    words.popleft()
            found.append(recipient)
    return tuple(found)


class BackupSettings(BaseModel):
    """How backups are made, kept, copied and proven."""

    backup_directory: Path = Field(Path(), validation_alias=variable("DEPLOY_BACKUP_DIRECTORY"))
    backup_keep_days: int = Field(7, validation_alias=variable("DEPLOY_BACKUP_KEEP_DAYS"), ge=1)
    backup_keep_last: int = Field(1, validation_alias=variable("DEPLOY_BACKUP_KEEP_LAST"), ge=1)
    backup_keep_daily: int = Field(0, validation_alias=variable("DEPLOY_BACKUP_KEEP_DAILY"), ge=0)
    backup_keep_weekly: int = Field(0, validation_alias=variable("DEPLOY_BACKUP_KEEP_WEEKLY"), ge=0)
    backup_keep_monthly: int = Field(0, validation_alias=variable("DEPLOY_BACKUP_KEEP_MONTHLY"), ge=0)
    backup_compression: str = Field(
        "", validation_alias=variable("DEPLOY_BACKUP_COMPRESSION"), pattern=r"^[a-z0-9:=,]*$"
    )
    backup_jobs: int = Field(1, validation_alias=variable("DEPLOY_BACKUP_JOBS"), ge=1)
    backup_hash_below_bytes: int = Field(4 * 10**9, validation_alias=variable("DEPLOY_BACKUP_HASH_BELOW_BYTES"), ge=0)
    backup_recipients: Words = Field((), validation_alias=variable("DEPLOY_BACKUP_RECIPIENTS"))
    backup_identity_file: Path | None = Field(None, validation_alias=variable("DEPLOY_BACKUP_IDENTITY_FILE"))
    backup_copy_to: Words = Field((), validation_alias=variable("DEPLOY_BACKUP_COPY_TO"))
    backup_copy_bytes_per_second: int = Field(
        0, validation_alias=variable("DEPLOY_BACKUP_COPY_BYTES_PER_SECOND"), ge=0
    )
    backup_s3_endpoint: str = Field(
        "", validation_alias=variable("DEPLOY_BACKUP_S3_ENDPOINT"), pattern=r"^(https?://[^\s/@]+/?)?$"
    )
    backup_gs_profile: str = Field("", validation_alias=variable("DEPLOY_BACKUP_GS_PROFILE"))
    backup_ssh_key_file: Path | None = Field(None, validation_alias=variable("DEPLOY_BACKUP_SSH_KEY_FILE"))
    backup_ssh_known_hosts: Path | None = Field(None, validation_alias=variable("DEPLOY_BACKUP_SSH_KNOWN_HOSTS"))
    backup_external: SecretStr | None = Field(None, validation_alias=variable("DEPLOY_BACKUP_EXTERNAL"))
    backup_external_seconds: float = Field(600, validation_alias=variable("DEPLOY_BACKUP_EXTERNAL_SECONDS"), gt=0)
    backup_external_max_age: float = Field(
        86400, validation_alias=variable("DEPLOY_BACKUP_EXTERNAL_MAX_AGE"), gt=0
    )
    scratch_image: str = Field("", validation_alias=variable("DEPLOY_SCRATCH_IMAGE"))
    restore_time_columns: Words = Field((), validation_alias=variable("DEPLOY_RESTORE_TIME_COLUMNS"))

    @field_validator("backup_recipients", mode="before")
    @classmethod
    def _split_recipients(cls, value: Any) -> Any:
        return split_recipients(value) if isinstance(value, str) else value

    @field_validator("backup_copy_to", "restore_time_columns", mode="before")
    @classmethod
    def _split_words(cls, value: Any) -> Any:
        return tuple(value.replace(",", " ").split()) if isinstance(value, str) else value

    @field_validator("backup_copy_to")
    @classmethod
    def _refuse_passwords(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        """Targets are named in plans, records and messages: a secret in one would be everywhere."""
        if any(urlsplit(target).password is not None for target in value):
            raise ValueError("a target's URL holds a password; use a key file or the store's own credentials")
        return value
