"""A project's compose files, read without Docker: where `docker compose config` cannot be asked, or refuses.

Understands what changes which services there are: overrides with `!override` and `!reset`, `extends`, `include`,
anchors and stack files. Variables stay as they are written.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from deploy.settings.load import compose_files_of

COMPOSE_PATTERNS = ("compose*.y*ml", "docker-compose*.y*ml")
STACK_PATTERNS = ("docker-stack*.y*ml", "stack*.y*ml")
FOLDERS = ("", "docker", "deploy", "deployment", "infra")
DEEPEST = 5
_PORT = re.compile(r"(?:(?:(?P<host>[\d.]+|\[[^\]]+\]|\$\{[^}]*\}):)?(?P<published>[^:]*):)?(?P<target>\d+)(?:/\w+)?$")
_MAPS = ("environment", "labels", "sysctls")


@dataclass(frozen=True)
class ComposeReading:
    """What was read.

    Attributes:
        files: relative to the project; empty where there is none.
        config: the whole of what Compose rendered, where it did; it may hold secrets.
        services: in the form that `docker compose config` gives them, as far as it matters here.
    """

    files: tuple[str, ...] = ()
    services: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    config: Mapping[str, Any] = field(default_factory=dict, repr=False)


class _Loader(yaml.SafeLoader):
    """Knows Compose's own tags."""


class _Reset:
    """`!reset`: the value before is gone."""


@dataclass(frozen=True)
class _Override:
    value: Any


def _tagged(loader: _Loader, suffix: str, node: yaml.Node) -> Any:
    if suffix == "reset":
        return _Reset()
    if isinstance(node, yaml.MappingNode):
        value: Any = loader.construct_mapping(node, deep=True)
    elif isinstance(node, yaml.SequenceNode):
        value = loader.construct_sequence(node, deep=True)
    else:
        value = loader.construct_object(yaml.ScalarNode("tag:yaml.org,2002:str", node.value), deep=True)
    return _Override(value) if suffix == "override" else value


_Loader.add_multi_constructor("!", _tagged)


def read_compose(directory: Path, notes: list[str]) -> ComposeReading:
    """The files that a deployment would take, else what lies in the usual folders.

    Args:
        notes: what could not be read is added.
    """
    for files in _candidates(directory):
        services: dict[str, dict[str, Any]] = {}
        for path in files:
            for name, service in _services_of(path, notes, DEEPEST).items():
                services[name] = _merged(services.get(name, {}), service)
        if services:
            names = tuple(path.relative_to(directory).as_posix() for path in files)
            return ComposeReading(names, {name: normalised(service) for name, service in services.items()})
    return ComposeReading()


def _candidates(directory: Path) -> Iterator[list[Path]]:
    own = [directory / name for name in compose_files_of(directory).split(":")]
    yield [path for path in own if path.is_file()]
    for folder in FOLDERS:
        for patterns in (COMPOSE_PATTERNS, STACK_PATTERNS):
            yield sorted({p for pattern in patterns for p in (directory / folder).glob(pattern) if p.is_file()})


def _services_of(path: Path, notes: list[str], depth: int) -> dict[str, dict[str, Any]]:
    document = _document(path, notes)
    found: dict[str, dict[str, Any]] = {}
    for item in document.get("include") or () if depth else ():
        paths = item.get("path") if isinstance(item, Mapping) else item
        for name in [paths] if isinstance(paths, str) else paths or ():
            found |= _services_of(path.parent / str(name), notes, depth - 1)
    services = document.get("services") or {}
    for name, service in services.items():
        found[name] = _extended(path, services, service or {}, notes, depth)
    return found


def _document(path: Path, notes: list[str]) -> Mapping[str, Any]:
    try:
        document = yaml.load(path.read_text(encoding="utf-8"), _Loader)  # noqa: S506 - a SafeLoader
    except (OSError, UnicodeDecodeError, yaml.YAMLError):
        notes.append(f"{path.name} cannot be read as YAML")
        return {}
    return document if isinstance(document, Mapping) else {}


def _extended(
    path: Path, services: Mapping[str, Any], service: Mapping[str, Any], notes: list[str], depth: int
) -> dict[str, Any]:
    base = service.get("extends")
    own = {key: value for key, value in service.items() if key != "extends"}
    if not base or not depth:
        return own
    base = {"service": base} if isinstance(base, str) else base
    file = path.parent / str(base["file"]) if base.get("file") else path
    around = services if file == path else _document(file, notes).get("services") or {}
    other = around.get(str(base.get("service"))) or {}
    return _merged(_extended(file, around, other, notes, depth - 1), own)


def _merged(before: Mapping[str, Any], after: Mapping[str, Any]) -> dict[str, Any]:
    found = dict(before)
    for key, value in after.items():
        if isinstance(value, _Reset):
            found.pop(key, None)
        elif isinstance(value, _Override):
            found[key] = value.value
        elif key in _MAPS and key in found:
            found[key] = _as_map(found[key]) | _as_map(value)
        elif isinstance(value, list) and isinstance(found.get(key), list) and key not in {"command", "entrypoint"}:
            found[key] = [*found[key], *(item for item in value if item not in found[key])]
        else:
            found[key] = value
    return found


def normalised(service: Mapping[str, Any]) -> dict[str, Any]:
    """Short forms written out, as `docker compose config` writes them."""
    found = {key: value.value if isinstance(value, _Override) else value for key, value in service.items()}
    found = {key: value for key, value in found.items() if value is not None and not isinstance(value, _Reset)}
    for key in _MAPS:
        if key in found:
            found[key] = _as_map(found[key])
    if isinstance(found.get("build"), str):
        found["build"] = {"context": found["build"]}
    if isinstance(found.get("depends_on"), list):
        found["depends_on"] = {name: {"condition": "service_started"} for name in found["depends_on"]}
    for key in ("command", "entrypoint"):
        if isinstance(found.get(key), str):
            found[key] = _words(found[key])
    found["ports"] = [port for item in found.get("ports") or () if (port := _port(item))]
    return {key: value for key, value in found.items() if value != []}


def _words(text: str) -> list[str]:
    try:
        return shlex.split(text)
    except ValueError:
        return text.split()


def _port(item: Any) -> dict[str, Any] | None:
    if isinstance(item, Mapping):
        return dict(item)
    match = _PORT.fullmatch(str(item))
    if match is None:
        return None
    found: dict[str, Any] = {"target": int(match["target"])}
    return found | ({"published": match["published"]} if match["published"] else {}) | (
        {"host_ip": match["host"]} if match["host"] else {}
    )


def _as_map(value: Any) -> dict[str, Any]:
    if isinstance(value, Mapping):
        return dict(value)
    pairs = (str(item).partition("=") for item in value or ())
    return {name: text if separator else None for name, separator, text in pairs}
