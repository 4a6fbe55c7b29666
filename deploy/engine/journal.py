"""The journal of one deployment: written to the ledger first, remembered second.

What is remembered here is enough to undo by, so a ledger that stops answering in the middle of a
deployment does not keep production from being taken back.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from deploy.model.deployments import Deployment, DeploymentState, StepState
from deploy.model.doors import Ledger
from deploy.model.errors import LEDGER_LOST, DeployError

GOING_BACK = frozenset({StepState.FAILED, StepState.UNDO_BEGUN, StepState.UNDONE})


class Journal:
    """What was ours, by position.

    Args:
        deployment: as the ledger holds it; its steps say what an earlier process did.
    """

    def __init__(self, ledger: Ledger, deployment: Deployment) -> None:
        self._ledger = ledger
        self._deployment = deployment
        self._lost: DeployError | None = None
        self._states = {record.position: record.state for record in deployment.steps}

    @property
    def lost(self) -> DeployError | None:
        """Why the ledger holds this deployment no more: it was deleted or replaced meanwhile."""
        return self._lost

    def is_ours(self, position: int) -> bool:
        """Whether this deployment began the step, in this process or an earlier one."""
        return position in self._states

    def is_done(self, position: int) -> bool:
        """Whether the step was seen to end well; the world may have moved since."""
        return self._states.get(position) is StepState.DONE

    def was_going_back(self) -> bool:
        """Whether an earlier process had decided to undo."""
        return any(state in GOING_BACK for state in self._states.values())

    def open_step_names(self) -> frozenset[str]:
        """The steps that were begun and are not undone."""
        return frozenset(self._deployment.plan.steps[position].name for position in self.to_undo())

    def to_undo(self) -> list[int]:
        """The positions that were begun and are not undone, last first."""
        return [p for p in sorted(self._states, reverse=True) if self._states[p] is not StepState.UNDONE]

    def record(
        self, position: int, name: str, state: StepState, detail: str = "", seconds: float | None = None
    ) -> None:
        """Write one entry.

        Raises:
            DeployError: the ledger could not be written; nothing is remembered either.
        """
        with self._noticing():
            self._ledger.record_step(self._deployment.deployment_id, position, name, state, detail, seconds)
        self._states[position] = state

    def record_if_possible(
        self, position: int, name: str, state: StepState, detail: str = "", seconds: float | None = None
    ) -> None:
        """Write one entry on the way back, where a ledger that cannot be written must not stop the undo.

        Undo is idempotent and `is_done` asks the world, so a lost entry costs a look, never a change.
        """
        try:
            self.record(position, name, state, detail, seconds)
        except Exception:  # noqa: BLE001 - whatever the ledger raises, production is taken back first
            self._states[position] = state

    def close(self, state: DeploymentState, exit_code: int, outcome: str) -> DeployError | None:
        """End the deployment; the error when the ledger could not be written, and it stays unfinished."""
        try:
            with self._noticing():
                self._ledger.end_deployment(self._deployment.deployment_id, state, exit_code, outcome)
        except DeployError as error:
            return error
        return None

    def deployment(self) -> Deployment:
        """As the ledger holds it now; as it was at the beginning where the ledger does not answer."""
        try:
            return self._ledger.deployment(self._deployment.deployment_id) or self._deployment
        except DeployError:
            return self._deployment

    @contextmanager
    def _noticing(self) -> Iterator[None]:
        try:
            yield
        except DeployError as error:
            if error.reference == LEDGER_LOST:
                self._lost = error
            raise
