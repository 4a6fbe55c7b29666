"""The command that takes revisions back, run by the image that knows them (requirement D8)."""

from __future__ import annotations

from deploy.settings.schema import Settings


def downgrade_command(settings: Settings, image_id: str, to_ids: tuple[str, ...]) -> str:
    """A line to paste; it is never run by itself, because a downgrade may lose data."""
    # `alembic downgrade` takes one target: a database at several heads needs one call for each.
    return " && ".join(
        f"APP_IMAGE={image_id} {settings.compose_command} --profile migration "
        f"run --rm {settings.migration_service} alembic downgrade {target}"
        for target in to_ids or ("base",)
    )
