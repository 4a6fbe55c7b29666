"""What a migration says first: what it will apply, from which image, and what it cannot know."""

import os
from collections.abc import Sequence

from alembic import context
from alembic.util import CommandError

# Compose files name the image by a variable; who started the run, too.
IMAGE_VARIABLE = "MIGRATION_IMAGE"
DEPLOYMENT_VARIABLE = "MIGRATION_DEPLOYMENT"
BY_HAND = "manual"
COMPOSE = "docker compose -f docker-compose.prod.yml --profile migration"


def pending_lines(database_revisions: Sequence[str]) -> list[str]:
    """A line or two for the log; none where Alembic itself is about to say what is wrong."""
    try:
        target = context.get_revision_argument()
        steps = context.script.iterate_revisions(target, tuple(database_revisions), implicit_base=True)
        pending = [step.revision for step in steps][::-1]
    except CommandError:
        return []
    image = os.environ.get(IMAGE_VARIABLE, "")
    where = f"image {image}: " if image else ""
    newest = ", ".join(context.script.get_heads()) or "none"
    what = f"pending: {', '.join(pending)}" if pending else "nothing is pending"
    at = ", ".join(database_revisions) or "no revision"
    lines = [f"{where}the database is at {at}, the newest revision of this image is {newest}; {what}"]
    if os.environ.get(DEPLOYMENT_VARIABLE) == BY_HAND and not image.startswith("sha256:"):
        lines.append(
            f"this is {image or 'the image'} as it lies on this machine; whether the registry has another one under "
            f"that name is not known here: `{COMPOSE} pull migration` takes it, then run this again "
            "(or name an image: APP_IMAGE=…)"
        )
    return lines
