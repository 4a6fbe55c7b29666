"""The file that is laid over the project's own compose files. It may hold their secrets, so only its owner reads it."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from deploy.model.compose_overlay import ComposeOverlay, Override, Reset
from deploy.model.errors import BlockedError

HEAD = "# Written by the tool from the compose file, again with every command: what is changed here is lost.\n"


@dataclass(frozen=True)
class OverlayFile:
    """Where it lies, and what makes it.

    Attributes:
        make: the rendered file of the project -> what is laid over it.
        environment: with which the project's file is rendered for that.
    """

    path: Path
    make: Callable[[Mapping[str, Any]], ComposeOverlay]
    environment: Mapping[str, str]

    def write(self, config: Mapping[str, Any]) -> ComposeOverlay:
        """Make it, and write it where it is not empty; one of an earlier day goes where it is.

        Raises:
            BlockedError: it cannot be written.
        """
        overlay = self.make(config)
        try:
            if overlay:
                self._replace(HEAD + yaml.dump({"services": _plain(overlay.services)}, Dumper=_Dumper, sort_keys=False))
            else:
                self.path.unlink(missing_ok=True)
        except OSError as error:
            raise BlockedError(
                f"{self.path} cannot be written: {error.strerror}",
                hint="whose is the directory, and is the disk full?", reference="state-not-writable",
            ) from None
        return overlay

    def _replace(self, text: str) -> None:
        """Whole or not at all: a command that only looks may run beside a deployment."""
        self.path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        part = self.path.with_name(f".{self.path.name}.{os.getpid()}")
        descriptor = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            file.write(text)
        part.replace(self.path)


class _Dumper(yaml.SafeDumper):
    """With Compose's own tags."""


def _reset(dumper: yaml.SafeDumper, _: Reset) -> yaml.Node:
    return dumper.represent_scalar("!reset", "null")


def _override(dumper: yaml.SafeDumper, value: Override) -> yaml.Node:
    node = dumper.represent_data(value.value)
    node.tag = "!override"
    return node


_Dumper.add_representer(Reset, _reset)
_Dumper.add_representer(Override, _override)
_Dumper.ignore_aliases = lambda *_: True  # type: ignore[method-assign]


def _plain(value: Any) -> Any:
    """Mappings as dictionaries, tuples as lists."""
    if isinstance(value, Mapping):
        return {key: _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    return Override(_plain(value.value)) if isinstance(value, Override) else value
