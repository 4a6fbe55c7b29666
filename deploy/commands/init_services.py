"""What a deployment will make of each service of somebody's compose file, and what is still missing for it."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from pydantic import SecretStr

from deploy.adapters.compose import render_files
from deploy.adapters.init.compose_reading import ComposeReading, read_compose
from deploy.adapters.own_services import own_services
from deploy.checks.compose_overlay import overlay_of
from deploy.checks.roles import read_roles, runs_once
from deploy.checks.self_migration import migrates_at_start
from deploy.commands.project_settings import project_settings
from deploy.model.errors import DeployError, UsageError
from deploy.model.init import Layout, ServiceFate
from deploy.model.roles import Role, ServiceRole
from deploy.project.ini_words import read_text
from deploy.project.places import walk
from deploy.settings.load import compose_files_of
from deploy.settings.schema import Settings

SCRIPT_DEPTH = 4
_START = re.compile(r"^\s*(?P<kind>CMD|ENTRYPOINT)\s+(?P<words>.+)$", re.MULTILINE | re.IGNORECASE)
_UPGRADE = re.compile(r"\balembic\b.*\bupgrade\b|\bdb\s+upgrade\b")
SAYS = {
    Role.WEB: "the application: behind the edge, switched without losing a request",
    Role.WORKER: "moves with each release",
    Role.SINGLETON: "moves with each release, never two at once",
    Role.EDGE: "the edge",
    Role.MIGRATION: "run by a deployment",
    Role.ACCESSORY: "stays as it is; started where it is absent",
}


def render(directory: Path, problems: list[str]) -> ComposeReading | None:
    """The project's compose files as Compose itself reads them; None where it has none, or they cannot be rendered.

    Args:
        problems: why they cannot is added.
    """
    names = compose_files_of(directory).split(":")
    if not all((directory / name).is_file() for name in names):
        names = list(read_compose(directory, []).files)
        if not names or any("/" in name for name in names):
            return None
    try:
        config = render_files(directory, names)
    except UsageError as error:
        problems.append(f"{error.what} ({error.hint})")
        return None
    except DeployError:
        return None  # no Compose on this machine: the files are read here
    return ComposeReading(tuple(names), config.get("services") or {}, config)


def fates(directory: Path, layout: Layout, rendered: ComposeReading | None) -> tuple[ServiceFate, ...]:
    """Every service of files that a deployment takes as they are."""
    if not layout.has_own_compose:
        return ()
    services = (rendered or read_compose(directory, [])).services
    told = [
        ServiceFate(role.name, role.role.value, _job(directory, layout, role.name, services) or _says(role))
        for role in read_roles(services, _settings(directory, layout))
    ]
    return (*told, *_laid_over(directory, layout, rendered))


def _job(directory: Path, layout: Layout, name: str, services: Mapping[str, Any]) -> str:
    """Of a job for whose end another service waits; empty for any other service."""
    if name == layout.app_service or not runs_once(name, services):
        return ""
    rest = [line for line in _script_lines(directory, layout, services[name]) if not _UPGRADE.search(line)]
    also = f"; what else it does is yours to do: {'; '.join(rest)}" if rest else ""
    return f"a job that runs to its end: a deployment migrates itself and does not run it{also}"


def _script_lines(directory: Path, layout: Layout, service: Mapping[str, Any]) -> list[str]:
    """The commands of its shell script."""
    words = [*_listed(service.get("entrypoint")), *_listed(service.get("command"))]
    text = "\n".join(_scripts(directory, layout, words))
    lines = (line.strip() for line in text.splitlines())
    return [line for line in lines if line and not line.startswith(("#", "set "))]


def _says(role: ServiceRole) -> str:
    is_plain = role.reason.startswith("DEPLOY_")  # the name of a setting that nobody set
    return SAYS[role.role] if is_plain else f"{SAYS[role.role]} ({role.reason})"


def _laid_over(directory: Path, layout: Layout, rendered: ComposeReading | None) -> Iterator[ServiceFate]:
    if rendered is None:
        return
    settings = _settings(directory, layout)
    own = own_services(layout.project, layout.app_service, layout.port, layout.health_path, directory / "edge")
    for sentence in overlay_of(rendered.config, settings, own).says:
        yield ServiceFate("", "overlay", sentence)


def warnings(directory: Path, layout: Layout, rendered: ComposeReading | None) -> Iterator[str]:
    """What a person should know before the first deployment."""
    services = (rendered or read_compose(directory, [])).services
    app: Mapping[str, Any] = services.get(layout.app_service) or {}
    start = started_by(directory, layout, app)
    if found := migrates_at_start(app, start["ENTRYPOINT"], start["CMD"]):
        yield (
            f"service {layout.app_service} runs `{found}` when it starts; the deployment has migrated by then, so it "
            "finds nothing to do: take it out, or a rollback to an older release may fail at it"
        )


def started_by(directory: Path, layout: Layout, app: Mapping[str, Any]) -> dict[str, list[str]]:
    """ENTRYPOINT and CMD of the Dockerfile, with what the shell scripts say that they or the service start."""
    text = read_text(directory / layout.dockerfile) if layout.dockerfile else ""
    found = {"ENTRYPOINT": list[str](), "CMD": list[str]()}
    for match in _START.finditer(text):
        found[match["kind"].upper()] = _argv(match["words"])
    words = [*found["ENTRYPOINT"], *found["CMD"], *_listed(app.get("command")), *_listed(app.get("entrypoint"))]
    for text in _scripts(directory, layout, words):
        found["CMD"].append(" ".join(line for line in text.splitlines() if not line.startswith("#")))
    return found


def _scripts(directory: Path, layout: Layout, words: Sequence[str]) -> Iterator[str]:
    """The text of each shell script of the project that these words start."""
    names = {word.rpartition("/")[2] for part in words for word in part.split() if word.endswith(".sh")}
    for name in sorted(names):
        for place in (directory / layout.build_context, directory):
            script = next(walk(place, name, SCRIPT_DEPTH), None)
            if script is not None:
                yield read_text(script)
                break


def _argv(words: str) -> list[str]:
    try:
        return [str(word) for word in json.loads(words)]
    except (ValueError, TypeError):
        return words.split()


def _listed(words: Any) -> Sequence[str]:
    return [words] if isinstance(words, str) else [str(word) for word in words or ()]


def missing(directory: Path, layout: Layout, problems: Sequence[str]) -> tuple[str, ...]:
    """What a deployment would still ask for, each with the line that gives it.

    Args:
        problems: why the compose files cannot be rendered.
    """
    found = list(problems)
    try:
        project_settings(directory, _chosen(layout))
    except DeployError as error:
        line = f"{error.what} ({error.hint})"
        found += [] if line in found else [line]
    if not layout.dockerfile and not layout.has_own_compose:
        found.append("an image: no Dockerfile was found (name one with --image REF)")
    return tuple(found)


def database_service(directory: Path, layout: Layout, rendered: ComposeReading | None) -> str:
    """The service of the compose file that is the application's database; empty where it is elsewhere."""
    services = rendered.services if rendered is not None and layout.has_own_compose else {}
    url = _settings(directory, layout).database_url.get_secret_value()
    host = urlsplit(url).hostname or ""
    return host if host in services else ""


def _chosen(layout: Layout) -> dict[str, str]:
    """What deploy.toml will say, as flags."""
    found = {"app_service": layout.app_service, "health_path": layout.health_path}
    return found | ({"compose_files": ":".join(layout.compose_files)} if layout.has_own_compose else {})


def _settings(directory: Path, layout: Layout) -> Settings:
    """As a deployment would read them; where one is missing, enough to ask for roles."""
    with suppress(DeployError):
        return project_settings(directory, _chosen(layout))
    return Settings.model_construct(
        project_directory=directory, project_name=layout.project, app_service=layout.app_service,
        database_url=SecretStr(""), app_port=layout.port, health_path=layout.health_path,
        alembic_ini=layout.ini_in_image, migration_command=layout.migration_command,
    )
