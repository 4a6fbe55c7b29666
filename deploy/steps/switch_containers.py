"""Move the application from one release to another without losing a request.

Running and undoing are the same movement with other ends, so there is one function: `_converge`.
The recipe and its measurements: knowledge page "Switching containers under load", variant b5.
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from typing import Literal, Protocol

from deploy.checks.failed_start import REFERENCE, failed_start, health_words, is_crashed
from deploy.checks.restoring import is_journalled_done
from deploy.model.containers import EDGE_CHECK_SECONDS, RELEASE_LABEL, Container, Health, SlotState
from deploy.model.errors import BlockedError, GoneForGood, StepFailed
from deploy.model.has_doors import (
    HasBackends,
    HasClock,
    HasCompose,
    HasContainers,
    HasImages,
    HasLedger,
    HasNames,
    HasReporter,
    HasStop,
)
from deploy.model.planned_step import Saved, UndoKind
from deploy.model.routes import APP_BACKEND
from deploy.model.steps import Step, StepContext, UndoOutcome
from deploy.routines.waiting import wait_until
from deploy.steps.edge_slots import (
    addresses_of,
    close_free_slots,
    is_shut,
    reopen_free_slots,
    serving,
    shut_foreign_slots,
    slots_of,
)
from deploy.steps.handing_over import HandOver, hand_over

EDGE_START_SECONDS = 30
# What a container is called that bears no release: somebody started it by hand.
UNNAMED_RELEASE = "manual"
LOG_TAIL_LINES = 15


class Doors(
    HasBackends, HasClock, HasCompose, HasContainers, HasImages, HasLedger, HasNames, HasReporter, HasStop, Protocol
):
    """What it touches."""


@dataclass(frozen=True, kw_only=True)
class ServedRelease(Saved):
    """An image under a release's name."""

    image_id: str
    release: str


@dataclass(frozen=True, kw_only=True)
class FormerRelease(ServedRelease):
    """What an undo brings back.

    Attributes:
        digest: what to pull it by where the image is gone by then; empty where no registry gave one.
        is_sick: whether it did not serve when the plan was made.
    """

    digest: str = ""
    is_sick: bool = False


