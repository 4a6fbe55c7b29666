"""What a deployment needs of the rendered compose file."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class ComposeLook:
    """The application's service, as `docker compose config` renders it.

    Attributes:
        health_test: the health check as it stands there: `("CMD", "python", …)`, `("CMD-SHELL", "curl …")`, or empty.
        health_timeout_seconds: what one run of it may take.
        start_limit_seconds: after so long without success Docker calls a container unhealthy: `start_period` and
            `retries` times `interval`.
        mount_targets: directories of the container that are not the image's.
        path_variable: PATH, where the file sets one.
        edge_port / edge_health_path: where the edge's own check asks a container; None and empty where its
            configuration does not say it in the usual words.
        laid_over: what is otherwise than in the project's own file, one sentence each.
        config: the whole file as it was rendered, secrets in it.
    """

    health_test: tuple[str, ...] = ()
    health_timeout_seconds: float = 30
    start_limit_seconds: float = 90
    mount_targets: tuple[str, ...] = ()
    path_variable: str = ""
    edge_port: int | None = None
    edge_health_path: str = ""
    laid_over: tuple[str, ...] = ()
    config: Mapping[str, Any] = field(default_factory=dict, repr=False)
