"""Watch the new release for some minutes; it is good only when the watch has passed.

The locks are free meanwhile: another command may end the watch by taking the deployment over. Whatever the watch
then wants to do, it first takes the locks back and looks whether the deployment is still its own.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, Protocol

from deploy.checks.watch_sample import WatchTarget
from deploy.model.errors import HandedOver, StepFailed
from deploy.model.has_doors import (
    HasClock,
    HasContainers,
    HasEdge,
    HasHttp,
    HasImages,
    HasLedger,
    HasReporter,
    HasStop,
    HasWatch,
)
from deploy.model.notices import Notice, NoticeKind
from deploy.model.planned_step import UndoKind
from deploy.model.steps import Step, StepContext, UndoOutcome
from deploy.model.watching import UNDECIDED, Before, Finding, Thresholds, WatchedService, WatchReport
from deploy.routines.watching import watch_reports

LOCK_POLL_SECONDS = 1.0


class Doors(
    HasClock, HasContainers, HasEdge, HasHttp, HasImages, HasLedger, HasReporter, HasStop, HasWatch, Protocol
):
    """What it touches."""


@dataclass(frozen=True, kw_only=True)
class WatchRelease(Step):
    """Sampled together, compared with the window before, confirmed over several samples.

    Attributes:
        service, url: what is sampled.
        seconds: how long.
        release, number, image_id, previous_number: what runs now, and what the ledger named before.
        previous: the name of the release before; empty where there was none.
        latest_reference: the tag of the running release.
        stays_because: why the release before must not come back by itself; empty where it may.
        choices: what a person can do then.
        others: the release's other services.
    """

    name: Literal["watch-release"] = "watch-release"
    undo_kind: UndoKind = UndoKind.REVERTED
    service: str
    url: str
    seconds: float
    thresholds: Thresholds
    release: str
    number: int
    image_id: str
    previous: str
    previous_number: int | None
    latest_reference: str
    stays_because: str
    choices: str
    others: tuple[WatchedService, ...]

    def is_done(self, context: StepContext[Doors]) -> bool:
        """Whether the watch of this deployment has passed, or has ended without an answer."""
        document = context.world.watch.records.load(context.deployment_id)
        return bool(document.get("passed") or document.get(UNDECIDED))

    def run(self, context: StepContext[Doors]) -> str:
        """Watch to the end, or to the first confirmed breach.

        Raises:
            StepFailed: a breach.
            HandedOver: another command took the deployment over.
            InterruptedByOperator: the operator asked to stop.
        """
        world = context.world
        # What runs is what the ledger must say, also while it is not yet known to be good.
        world.ledger.set_current_release(self.number)
        world.watch.lock.free()
        try:
            last = self._watch(context)
        finally:
            self._take_lock_back(context)
        world.stop.raise_if_requested()
        if last.breaches:
            raise self._breached(context, last)
        document = dict(world.watch.records.load(context.deployment_id))
        document |= {"passed": not last.undecided, "samples": last.number, "after": _after(last)}
        if last.undecided:
            document[UNDECIDED] = _undecided_words(last)
        world.watch.records.save(context.deployment_id, document)
        if last.undecided:
            return self._tell_undecided(context, last)
        return f"{last.elapsed_seconds / 60:.1f} min, {last.number} samples, nothing confirmed against {self.release}"

    def undo(self, context: StepContext[Doors]) -> UndoOutcome:
        """The release before may come back only where it is known to run on the schema that is there now."""
        world, stays = context.world, self.stays_because
        if not stays:
            current = world.ledger.current_release()
            if current is not None and current.number == self.number:
                world.ledger.set_current_release(self.previous_number)
            return UndoOutcome(True, f"{self.previous} may serve again")
        # It goes on serving, so a plain `docker compose up -d` must start it too.
        world.images.tag(self.image_id, self.latest_reference)
        world.ledger.set_current_release(self.number)
        return UndoOutcome(
            False, f"{self.release} goes on serving, although it is not good: {stays}; {self.choices}",
            "./scripts/deploy.sh monitor",
        )

    def _watch(self, context: StepContext[Doors]) -> WatchReport:
        world = context.world
        raw = world.watch.records.load(context.deployment_id).get("before")
        before = Before.from_json(raw) if raw else None
        target = WatchTarget.beginning(world, self.service, self.url, self.others)
        report: WatchReport | None = None
        for report in watch_reports(world, target, self.thresholds, before, self.seconds):
            self._require_ours(context)
            if report.breaches or world.stop.is_requested():
                break
        if report is None:
            raise ValueError("a watch takes at least one sample")
        return report

    def _require_ours(self, context: StepContext[Doors]) -> None:
        deployment = context.world.ledger.deployment(context.deployment_id)
        if deployment is None or not deployment.is_being_watched:
            raise HandedOver(
                f"another command replaced or took over {self.release} while it was watched; this watch has ended",
                hint="./scripts/deploy.sh history", reference="watch-ended",
            )

    def _take_lock_back(self, context: StepContext[Doors]) -> None:
        """Wait while another command holds it: that one may only look, or it takes the deployment over."""
        is_told = False
        while True:
            self._require_ours(context)
            if context.world.watch.lock.take():
                break
            if not is_told:
                context.world.reporter.say("another command holds the deployment lock; waiting for it to decide")
                is_told = True
            context.world.clock.sleep(LOCK_POLL_SECONDS)
        # Between the last look and the lock, it may have been taken over after all.
        self._require_ours(context)

    def _tell_undecided(self, context: StepContext[Doors], last: WatchReport) -> str:
        """Not rolled back, for the release before would fare no better; and not called good either."""
        what = _undecided_words(last)
        context.world.watch.notices.send(
            Notice(
                NoticeKind.WATCH_UNDECIDED, f"{self.release}: the watch could not tell",
                f"{what}\nafter {last.elapsed_seconds / 60:.1f} min\n"
                f"{self.release} goes on serving, and this watch does not call it good",
            )
        )
        return (
            f"{last.elapsed_seconds / 60:.1f} min, {last.number} samples, and no answer: {what}; {self.release} goes "
            "on serving, and this watch does not call it good"
        )

    def _breached(self, context: StepContext[Doors], report: WatchReport) -> StepFailed:
        what = "; ".join(_words(finding) for finding in report.breaches)
        stays = self.stays_because
        follows = self.choices if stays else f"{self.previous} comes back now"
        context.world.watch.notices.send(
            Notice(
                NoticeKind.WATCH_BREACHED, f"{self.release}: the watch found something wrong",
                f"{what}\nafter {report.elapsed_seconds / 60:.1f} min\n{stays or 'rolled back by itself'}\n{follows}",
            )
        )
        return StepFailed(
            f"the watch found, {report.elapsed_seconds / 60:.1f} min after the switch: {what}",
            hint="repair it and deploy again" if not stays else self.choices, reference="watch-breached",
        )


def _words(finding: Finding) -> str:
    return finding.says


def _undecided_words(report: WatchReport) -> str:
    """What was wrong, and why that cannot be held against the release."""
    return "; ".join(f"{finding.says}; cannot tell: {finding.held_because}" for finding in report.undecided)


def _after(last: WatchReport) -> dict[str, float | int | None]:
    """The last sample's numbers under the names of those from before, for the deployment's page."""
    edge, database = last.sample.edge, last.sample.database
    return {
        "failed_percent": last.rates.failed_percent if last.rates else None,
        "average_ms": float(edge.average_ms) if edge else None,
        "per_second": last.rates.per_second if last.rates else None,
        "waiting": database.totals.waiting if database else None,
    }
