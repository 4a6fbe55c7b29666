"""The maintenance page: whether it is on, since when, and by whom."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

DEFAULT_MESSAGE = "We are working on this service right now. Nothing is lost; please try again in a few minutes."


@dataclass(frozen=True)
class MaintenanceOrder:
    """What an operator asked for.

    Attributes:
        message: plain text for the page.
        allowed: networks (CIDR) that see the application all the same.
    """

    message: str
    allowed: tuple[str, ...]
    since: datetime
    user_name: str


@dataclass(frozen=True)
class MaintenanceState:
    """What is true now.

    Attributes:
        is_on: what the edge says; None where it does not answer.
        order: of the last `maintenance on`; None where a deployment or nobody switched it.
    """

    is_on: bool | None
    order: MaintenanceOrder | None
