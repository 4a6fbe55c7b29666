"""The Docker SDK's client, and its exceptions in our words."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager

import docker
import requests
import urllib3
from docker.errors import APIError, DockerException

from deploy.model.errors import ENGINE, BlockedError, DeployError, StepFailed

# An engine whose containerd restarts under it, or that is being stopped (a package upgrade does both).
GOING_DOWN = ("containerd.sock", "shutting down", "transport is closing", "error reading from server: EOF")


def connect(timeout_seconds: float = 120) -> docker.DockerClient:
    """A client of the engine that DOCKER_HOST names, or of the local socket.

    Raises:
        BlockedError: nothing answers.
    """
    with translated():
        return docker.from_env(timeout=int(timeout_seconds))


class LazyClient(docker.DockerClient):
    """A client that connects when it is asked first: with the engine away, the other doors still answer.

    Args:
        timeout_seconds: of one request.
    """

    def __init__(self, timeout_seconds: float = 120) -> None:
        self._timeout_seconds = timeout_seconds
        self._connected: docker.DockerClient | None = None

    @property
    def api(self) -> docker.APIClient:  # type: ignore[override]
        """The low-level client, which every part of the SDK goes through.

        Raises:
            BlockedError: nothing answers.
        """
        if self._connected is None:
            self._connected = connect(self._timeout_seconds)
        return self._connected.api

    def close(self) -> None:
        """End the connection, where there is one."""
        if self._connected is not None:
            self._connected.close()


@contextmanager
def translated() -> Iterator[None]:
    """SDK exceptions become ours: an engine that is gone, and an engine that refuses."""
    try:
        yield
    except DeployError:
        raise
    except APIError as error:
        what = str(error.explanation or error)
        if "no space left" in what:
            raise StepFailed(
                f"the disk of the Docker engine is full: {what}", hint="docker system df", reference="disk-full"
            ) from None
        if any(word in what for word in GOING_DOWN):
            raise no_engine(what) from None
        raise StepFailed(
            f"the Docker engine refused: {what}", hint="docker info", reference="engine-refused"
        ) from None
    except (DockerException, requests.RequestException, urllib3.exceptions.HTTPError, OSError) as error:
        raise no_engine(_last_cause(error)) from None


def no_engine(said: str) -> BlockedError:
    """Nothing answers on the socket, or what answers is on its way down or up."""
    if "Permission denied" in said:
        return BlockedError(
            f"this user may not use the Docker engine on {socket_name()}: {said}",
            hint="sudo usermod -aG docker USER, then log in again; or run the command with sudo",
            reference="engine-not-permitted",
        )
    return BlockedError(
        f"no Docker engine answers on {socket_name()}: {said}",
        hint="scripts/bootstrap.sh (or start the daemon: systemctl start docker)", reference="engine-unreachable",
        away=ENGINE,
    )


def socket_name() -> str:
    """Where the engine is asked: DOCKER_HOST, else the usual socket."""
    return os.environ.get("DOCKER_HOST") or "unix:///var/run/docker.sock"


def _last_cause(error: BaseException) -> str:
    while error.__cause__ or error.__context__:
        error = error.__cause__ or error.__context__ or error
    return str(error).rpartition("] ")[2]
