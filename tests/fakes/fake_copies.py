"""Copies in memory; its targets fail as the test says."""

from __future__ import annotations

from collections.abc import Callable

from deploy.model.backups import Backup, Copy
from deploy.model.errors import BlockedError, DeployError, InterruptedByOperator, StepFailed, UsageError
from tests.fakes.fake_clock import FakeClock
from tests.fakes.fake_database import FakeBackups


class FakeCopies:
    """doors.Copies. `kept` is target → name → backup; `failures` by target are raised by every call."""

    def __init__(self, backups: FakeBackups, clock: FakeClock | None = None, *targets: str) -> None:
        self._backups = backups
        self._clock = clock or FakeClock()
        self._targets = targets
        self.kept: dict[str, dict[str, Backup]] = {}
        self.broken: dict[str, set[str]] = {}
        self.damaged: dict[str, tuple[str, ...]] = {}
        self.failures: dict[str, DeployError] = {}
        self.during_push: Callable[[], None] = lambda: None
        self.whole: list[str] = []

    def targets(self) -> tuple[str, ...]:
        return self._targets

    def push(
        self, name: str, target: str, *, is_whole: bool, say: Callable[[str], None],
        is_stop_requested: Callable[[], bool],
    ) -> Copy:
        backup, copies = self._backups.get(name), self._at(target)
        self.during_push()
        if is_stop_requested():
            raise InterruptedByOperator("stopped during the copy", reference="interrupted")
        if name in copies and copies[name].manifest != backup.manifest:
            raise StepFailed(f"{name}: {target}: another one is there", reference="copy-damaged")
        copies.setdefault(name, Backup(backup.manifest, backup.record))
        if is_whole:
            self.whole.append(target)
        return Copy(target, self._clock.now(), backup.manifest.size_bytes)

    def list(self, target: str) -> tuple[tuple[Backup, ...], tuple[str, ...]]:
        found = self._at(target).values()
        ordered = sorted(found, key=lambda b: (b.manifest.started_at, b.name), reverse=True)
        return tuple(ordered), self.damaged.get(target, ())

    def pull(
        self, name: str, target: str, *, say: Callable[[str], None], is_stop_requested: Callable[[], bool]
    ) -> Backup:
        copies = self._at(target)
        if name in self._backups.kept:
            raise BlockedError(f"{name} is already here", reference="backup-is-here")
        if name not in copies:
            raise BlockedError(f"{name}: there is no copy at {target}", reference="no-such-copy")
        self._backups.kept[name] = Backup(copies[name].manifest)
        return self._backups.kept[name]

    def unfinished(self, target: str) -> tuple[str, ...]:
        self._at(target)
        return tuple(self.broken.get(target, ()))

    def delete(self, name: str, target: str) -> None:
        self._at(target).pop(name, None)
        self.broken.get(target, set()).discard(name)

    def _at(self, target: str) -> dict[str, Backup]:
        if "://" not in target and not target.startswith("/"):
            raise UsageError(f"{target} is not a target for copies", reference="bad-copy-target")
        if target in self.failures:
            raise self.failures[target]
        return self.kept.setdefault(target, {})
