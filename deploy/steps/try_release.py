"""Start the new release without traffic, before the migration: what would keep it from serving is found in time.

It runs on the schema that is there, which may lack what it needs. So only what no migration can mend is an error: it
does not start, its health check calls a program that it has not, or it answers otherwise than edge and tool expect.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from http import HTTPStatus
from typing import Literal, Protocol

from deploy.checks.failed_start import (
    REFERENCE,
    failed_start,
    health_words,
    is_crashed,
    lacks_program,
    program_hint,
)
from deploy.checks.health_program import REFERENCE as NO_PROGRAM
from deploy.checks.health_program import health_command
from deploy.model.containers import Container, Health, HttpAnswer
from deploy.model.errors import StepFailed
from deploy.model.has_doors import HasClock, HasCompose, HasContainers, HasHttp, HasReporter, HasStop
from deploy.model.planned_step import UndoKind
from deploy.model.steps import Step, StepContext, UndoOutcome
from deploy.routines.waiting import wait_until

HTTP_TIMEOUT_SECONDS = 3
STOP_GRACE_SECONDS = 5
POLL_SECONDS = 0.25
# A server error may be the first word of a process that is not whole yet.
SETTLE_SECONDS = 1.0
# A container whose own health check passes answers the edge within this, or not at all.
SILENT_SECONDS = 3.0
LOG_TAIL_LINES = 15
# Tells the application that it is only tried: it may leave its workers out.
TRIAL_VARIABLE = "SUREFOOT_TRIAL"
UNTIL_MIGRATED = "on the present schema; whether it can serve with the new one is known only after the migration"
SWITCH_OFF = (
    "for an application that must not start on the older schema, or beside the running one, set DEPLOY_TRY_RELEASE=0"
)
# Not yet, too many: no word about the path.
PASSING = {HTTPStatus.REQUEST_TIMEOUT, HTTPStatus.TOO_EARLY, HTTPStatus.TOO_MANY_REQUESTS}
_SCHEMA_WORDS = re.compile(
    r"alembic|migrat|schema|revision|Undefined(Table|Column|Object|Function)|"
    r"(relation|column|table|type) \S+ does not exist", re.IGNORECASE,
)


class Doors(HasClock, HasCompose, HasContainers, HasHttp, HasReporter, HasStop, Protocol):
    """What it touches."""


@dataclass(frozen=True, kw_only=True)
class TryRelease(Step):
    """A container of the service, with its environment, networks and limits, under a name that the edge never asks.

    Attributes:
        health_test: as the compose file has it.
        health_timeout_seconds: of one run of it.
        limit_seconds: what a start may take.
        port, paths: where the edge, and the tool through it, will ask; port None: not known, not asked.
        release_header: that the answer must bear; empty: none.
    """

    name: Literal["try-release"] = "try-release"
    undo_kind: UndoKind = UndoKind.REVERTED
    service: str
    container_name: str
    image_id: str
    release: str
    health_test: tuple[str, ...]
    health_timeout_seconds: float
    limit_seconds: float
    port: int | None
    paths: tuple[str, ...]
    release_header: str

    def is_done(self, context: StepContext[Doors]) -> bool:  # noqa: ARG002
        """Never: nothing of it stays."""
        return False

    def run(self, context: StepContext[Doors]) -> str:
        """Start it, ask it, remove it."""
        world = context.world
        self._remove(world)
        try:
            world.compose.start_beside(
                self.service, self.container_name,
                environment={"APP_IMAGE": self.image_id, "RELEASE": self.release},
                container_environment={TRIAL_VARIABLE: "1"},
            )
            return _Trial(world, self).conclusion()
        finally:
            with world.stop.shielded():
                self._remove(world)

    def undo(self, context: StepContext[Doors]) -> UndoOutcome:
        """A killed run leaves its container."""
        self._remove(context.world)
        return UndoOutcome(True, "nothing of it is left")

    def _remove(self, world: Doors) -> None:
        name = self.container_name
        container = world.containers.inspect(name)
        if container is not None:
            world.containers.stop(container.container_id, STOP_GRACE_SECONDS)
            world.containers.remove(container.container_id)


class _Trial:
    """The looks at one started container, until they tell enough."""

    def __init__(self, world: Doors, planned: TryRelease) -> None:
        self._world = world
        self._planned = planned
        self._said = ""
        self._failing_since: float | None = None
        self._healthy_since: float | None = None
        self._is_program_tried = False

    def conclusion(self) -> str:
        """What is known; `not known` in so many words.

        Raises:
            StepFailed: it will not serve, whatever the migration does.
        """
        limit = self._planned.limit_seconds
        if wait_until(self._world, self._has_ended, limit, poll_seconds=POLL_SECONDS):
            return self._said
        container = self._container()
        words = health_words(container)
        return f"it did not answer within {limit:.0f} s {UNTIL_MIGRATED}{words}"

    def _container(self) -> Container:
        found = self._world.containers.inspect(self._planned.container_name)
        if found is None:
            raise StepFailed(
                f"the container {self._planned.container_name} vanished while it was tried",
                hint="who removed it? then deploy again", reference=REFERENCE,
            )
        return found

    def _has_ended(self) -> bool:
        container = self._container()
        if is_crashed(container) or container.is_oom_killed:
            self._said = self._crash(container)
            return True
        self._require_program(container)
        answers = self._ask(container)
        if answers:
            return self._is_told_by(answers, container)
        if container.health is Health.HEALTHY:
            return self._is_silent()
        self._said = f"it is unhealthy {UNTIL_MIGRATED}{health_words(container)}"
        return container.health is Health.UNHEALTHY

    def _is_silent(self) -> bool:
        """Healthy by its own word, and no answer where the edge asks; from this host that is no proof."""
        now = self._world.clock.monotonic()
        self._healthy_since = now if self._healthy_since is None else self._healthy_since
        port = self._planned.port
        asked = f"this host gets no answer on its port {port}, where the edge asks" if port else "not asked over HTTP"
        self._said = f"it starts, and its health check passes; {asked}"
        return now - self._healthy_since >= SILENT_SECONDS

    def _crash(self, container: Container) -> str:
        """An end that its log lays to the schema may be cured by the migration; any other would meet it after it."""
        lines = self._world.containers.logs(container.container_id, LOG_TAIL_LINES).splitlines()
        for line in lines:
            self._world.reporter.log(line)
        if not container.is_oom_killed and any(_SCHEMA_WORDS.search(line) for line in lines):
            return f"it ended with exit code {container.exit_code} {UNTIL_MIGRATED} (its log mentions the schema)"
        error = failed_start(container, lines)
        raise StepFailed(
            f"{error.what}; it was tried before the migration, nothing is migrated", hint=f"{error.hint}; {SWITCH_OFF}",
            reference=error.reference,
        )

    def _require_program(self, container: Container) -> None:
        """Once: a health check whose program is missing fails for ever."""
        if self._is_program_tried or not container.is_running:
            return
        self._is_program_tried = True
        command = health_command(self._planned.health_test)
        if not command:
            return
        done = self._world.containers.run_inside(
            container.container_id, command, self._planned.health_timeout_seconds
        )
        said = f"{done.stdout}\n{done.stderr}".strip()
        if lacks_program(done.exit_code, said):
            raise StepFailed(
                f"the health check cannot pass in {self._planned.release}: {' '.join(said.split())[:300]}",
                hint=program_hint(), reference=NO_PROGRAM,
            )

    def _ask(self, container: Container) -> list[tuple[str, HttpAnswer]]:
        """The answers of the first address that gives one to every path."""
        port = self._planned.port
        for address in container.addresses if port else ():
            answers = [
                (path, self._world.http.get(f"http://{address}:{port}{path}", HTTP_TIMEOUT_SECONDS))
                for path in self._planned.paths
            ]
            if all(answer is not None for _, answer in answers):
                return [(path, answer) for path, answer in answers if answer is not None]
        return []

    def _is_told_by(self, answers: list[tuple[str, HttpAnswer]], container: Container) -> bool:
        for path, answer in answers:
            self._require_path(path, answer)
        failing = [(path, answer) for path, answer in answers if answer.status != HTTPStatus.OK]
        if failing:
            path, answer = failing[0]
            self._refuse_other_name(path, answer)  # which no migration mends
            self._said = f"it starts, and answers {answer.status} to {path} {UNTIL_MIGRATED}"
            now = self._world.clock.monotonic()
            self._failing_since = now if self._failing_since is None else self._failing_since
            return now - self._failing_since >= SETTLE_SECONDS
        self._failing_since = None
        for path, answer in answers:
            self._require_header(path, answer)
        self._said = f"it starts, and answers 200 to {' and '.join(dict.fromkeys(path for path, _ in answers))}"
        return container.health in {Health.HEALTHY, Health.NONE} or self._passes(container)

    def _passes(self, container: Container) -> bool:
        """Docker's own check, not waiting for its interval."""
        command = health_command(self._planned.health_test)
        seconds = self._planned.health_timeout_seconds
        return self._world.containers.run_inside(container.container_id, command, seconds).exit_code == 0

    def _require_path(self, path: str, answer: HttpAnswer) -> None:
        is_final = HTTPStatus.MULTIPLE_CHOICES <= answer.status < HTTPStatus.INTERNAL_SERVER_ERROR
        if is_final and answer.status not in PASSING:
            raise StepFailed(
                f"the new release answers {answer.status} to {path}, but a release that can serve must answer 200",
                hint="name the application's own health path, which needs no login and redirects nowhere: "
                "DEPLOY_HEALTH_PATH for the tool, `option httpchk` in edge/haproxy.cfg for the edge",
                reference="health-path-refused",
            )

    def _require_header(self, path: str, answer: HttpAnswer) -> None:
        header, release = self._planned.release_header, self._planned.release
        named = answer.headers.get(header.lower()) if header and path == self._planned.paths[-1] else release
        if named is None:
            raise StepFailed(
                f"the new release's answer to {path} has no {header} header",
                hint="let the application send its RELEASE variable in it, or set DEPLOY_RELEASE_HEADER= (empty)",
                reference="release-header-missing",
            )
        self._refuse_other_name(path, answer)

    def _refuse_other_name(self, path: str, answer: HttpAnswer) -> None:
        header, release = self._planned.release_header, self._planned.release
        named = answer.headers.get(header.lower()) if header and path == self._planned.paths[-1] else None
        if named not in {None, release}:
            raise StepFailed(
                f"the new release calls itself {named!r} in its {header} header, not {release}",
                hint="send the RELEASE variable of the container's environment in it, as it is when the process starts",
                reference="release-header-differs",
            )

