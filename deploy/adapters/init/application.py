"""Which compose service is the application, on which port it listens and by which path it tells its health."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from deploy.adapters.init.compose_reading import ComposeReading, read_compose
from deploy.project.in_image import working_directory
from deploy.project.places import walk

GOOD_NAMES = ("app", "web", "api", "backend", "server", "core")
HELPERS = re.compile(r"worker|celery|beat|cron|sched|migrat|prestart|frontend|ui|test|proxy|edge|docs|mail")
INFRASTRUCTURE = re.compile(
    r"postgres|redis|valkey|rabbit|nginx|traefik|haproxy|caddy|adminer|mysql|mariadb|mongo|elastic|kafka|minio|pgbouncer|pgadmin|grafana|prometheus"
)
HEALTH_WORDS = r"(?:healthz?|health[_-]?check|readyz?|livez?|alive|ping)"
_URL = re.compile(r"https?://(?:localhost|127\.0\.0\.1|0\.0\.0\.0)(?::(?P<port>\d+))?(?P<path>/[\w./-]*)")
_ROUTE = re.compile(rf"@\w+\.(?:get|route|api_route)\(\s*[\"'](?P<path>/?[\w/-]*{HEALTH_WORDS}/?)[\"']")
_PREFIX = re.compile(r"API(?:_V\d+)?_(?:STR|PREFIX)\s*(?::\s*\w+\s*)?=\s*[\"'](?P<prefix>/[\w/]+)[\"']")
DEFAULT_PORT, DEFAULT_PATH = 8000, "/health"
SOURCES_READ = 2000
LEAST_SCORE = 3


@dataclass(frozen=True)
class Application:
    """See Layout; `context` and `working_directory` are the image's.

    Attributes:
        reading: the compose files.
        is_found: a service of them is the application.
    """

    service: str
    port: int
    health_path: str
    reading: ComposeReading
    dockerfile: str
    context: str
    working_directory: str
    python_version: str
    notes: tuple[str, ...]
    is_found: bool = False


def find_application(directory: Path, rendered: ComposeReading | None = None) -> Application:
    """Read it from compose files, the Dockerfile, and the sources; what nothing says is a default, with a note.

    Args:
        rendered: the compose files as `docker compose config` gives them; None: they are read here.
    """
    notes: list[str] = []
    reading = rendered or read_compose(directory, notes)
    services = reading.services
    name = chosen_service(services)
    service = services.get(name, {})
    if not name:
        notes.append("no compose service of an application was found: `app` is used as a default")
    dockerfile, context = _dockerfile(directory, service)
    text = _read(directory / dockerfile) if dockerfile else ""
    if not dockerfile:
        notes.append("no Dockerfile was found: the pipeline's job `build` needs one")
    url = _URL.search(_flat((service.get("healthcheck") or {}).get("test", ""))) or _URL.search(text)
    port = _port(service, text, url)
    if port is None:
        notes.append(f"no port of the application was found: {DEFAULT_PORT} is used as a default")
    path = (url["path"] if url else "") or _route(directory, notes)
    if not path:
        notes.append(
            f"no health route was found: {DEFAULT_PATH} is used as a default; it must answer 200 only while the "
            "application can serve",
        )
    versions = re.findall(r"^FROM\s+\S*python:(3\.\d+)", text, re.MULTILINE)
    return Application(
        name or "app", port or DEFAULT_PORT, path or DEFAULT_PATH, reading, dockerfile, context,
        working_directory(text), versions[-1] if versions else "", tuple(notes), is_found=bool(name),
    )


def chosen_service(services: Mapping[str, Mapping[str, Any]]) -> str:
    """The one that looks most like an application; empty where none does."""
    scores = {name: _score(name, service) for name, service in services.items()}
    best = max(scores, key=lambda name: scores[name], default="")
    # Somebody else's image under a name of its own (a database's web page, say) is no application.
    return best if best and scores[best] >= LEAST_SCORE else ""


def _score(name: str, service: Mapping[str, Any]) -> int:
    image = str(service.get("image", "")).partition(":")[0]
    if not service.get("build") and INFRASTRUCTURE.search(f"{name} {image}"):
        return -10
    score = 3 if service.get("build") else 1
    score += 3 if any(word in re.split(r"[_-]", name) for word in GOOD_NAMES) else 0
    score -= 4 if HELPERS.search(name) else 0
    score += 2 if "http" in _flat((service.get("healthcheck") or {}).get("test", "")) else 0
    return score + bool(service.get("ports"))


def _dockerfile(directory: Path, service: Mapping[str, Any]) -> tuple[str, str]:
    """Its path, and the folder that is its build context; both relative to the project."""
    build = service.get("build") or {}
    build = {"context": build} if isinstance(build, str) else build
    place = (directory / str(build.get("context") or ".")).resolve()  # rendered, it is a whole path
    root = directory.resolve()
    context = place.relative_to(root).as_posix() if place.is_relative_to(root) else ""
    context = "" if context == "." else context
    names = [str(build.get("dockerfile") or "Dockerfile"), "Dockerfile", "backend/Dockerfile", "docker/Dockerfile"]
    for name in names:
        for path in (Path(context) / name, Path(name)):
            if ".." not in path.parts and not path.is_absolute() and (directory / path).is_file():
                return path.as_posix(), context
    return "", context


def _port(service: Mapping[str, Any], dockerfile: str, url: re.Match[str] | None) -> int | None:
    if url and url["port"]:
        return int(url["port"])
    for entry in (*(service.get("expose") or ()), *(service.get("ports") or ())):
        text = str(entry.get("target", "")) if isinstance(entry, dict) else str(entry)
        if digits := re.search(r"(\d+)(?:/tcp)?$", text):
            return int(digits[1])
    exposed = re.search(r"^EXPOSE\s+(\d+)", dockerfile, re.MULTILINE)
    return int(exposed[1]) if exposed else None


def _route(directory: Path, notes: list[str]) -> str:
    """A route of that kind in the sources. Its router may stand under a prefix, which is a guess."""
    found, prefix = "", ""
    for number, path in enumerate(walk(directory, "*.py", 8)):
        if number > SOURCES_READ:
            break
        text = _read(path)
        if not found and (route := _ROUTE.search(text)):
            found = "/" + route["path"].strip("/")
            notes.append(f"the health path comes from {path.relative_to(directory).as_posix()}: is it under a prefix?")
        if not prefix and (named := _PREFIX.search(text)):
            prefix = named["prefix"]
    return f"{prefix.rstrip('/')}{found}" if found and not found.startswith(prefix or "/") else found


def _flat(test: Any) -> str:
    return " ".join(map(str, test)) if isinstance(test, list) else str(test)


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""
