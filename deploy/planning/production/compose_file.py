"""Whether the compose file still is what the release that serves was made by."""

from __future__ import annotations

from collections.abc import Iterator

from deploy.model.production import Area, LedgerLook, NotKnown, Point, PointState, Production
from deploy.planning.configuration import says_differences
from deploy.settings.schema import Settings


def compose_file_points(production: Production, settings: Settings) -> Iterator[Point]:  # noqa: ARG001
    """A file, or a value in it, that was changed since and is in force with the next deployment only.

    A file that cannot be read is told with the background services.
    """
    changed = production.file_differences
    if isinstance(changed, NotKnown) or not changed or production.is_under_way:
        return
    current = production.ledger.current if isinstance(production.ledger, LedgerLook) else None
    if current is not None:
        yield Point(
            Area.CONTAINERS, PointState.OPEN,
            f"the compose file or its values were changed since {current.name} was made by them: "
            f"{says_differences(changed)}", f"./scripts/deploy.sh --skip-migrate --image {current.image.image_id}",
        )
