"""A ledger that could not be opened: every question raises why, so that a look goes on with everything else."""

from __future__ import annotations

from typing import Any

from deploy.model.errors import DeployError


class UnreadableLedger:
    """doors.Ledger without an answer.

    Args:
        error: why it could not be opened.
    """

    def __init__(self, error: DeployError) -> None:
        self._error = error

    def close(self) -> None:
        """Nothing is open."""

    def __getattr__(self, name: str) -> Any:
        def ask(*_: object, **__: object) -> Any:
            raise self._error

        return ask
