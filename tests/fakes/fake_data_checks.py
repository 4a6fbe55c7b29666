"""The project's data checks, as the test says."""

from __future__ import annotations

from collections.abc import Sequence

from deploy.model.data_checks import DataCheck, DataResult


class FakeDataChecks:
    """model.data_checks.DataChecks. `answers` are given one after the other, the last one again and again."""

    def __init__(self) -> None:
        self.checks: tuple[DataCheck, ...] = ()
        self.answers: list[Sequence[DataResult]] = [()]
        self.image_ids: list[str] = []

    def find(self) -> tuple[DataCheck, ...]:
        return self.checks

    def run(self, image_id: str) -> tuple[DataResult, ...]:
        self.image_ids.append(image_id)
        return tuple(self.answers.pop(0) if len(self.answers) > 1 else self.answers[0])
