"""Whether workers and schedulers run, as the release that serves."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from deploy.model.containers import RELEASE_LABEL, Container
from deploy.model.production import Area, NotKnown, Point, PointState, Production
from deploy.model.roles import Role, ServiceRole
from deploy.planning.production.expected import Expected, expected_releases, restarted_lately
from deploy.settings.schema import Settings


def background_points(production: Production, settings: Settings) -> Iterator[Point]:  # noqa: ARG001
    """Each service that moves with a release: how often it runs, and as which release."""
    if production.was_never_deployed:
        return
    background = production.background
    if isinstance(background, NotKnown):
        yield Point(
            Area.BACKGROUND, PointState.NOT_KNOWN, f"which workers and schedulers run is not known: {background.why}",
            background.hint,
        )
        return
    expected = expected_releases(production)
    if expected is None or production.is_under_way:
        return
    for service in background.services:
        yield from _one_service(production, service, background.containers.get(service.name, ()), expected)


def _one_service(
    production: Production, service: ServiceRole, containers: Sequence[Container], expected: Expected
) -> Iterator[Point]:
    for container in containers:
        yield from _crashing(production, container)
    running = [container for container in containers if container.is_running]
    for container in running:
        if not _is_as_expected(production, service, container, expected):
            label = container.labels.get(RELEASE_LABEL, "no release")
            yield Point(
                Area.BACKGROUND, PointState.WRONG,
                f"{container.name} runs {label} ({container.image_id[7:19]}), and {expected.names} serves",
                expected.redeploy_command,
            )
    if service.role is Role.SINGLETON and len(running) > max(service.replicas, 1):
        yield Point(
            Area.BACKGROUND, PointState.WRONG, f"{len(running)} containers of {service.name} run, which must never be "
            "two at once", f"docker stop {running[0].name}",
        )
    elif len(running) != service.replicas and not any(c.status == "restarting" for c in containers):
        yield Point(
            Area.BACKGROUND, PointState.WRONG,
            f"{len(running) or 'no'} container{'' if len(running) == 1 else 's'} of {service.name} "
            f"run{'s' if len(running) == 1 else ''}, and the compose file asks for {service.replicas}",
            expected.redeploy_command,
        )


def _is_as_expected(
    production: Production, service: ServiceRole, container: Container, expected: Expected
) -> bool:
    """One with an image of its own keeps running through releases that do not change it; so its image alone tells."""
    if not service.image:
        return expected.has(container)
    if isinstance(production.background, NotKnown):
        return True
    image = production.background.images.get(service.name)
    return image is None or container.image_id == image.image_id


def _crashing(production: Production, container: Container) -> Iterator[Point]:
    if container.status != "restarting" and not restarted_lately(production, container):
        return
    yield Point(
        Area.BACKGROUND, PointState.WRONG,
        f"{container.name} crashes and is started again by Docker ({container.restart_count} times so far)",
        f"docker logs --tail 50 {container.name}",
    )
