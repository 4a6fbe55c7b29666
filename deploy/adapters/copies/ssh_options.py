"""How SSH servers are reached; apart from the store, whose library may be missing."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class SshOptions:
    """How we log in.

    Attributes:
        key_file: None: ssh's own keys and agent.
        known_hosts: None: ssh's own files.
    """

    key_file: Path | None = None
    known_hosts: Path | None = None
