"""What ran when a deployment began runs when it has ended without success; what was seen is said, and nothing else."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace

from deploy.checks.schema_since import schema_since
from deploy.commands.asking import asked
from deploy.model.containers import DEPLOYMENT_LABEL, EDGE_CHECK_SECONDS, RELEASE_LABEL, Container, Health, SlotState
from deploy.model.deployments import Deployment, Plan
from deploy.model.doors import World
from deploy.model.end_state import EndSeen, ProductionState, SeenContainer
from deploy.model.errors import DeployError
from deploy.model.production import NotKnown
from deploy.planning.end_state import PARTS, differences, not_known, not_seen_before, serves_less, words_of
from deploy.steps.run_jobs import RunJobs
from deploy.steps.start_accessories import StartAccessories
from deploy.steps.stop_background import StopBackground
from deploy.steps.switch_background import SwitchBackground
from deploy.steps.switch_containers import SwitchContainers

SWITCH = "switch-containers"
UNNAMED_RELEASE = "manual"
# The edge's own check needs some seconds; a container that was started needs as long as a start may take.
SETTLE_SECONDS, START_SECONDS = float(EDGE_CHECK_SECONDS), 120.0
POLL_SECONDS = 0.5
EDGE_GRACE_SECONDS = 5
NOT_KNOWN_SCHEMA = PARTS["schema"]


def look_at_state(world: World, release: str = "", background: Sequence[str] = ()) -> ProductionState:
    """One look at what a deployment may change; a door that does not answer is `NotKnown`.

    Args:
        release: the release that the deployment makes; its tag is looked at too.
        background: the services of workers and schedulers that the plan names.
    """
    names = world.names
    app = asked(lambda: world.containers.list(names.app_service))
    references = [f"{names.tag_repository}:{tag}" for tag in ("latest", "backup", release) if tag]
    database = asked(world.database.observe)
    return ProductionState(
        app=_seen(app),
        edge=_seen(asked(lambda: world.containers.list(names.edge_service))),
        sent_to=app if isinstance(app, NotKnown) else asked(lambda: _sent_to(world, app)),
        has_page=asked(lambda: world.edge.is_reachable() and world.edge.is_in_maintenance()),
        tags=asked(lambda: _tags(world, references if names.tag_repository else ())),
        revision_ids=database if isinstance(database, NotKnown) else tuple(sorted(database.revision_ids)),
        schema=database if isinstance(database, NotKnown) else tuple(sorted([
            *(f"table {name}" for name in database.table_names),
            *(f"invalid index {i.index_name} on {i.table_name}" for i in database.invalid_indexes),
            *(f"constraint {name}, not validated," for name in database.unvalidated_constraint_names),
        ])),
        release_number=asked(lambda: _number(world)),
        background=asked(lambda: {name: _containers_of(world, name) for name in background}),
    )


def look_for_plan(world: World, plan: Plan) -> ProductionState:
    """One look at what this plan may change."""
    return look_at_state(world, str(plan.summary.get("release", "")), background_of(plan))


def background_of(plan: Plan) -> tuple[str, ...]:
    """The services of workers and schedulers that its steps speak of."""
    steps = [step for step in plan.steps if isinstance(step, StopBackground | SwitchBackground)]
    return tuple(dict.fromkeys(move.service for step in steps for move in step.moves))


class ObservedEnd:
    """model.end_state.EndState on the live doors."""

    def __init__(self, world: World) -> None:
        self._world = world

    def settle(self, deployment: Deployment, open_step_names: frozenset[str]) -> EndSeen:
        """Start what served at the beginning and is stopped, wait for it, and compare."""
        beginning = self._beginning(deployment)
        if beginning is None:
            return EndSeen(is_compared=False)
        is_app_ours = SWITCH not in open_step_names
        started, failed = self._start(beginning, is_app_ours=is_app_ours)
        if is_app_ours and beginning.app == () and beginning.edge == () and self._plans_a_switch(deployment):
            failed += self._remove_edge()
        if is_app_ours and isinstance(beginning.sent_to, int) and beginning.sent_to:
            self._open_slots()
        now = self._wait(
            beginning, deployment.plan, START_SECONDS if started else SETTLE_SECONDS, may_wait=is_app_ours
        )
        seen = self._compare(deployment, beginning, now)
        return replace(
            seen, started=started, differs=(*seen.differs, *failed), stays=self._stays(deployment.plan),
            wrote=self._ran(deployment),
        )

    def differences(self, deployment: Deployment) -> tuple[str, ...]:
        """What differs from the beginning, and what is not known; nothing is started, nothing is waited for."""
        beginning, now = self._beginning(deployment), look_for_plan(self._world, deployment.plan)
        if beginning is None:
            return (f"what ran at the beginning was not recorded; now {words_of(now) or 'nothing answers'}",)
        seen = self._compare(deployment, beginning, now)
        return (*seen.differs, *seen.unknown, *seen.unseen)

    def _beginning(self, deployment: Deployment) -> ProductionState | None:
        found = asked(lambda: self._world.ledger.beginning_of(deployment.deployment_id))
        return None if isinstance(found, NotKnown) else found

    def _stays(self, plan: Plan) -> tuple[str, ...]:
        """Of what the plan found absent, what is there now; what cannot be seen is not spoken of."""
        services = [name for step in plan.steps if isinstance(step, StartAccessories) for name in step.services]
        found = asked(lambda: tuple(name for name in services if self._world.containers.list(name)))
        return () if isinstance(found, NotKnown) else found

    def _ran(self, deployment: Deployment) -> tuple[str, ...]:
        """Jobs that this deployment started; where nobody answers, all that it may have started."""
        services = [job.service for step in deployment.plan.steps if isinstance(step, RunJobs) for job in step.jobs]

        def is_there(name: str) -> bool:
            containers = self._world.containers.list(name)
            return any(c.labels.get(DEPLOYMENT_LABEL) == deployment.deployment_id for c in containers)

        found = asked(lambda: tuple(name for name in services if is_there(name)))
        return tuple(services) if isinstance(found, NotKnown) else found

    def _compare(self, deployment: Deployment, beginning: ProductionState, now: ProductionState) -> EndSeen:
        """The schema is compared by the catalog where this deployment kept it, else by what a look tells."""
        since = schema_since(self._world, deployment.deployment_id)
        differs = differences(beginning, now, without=("schema",) if since.has_baseline else ())
        unknown = not_known(beginning, now)
        if since.unknown and not any(NOT_KNOWN_SCHEMA in line for line in unknown):
            unknown += since.differs
        elif not since.unknown:
            differs += since.differs
        return EndSeen(
            is_compared=True, differs=differs, unknown=unknown, unseen=not_seen_before(beginning), says=words_of(now)
        )

    def unfinished_business(self, deployment: Deployment) -> tuple[str, ...]:
        """What of the release that was to serve does not."""
        planned = deployment.plan.find(SwitchContainers)
        if planned is None or planned.new is None:
            return ()
        wanted = planned.new
        now = look_at_state(self._world)
        if isinstance(now.app, NotKnown):
            return (f"not known: whether {wanted.release} serves: {now.app.why}",)
        if not any(c.is_serving and c.image_id == wanted.image_id for c in now.app):
            return (f"no container of {wanted.release} serves",)
        if isinstance(now.sent_to, NotKnown):
            return (f"not known: whether the edge sends requests to {wanted.release}: {now.sent_to.why}",)
        return () if now.sent_to else (f"the edge sends no requests to {wanted.release}",)

    def _start(self, beginning: ProductionState, *, is_app_ours: bool) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """What was started, and what could not be; what nobody answers for stays as it is."""
        started: list[str] = []
        failed: list[str] = []
        names = self._world.names
        services = [(names.edge_service, beginning.edge)]
        if is_app_ours:
            services.append((names.app_service, beginning.app))
        for service, before in services:
            if isinstance(before, NotKnown):
                continue
            try:
                started += self._start_service(service, [c for c in before if c.is_serving])
            except DeployError as error:
                if not error.reference.startswith("engine-unreachable"):  # that is said with everything unknown
                    failed.append(f"service {service} could not be started again: {error.what}")
        return tuple(started), tuple(failed)

    def _start_service(self, service: str, before: Sequence[SeenContainer]) -> list[str]:
        """The same containers where they are there; others of the same image where they are gone."""
        present = self._world.containers.list(service)
        kinds = {(c.image_id, c.release) for c in before}
        if any(c.is_running and (c.image_id, _release(c)) not in kinds for c in present):
            return []  # something else runs in their place: that differs, and is not ours to mix with
        missing = len(before) - sum(1 for c in present if c.is_running)
        started = []
        for container in present:
            if missing > 0 and not container.is_running and (container.image_id, _release(container)) in kinds:
                self._world.reporter.say(f"{container.name} served at the beginning and is {container.status}: started")
                self._world.containers.start(container.container_id)
                started.append(container.name)
                missing -= 1
        if missing > 0:
            started += self._make(service, before)
        return started

    def _make(self, service: str, before: Sequence[SeenContainer]) -> list[str]:
        first, is_app = before[0], service == self._world.names.app_service
        self._world.reporter.say(
            f"{first.name} served at the beginning and is gone: another container of its image is started"
        )
        self._world.compose.up(
            service,
            environment={"APP_IMAGE": first.image_id, "RELEASE": first.release or UNNAMED_RELEASE} if is_app else {},
            scale=len(before), has_recreate=False,
        )
        return [first.name]

    def _plans_a_switch(self, deployment: Deployment) -> bool:
        return any(step.name == SWITCH for step in deployment.plan.steps)

    def _remove_edge(self) -> tuple[str, ...]:
        """Before a first deployment there was none: it would answer 503 on a port that nobody listened on."""
        world = self._world
        try:
            for container in world.containers.list(world.names.edge_service):
                world.reporter.say(f"{container.name} was not there at the beginning: removed")
                world.containers.stop(container.container_id, EDGE_GRACE_SECONDS)
                world.containers.remove(container.container_id)
        except DeployError as error:
            return (f"the edge could not be removed: {error.what}",)
        return ()

    def _wait(
        self, beginning: ProductionState, plan: Plan, seconds: float, *, may_wait: bool
    ) -> ProductionState:
        """What is seen once everything serves that served, or when the time is over."""
        world = self._world
        deadline = world.clock.monotonic() + seconds
        while True:
            now = look_for_plan(world, plan)
            if not may_wait or not serves_less(beginning, now) or world.clock.monotonic() >= deadline:
                return now
            if isinstance(now.app, NotKnown):
                return now  # the engine is away: what waits for it is the undo
            self._open_slots()
            world.clock.sleep(POLL_SECONDS)

    def _open_slots(self) -> None:
        """A container that serves finds its slot as a deployment that died left it, perhaps closed."""
        world = self._world
        with suppress(DeployError):
            addresses = {a for c in world.containers.list(world.names.app_service) if c.is_running for a in c.addresses}
            for slot in world.edge.slots():
                if slot.address in addresses and slot.state is not SlotState.READY:
                    world.edge.set_state(slot.name, SlotState.READY)


def _containers_of(world: World, service: str) -> tuple[SeenContainer, ...]:
    return _as_seen(world.containers.list(service))


def _seen(found: tuple[Container, ...] | NotKnown) -> tuple[SeenContainer, ...] | NotKnown:
    return found if isinstance(found, NotKnown) else _as_seen(found)


def _as_seen(found: Sequence[Container]) -> tuple[SeenContainer, ...]:
    return tuple(
        SeenContainer(
            c.container_id, c.name, c.image_id, _release(c), c.is_running,
            is_serving=c.is_running and c.health in {Health.HEALTHY, Health.NONE},
        )
        for c in found
    )


def _release(container: Container) -> str:
    return container.labels.get(RELEASE_LABEL, "")


def _sent_to(world: World, app: Sequence[Container]) -> int:
    if not world.edge.is_reachable():
        return 0
    serving = {
        s.address for s in world.edge.slots()
        if s.is_last_resort or (s.state is SlotState.READY and s.is_up and s.is_check_passed)
    }
    return sum(1 for c in app if c.is_running and serving & set(c.addresses))


def _tags(world: World, references: Sequence[str]) -> dict[str, str | None]:
    found = {reference: world.images.find(reference) for reference in references}
    return {reference: image.image_id if image else None for reference, image in found.items()}


def _number(world: World) -> int | None:
    current = world.ledger.current_release()
    return current.number if current else None
