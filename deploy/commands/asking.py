"""Ask a door, and keep what went wrong as an answer: a look never raises."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from deploy.model.errors import DeployError
from deploy.model.production import NotKnown

T = TypeVar("T")


def asked(question: Callable[[], T]) -> T | NotKnown:
    """The answer, or why there is none."""
    try:
        return question()
    except DeployError as error:
        return NotKnown(error.what, error.hint)
    except Exception as error:  # noqa: BLE001 - a look that breaks is an answer too, and the others count
        return NotKnown(f"internal error: {error!r}")
