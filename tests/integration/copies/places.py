"""Every kind of target, each with the means to look at what is really there."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from deploy.settings.backup_schema import BackupSettings
from tests.integration.copies.servers import ACCESS_KEY, BUCKET, SECRET_KEY, S3Server, SshServer


class Place(Protocol):
    """A target, seen from the outside."""

    url: str
    environment: dict[str, str]

    def settings(self) -> BackupSettings: ...

    def files(self) -> dict[str, bytes]: ...

    def put(self, path: str, content: bytes) -> None: ...

    def remove(self, path: str) -> None: ...


@dataclass
class DirectoryPlace:
    root: Path
    environment: dict[str, str] = field(default_factory=dict)

    @property
    def url(self) -> str:
        return f"file://{self.root}"

    def settings(self) -> BackupSettings:
        return BackupSettings()

    def files(self) -> dict[str, bytes]:
        return {str(p.relative_to(self.root)): p.read_bytes() for p in sorted(self.root.rglob("*")) if p.is_file()}

    def put(self, path: str, content: bytes) -> None:
        (self.root / path).parent.mkdir(parents=True, exist_ok=True)
        (self.root / path).write_bytes(content)

    def remove(self, path: str) -> None:
        (self.root / path).unlink()


class SftpPlace(DirectoryPlace):
    def __init__(self, root: Path, server: SshServer, port: int | None = None) -> None:
        super().__init__(root)
        self.server = server
        self.port = port or server.port
        self.environment = {
            "DEPLOY_BACKUP_SSH_KEY_FILE": str(server.key_file),
            "DEPLOY_BACKUP_SSH_KNOWN_HOSTS": str(server.known_hosts),
        }

    @property
    def url(self) -> str:
        return f"sftp://{self.server.user_name}@127.0.0.1:{self.port}{self.root}"

    def settings(self) -> BackupSettings:
        return BackupSettings.model_validate({
            "DEPLOY_BACKUP_SSH_KEY_FILE": self.server.key_file,
            "DEPLOY_BACKUP_SSH_KNOWN_HOSTS": self.server.known_hosts,
        })


class BucketPlace:
    def __init__(self, server: S3Server, prefix: str, port: int | None = None) -> None:
        self.server = server
        self.prefix = prefix
        self.url = f"s3://{BUCKET}/{prefix}"
        self.endpoint = f"http://127.0.0.1:{port}" if port else server.url
        self.environment = {
            "DEPLOY_BACKUP_S3_ENDPOINT": self.endpoint, "AWS_ACCESS_KEY_ID": ACCESS_KEY,
            "AWS_SECRET_ACCESS_KEY": SECRET_KEY,
        }

    def settings(self) -> BackupSettings:
        os.environ.update(self.environment)  # the client reads them there, as in production
        return BackupSettings.model_validate({"DEPLOY_BACKUP_S3_ENDPOINT": self.endpoint})

    def files(self) -> dict[str, bytes]:
        client = self.server.client()
        rows = client.list_objects_v2(Bucket=BUCKET, Prefix=f"{self.prefix}/").get("Contents", [])
        return {
            row["Key"].removeprefix(f"{self.prefix}/"):
                client.get_object(Bucket=BUCKET, Key=row["Key"])["Body"].read()
            for row in rows
        }

    def put(self, path: str, content: bytes) -> None:
        """As a store that lies would have it: with the checksum that was promised."""
        client, key = self.server.client(), f"{self.prefix}/{path}"
        metadata = client.head_object(Bucket=BUCKET, Key=key)["Metadata"] if path in self.files() else {}
        client.put_object(Bucket=BUCKET, Key=key, Body=content, Metadata=metadata)

    def remove(self, path: str) -> None:
        self.server.client().delete_object(Bucket=BUCKET, Key=f"{self.prefix}/{path}")

    def parts(self) -> list[tuple[int, int]]:
        """Of unfinished uploads: number and time of arrival."""
        client = self.server.client()
        uploads = client.list_multipart_uploads(Bucket=BUCKET, Prefix=f"{self.prefix}/").get("Uploads", [])
        return [
            (part["PartNumber"], part["Size"])
            for upload in uploads
            for part in client.list_parts(Bucket=BUCKET, Key=upload["Key"], UploadId=upload["UploadId"]).get("Parts", [])
        ]


class GooglePlace(BucketPlace):
    """The same server as gs:// sees it: Google's S3-compatible interface, its HMAC key in a profile of AWS's files."""

    PROFILE = "of-google"

    def __init__(self, server: S3Server, prefix: str, credentials: Path) -> None:
        super().__init__(server, prefix)
        self.url = f"gs://{BUCKET}/{prefix}"
        credentials.write_text(
            f"[{self.PROFILE}]\naws_access_key_id = {ACCESS_KEY}\naws_secret_access_key = {SECRET_KEY}\n"
        )
        self.environment = {
            "AWS_SHARED_CREDENTIALS_FILE": str(credentials),
            # Those of S3 targets beside it, which must not be taken.
            "AWS_ACCESS_KEY_ID": "somebody-elses", "AWS_SECRET_ACCESS_KEY": "somebody-elses",
        }

    def settings(self) -> BackupSettings:
        os.environ.update(self.environment)
        return BackupSettings.model_validate(
            {"DEPLOY_BACKUP_S3_ENDPOINT": "http://127.0.0.1:1", "DEPLOY_BACKUP_GS_PROFILE": self.PROFILE}
        )
