"""A staging beside a production: one directory, two files of variables."""

from __future__ import annotations

from pathlib import Path

from tests.e2e.site import Done, Platform, Site, free_port


class TwoEnvironments:
    """One directory, with a production and a staging."""

    def __init__(self, platform: Platform, directory: Path) -> None:
        self.production = Site(platform, directory)
        self.directory = directory
        self.port = free_port()
        self.name = f"{self.production.name}_staging"
        platform.sql(f'CREATE DATABASE "{self.name}"')
        self.write()

    def write(self, **changes: str) -> None:
        production = self.production.settings
        own = {
            name: value.replace(f"/{self.production.name}", f"/{self.name}")
            for name, value in production.items() if name in {"DATABASE_URL", "DEPLOY_DATABASE_URL"}
        }
        settings = production | own | {"PROJECT": self.name, "EDGE_PORT": str(self.port)} | changes
        text = "".join(f"{name}={value}\n" for name, value in settings.items())
        (self.directory / ".env.staging").write_text(text)

    def staging(self, *words: str) -> Done:
        return self.production.deploy("--env", "staging", *words)

    def staging_containers(self) -> list[str]:
        found = self.production.platform.client.containers.list(
            filters={"label": [f"com.docker.compose.project={self.name}", "com.docker.compose.service=app"]}
        )
        return [str(c.attrs["Image"]) for c in found]

    def staging_revision(self) -> str:
        return self.production.platform.sql("SELECT version_num FROM alembic_version", self.name)

    def remove(self) -> None:
        site = self.production
        client = site.platform.client
        label = f"com.docker.compose.project={self.name}"
        for container in client.containers.list(all=True, filters={"label": label}):
            container.remove(force=True, v=True)
        for network in client.networks.list(filters={"label": label}):
            network.remove()
        for image in client.images.list(name=f"{site.repository}-staging"):
            for tag in [t for t in image.tags if t.startswith(f"{site.repository}-staging")]:
                client.images.remove(tag, force=True)
        site.platform.sql(f'DROP DATABASE IF EXISTS "{self.name}" WITH (FORCE)')
        site.remove()