@dataclass(frozen=True, kw_only=True)
class SwitchContainers(Step):
    """Bring up the new release beside the old, hand over, remove the old.

    Attributes:
        strategy: `drain` (zero failed requests) or `stop-first` (for what cannot run twice).
        had_page: whether the maintenance page was on before; then it stays.
        start_limit: what helps a slow start that the compose file's health check cuts short; empty: nothing does.
        new: what is to serve; None to stop the application.
        old: what served; None for the first deployment.
        backend: of the edge; another than the application's where it is another service's switch.
    """

    name: Literal["switch-containers"] = "switch-containers"
    undo_kind: UndoKind = UndoKind.REVERTED
    strategy: Literal["drain", "stop-first"]
    had_page: bool
    service: str
    edge_service: str
    replicas: int
    start_timeout_seconds: float
    drain_timeout_seconds: float
    stop_grace_seconds: int
    start_limit: str = ""
    new: ServedRelease | None
    old: FormerRelease | None
    backend: str = APP_BACKEND

    def is_done(self, context: StepContext[Doors]) -> bool:
        """Whether exactly the new release runs, healthy, and no slot of it is shut (as a killed run may leave it)."""
        world = self._at_backend(context.world)
        containers = world.containers.list(self.service)
        if self.new is None:
            has_ended = is_journalled_done(world, context.deployment_id, "end-maintenance")
            return has_ended or not any(self._is_of(c, self.old) for c in containers)
        return (
            len(containers) == self.replicas
            and all(self._is_of(c, self.new) and is_ready(c) for c in containers)
            and not any(is_shut(world, c) for c in containers)
        )

    def run(self, context: StepContext[Doors]) -> str:
        """Converge to the new release, or to none."""
        world = self._at_backend(context.world)
        if self.new is None:
            for container in world.containers.list(self.service):
                self.retire(world, container)
            return "no application runs"
        self.ensure_edge(world)
        if not world.edge.has_last_resort():
            world.reporter.warn(
                "the edge runs with an older haproxy.cfg, and answers 503 when the check of the last container fails; "
                "bring edge/haproxy.cfg up to date, then at a quiet time: "
                f"{world.names.compose_command} restart {self.edge_service}"
            )
        # What did not serve before could not take the traffic back.
        is_old_sick = bool(self.old and self.old.is_sick)
        lost = self._converge(world, self.new, is_guarded=not is_old_sick).says
        return f"{self.new.release} serves{', ' if lost else ''}{lost}"

    def undo(self, context: StepContext[Doors]) -> UndoOutcome:
        """Converge to the old release, or to no release where there was none."""
        world, old = self._at_backend(context.world), self.old
        if old is None:
            for container in world.containers.list(self.service):
                if self._is_of(container, self.new):
                    self.retire(world, container)
            if world.edge.is_reachable():
                world.edge.set_last_resort(None)
                if self._owns_page():
                    world.edge.set_maintenance(is_on=False)
            return UndoOutcome(True, "no application runs, as before")
        if old.is_sick or self._was_by_hand(old):
            return self._leave_as_sick(world, old)
        lost = self._converge(world, old, is_guarded=False).says
        return UndoOutcome(True, f"{old.release} serves again{', ' if lost else ''}{lost}")

    def _at_backend(self, world: Doors) -> Doors:
        return world if self.backend == APP_BACKEND else world.with_edge(world.edge.of(self.backend))

    def _is_of(self, container: Container, target: ServedRelease | None) -> bool:
        """What a person started of another service is no release's: it may publish a port of its own."""
        if self.backend == APP_BACKEND or target is None:
            return is_of(container, target)
        label = container.labels.get(RELEASE_LABEL, UNNAMED_RELEASE)
        return container.image_id == target.image_id and label == target.release

    def _was_by_hand(self, old: FormerRelease) -> bool:
        return self.backend != APP_BACKEND and old.release == UNNAMED_RELEASE

    def _leave_as_sick(self, world: Doors, old: FormerRelease) -> UndoOutcome:
        """What did not serve before is not waited for: it would never be healthy, and the undo never done.

        Nor is what a person started, which the edge does not find.
        """
        for container in world.containers.list(self.service):
            if not self._is_of(container, old):
                self.retire(world, container)
        if not any(self._is_of(c, old) for c in world.containers.list(self.service)):
            self.require_image(world, old)
            self._up(world, old, self.replicas)
        if world.edge.is_reachable():
            world.edge.set_last_resort(None)
        if self._was_by_hand(old):
            return UndoOutcome(True, f"{self.service} runs again as it was started by hand")
        return UndoOutcome(True, f"{old.release} runs again; it did not serve before either")

    def _converge(self, world: Doors, target: ServedRelease, *, is_guarded: bool) -> HandOver:
        """Make exactly `target` serve; returns what was lost meanwhile.

        Args:
            is_guarded: whether those that leave come back when those that stay cannot bear the traffic.
        """
        self.ensure_edge(world)
        self._sweep_dead(world)
        shut_foreign_slots(world, self.service)
        keep, leave = self._split(world, target)
        gone = addresses_of(leave)
        # What starts now has not proved itself: where no check passes, only those that serve are asked.
        world.edge.set_last_resort(addresses_of(serving(world, keep + leave) or leave or keep))
        has_page = False
        if len(keep) < self.replicas:
            self.require_image(world, target)  # before anything that serves is taken away
        if self.strategy == "stop-first":
            has_page = self._show_page(world)
            for container in leave:
                self.retire(world, container)
            leave = []
        if len(keep) < self.replicas:
            keep = self._start(world, target, leave)
        for container in keep:
            self.admit(world, container)
        handed = hand_over(
            world, keep, leave, drain_timeout_seconds=self.drain_timeout_seconds,
            patience_seconds=self.start_timeout_seconds, is_guarded=is_guarded,
        )
        world.edge.set_last_resort(addresses_of(keep))
        for container in leave:
            self.retire(world, container)
        if has_page:
            world.edge.set_maintenance(is_on=False)
        foreign = reopen_free_slots(world, self.service, EDGE_CHECK_SECONDS, gone)
        if foreign:
            world.reporter.warn(
                f"the name by which the edge finds {self.service} also leads to {', '.join(foreign)}, which is no "
                "container of this project and gets no requests: another project has a service of that name on a "
                "shared network; rename one, or give the edge a network of its own"
            )
        return handed

    def require_image(self, world: Doors, target: ServedRelease) -> None:
        """The image is here, or its registry still has it.

        Raises:
            GoneForGood: it is nowhere.
            BlockedError: its registry does not answer.
        """
        if world.images.find(target.image_id) is not None:
            return
        digest = target.digest if isinstance(target, FormerRelease) else ""
        if digest:
            try:
                world.images.pull(digest, world.reporter.say)
            except BlockedError as error:
                if error.reference == "registry-unreachable":
                    raise  # it may answer later: that is not for good
            if world.images.find(target.image_id) is not None:
                return
        elsewhere = f", and cannot be pulled as {digest}" if digest else ", and no registry gave it a digest"
        raise GoneForGood(
            f"the image of {target.release} ({target.image_id[7:19]}) is not on this machine{elsewhere}",
            hint="copy it from where it was built (docker save, docker load), so that it has the same id",
            reference="release-image-gone",
        )

    def _up(self, world: Doors, target: ServedRelease, scale: int) -> None:
        environment = {"APP_IMAGE": target.image_id, "RELEASE": target.release}
        if self.backend == APP_BACKEND:
            world.compose.up(self.service, environment=environment, scale=scale, has_recreate=False)
            return
        by_hand = target.release == UNNAMED_RELEASE
        # Of the application alone, the file takes the image from us and has the release's label.
        world.compose.up(
            self.service, environment=environment, scale=scale, has_recreate=False, image_id=target.image_id,
            labels={} if by_hand else {RELEASE_LABEL: target.release}, is_as_written=by_hand,
        )

    def _show_page(self, world: Doors) -> bool:
        """Nobody is to meet a refused connection while nothing runs; whether the page is ours to take away.

        One that was on when the plan was made is somebody's order, and stays. One that a killed run of ours left is
        taken away by the next.
        """
        if not self._owns_page():
            return False
        world.edge.set_maintenance(is_on=True)
        return True

    def _owns_page(self) -> bool:
        return self.strategy == "stop-first" and not self.had_page

    def ensure_edge(self, world: Doors) -> None:
        """Start the edge where none answers.

        Raises:
            StepFailed: it does not answer in time.
        """
        if world.edge.is_reachable():
            return
        with suppress(StepFailed):  # a directory that is not ours: then no reload of ours left anything in it
            world.edge.forget_servers()
        world.compose.up(self.edge_service, environment={}, has_recreate=False)
        if not wait_until(world, world.edge.is_reachable, EDGE_START_SECONDS):
            raise StepFailed(
                f"the edge did not answer on its runtime socket within {EDGE_START_SECONDS} s",
                hint=f"{world.names.compose_command} logs {self.edge_service}",
                reference="edge-unreachable",
            )

    def _sweep_dead(self, world: Doors) -> None:
        """A container that a killed compose left behind counts for --scale, so it goes first."""
        for container in world.containers.list(self.service):
            if not container.is_running:
                world.containers.remove(container.container_id)

    def _split(self, world: Doors, target: ServedRelease) -> tuple[list[Container], list[Container]]:
        """Those of the target release, and those that must leave."""
        running = [c for c in world.containers.list(self.service) if c.is_running]
        return [c for c in running if self._is_of(c, target)], [c for c in running if not self._is_of(c, target)]

    def _start(self, world: Doors, target: ServedRelease, leave: list[Container]) -> list[Container]:
        """Scale up; returns the target's containers once Docker calls every one healthy."""
        if leave:
            close_free_slots(world, self.service)
        return self.start_beside_unseen(world, target, len(leave))

    def start_beside_unseen(self, world: Doors, target: ServedRelease, others: int) -> list[Container]:
        """The same where no edge looks yet.

        Args:
            others: containers of the service that stay meanwhile.

        Raises:
            StepFailed: one does not become healthy.
        """
        self._up(world, target, others + self.replicas)
        found: list[Container] = []

        def is_healthy() -> bool:
            found[:] = [c for c in world.containers.list(self.service) if self._is_of(c, target)]
            for container in found:
                self._refuse_broken(world, container)
            return len(found) >= self.replicas and all(is_ready(c) for c in found)

        if not wait_until(world, is_healthy, self.start_timeout_seconds):
            words = next(filter(None, map(health_words, found)), "")
            for container in found:
                self._show_log(world, container)
            raise StepFailed(
                f"{target.release} was not healthy within {self.start_timeout_seconds:.0f} s{words}",
                hint="read the application's log above; a slow start needs DEPLOY_START_TIMEOUT_SECONDS",
                reference=REFERENCE,
            )
        return found

    def _refuse_broken(self, world: Doors, container: Container) -> None:
        """All that it said is read here: the container is gone when the error is told."""
        if is_crashed(container) or container.health is Health.UNHEALTHY:
            lines = self._show_log(world, container)
            raise failed_start(container, lines, self.start_limit)

    def _show_log(self, world: Doors, container: Container) -> list[str]:
        lines = world.containers.logs(container.container_id, LOG_TAIL_LINES).splitlines()
        for line in lines:
            world.reporter.log(line)
        return lines

    def admit(self, world: Doors, container: Container) -> None:
        """Let the edge send requests, and wait until its own check has passed."""
        opened: set[str] = set()

        def is_admitted() -> bool:
            slots = slots_of(world, [container])
            for slot in slots:
                if slot.state is not SlotState.READY and slot.name not in opened:
                    world.edge.set_state(slot.name, SlotState.READY)
                    opened.add(slot.name)
            return any(s.state is SlotState.READY and s.is_up and s.is_check_passed for s in slots)

        if not wait_until(world, is_admitted, EDGE_CHECK_SECONDS):
            raise StepFailed(
                f"the edge's check of {container.name} did not pass within {EDGE_CHECK_SECONDS} s",
                hint="compare the health path in edge/haproxy.cfg with the application's",
                reference="edge-check-failed",
            )

    def retire(self, world: Doors, container: Container) -> None:
        """Out of the edge, SIGTERM and its grace, and away."""
        if world.edge.is_reachable():
            for slot in slots_of(world, [container]):
                world.edge.set_state(slot.name, SlotState.MAINTENANCE)
        world.containers.stop(container.container_id, self.stop_grace_seconds)
        world.containers.remove(container.container_id)


def is_of(container: Container, target: ServedRelease | None) -> bool:
    """Whether it is one of that release; one that bears no release's name, by its image."""
    if target is None:
        return False
    label = container.labels.get(RELEASE_LABEL)
    return container.image_id == target.image_id and label in {None, target.release}


def is_ready(container: Container) -> bool:
    """Whether Docker calls it healthy, or does not check it."""
    return container.is_running and container.health in {Health.HEALTHY, Health.NONE}
