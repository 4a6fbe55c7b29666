"""`monitor`: one look at the database while it works. Nothing is changed, nobody is kept waiting."""

from __future__ import annotations

from collections.abc import Generator

from deploy.commands.wiring import open_monitoring
from deploy.model.monitoring import DatabaseOverview
from deploy.settings.schema import Settings


def looks(settings: Settings) -> Generator[DatabaseOverview, None, None]:
    """One look each time the caller asks for the next; the connection's thread ends with the iterator.

    Raises:
        BlockedError: the database does not answer.
    """
    with open_monitoring(settings) as monitoring:
        while True:
            yield monitoring.overview()
