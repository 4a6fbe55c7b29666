"""What a way back needs: images and tags of kept releases, backups, and room on the disk."""

from __future__ import annotations

from collections.abc import Iterator

from deploy.model.backup_copies import local_only
from deploy.model.production import Area, LedgerLook, NotKnown, Point, PointState, Production
from deploy.model.releases import ReleaseState
from deploy.model.unrestorable import advice_after_failed_proof
from deploy.settings.schema import Settings


def image_points(production: Production, settings: Settings) -> Iterator[Point]:
    """Whether every release that can be rolled back to still has its image, and whether the tags name what ran."""
    if isinstance(production.image_ids, NotKnown):
        yield Point(
            Area.IMAGES, PointState.NOT_KNOWN, f"whether the kept images are here is not known: "
            f"{production.image_ids.why}", production.image_ids.hint,
        )
        return
    if not isinstance(production.ledger, LedgerLook):
        return
    for release in production.ledger.releases:
        if release.state is not ReleaseState.GOOD or production.image_ids.get(release.image.image_id):
            continue
        is_current = production.ledger.current is not None and release.number == production.ledger.current.number
        what = "cannot be started again" if is_current else "cannot be rolled back to"
        if release.image.digest is None:
            yield Point(
                Area.IMAGES, PointState.WRONG, f"the image of {release.name} is gone from this machine, and has no "
                f"digest to pull it by: {release.name} {what}", "./scripts/deploy.sh history",
            )
        else:
            yield Point(
                Area.IMAGES, PointState.WRONG, f"the image of {release.name} is gone from this machine: {release.name} "
                f"{what} unless the registry still has it", f"docker pull {release.image.digest}",
            )
    yield from _tag_points(production, production.ledger, settings)


def _tag_points(production: Production, ledger: LedgerLook, settings: Settings) -> Iterator[Point]:
    if ledger.current is None or isinstance(production.image_ids, NotKnown) or production.is_under_way:
        return
    if ledger.unfinished is not None:
        return
    latest, backup = f"{settings.tag_repository}:latest", f"{settings.tag_repository}:backup"
    latest_id, backup_id = production.image_ids.get(latest), production.image_ids.get(backup)
    if latest_id != ledger.current.image.image_id:
        now = "another image than" if latest_id else "nothing; it should name"
        yield Point(
            Area.IMAGES, PointState.OPEN, f"{latest} names {now} {ledger.current.name}: `docker compose up` by hand "
            "would not start what runs", f"docker tag {ledger.current.image.image_id} {latest}",
        )
    if backup_id is None and any(r.number < ledger.current.number for r in ledger.releases):
        yield Point(
            Area.IMAGES, PointState.OPEN, f"{backup} names nothing: a rollback by retagging is not possible",
            "./scripts/deploy.sh rollback uses the image id, and needs no tag",
        )


def backup_points(production: Production, settings: Settings) -> Iterator[Point]:
    """Whether there is one, whole, where it should be, and whether the last proof of it was good."""
    look = production.backups
    if isinstance(look, NotKnown):
        yield Point(
            Area.BACKUPS, PointState.NOT_KNOWN, f"which backups are here is not known: {look.why}", look.hint
        )
        return
    for says in look.damaged:
        yield Point(Area.BACKUPS, PointState.WRONG, f"damaged backup: {says}", "./scripts/deploy.sh backup list")
    newest = look.backups[0] if look.backups else None
    proof = newest.record.verification if newest is not None else None
    if newest is not None and proof is not None and proof.problems:
        yield Point(
            Area.BACKUPS, PointState.WRONG, f"the newest backup, {newest.name}, failed its verification",
            advice_after_failed_proof(newest.name, proof.problems[0]),
        )
    if newest is not None and (says := local_only(newest, settings.backup_copy_to)):
        yield Point(Area.BACKUPS, PointState.WRONG, says, f"./scripts/deploy.sh backup push {newest.name}")
    if newest is None and not production.was_never_deployed and settings.backup_external is None:
        yield Point(Area.BACKUPS, PointState.OPEN, "there is no backup here", "./scripts/deploy.sh --backup")


def disk_points(production: Production, settings: Settings) -> Iterator[Point]:
    """Whether the reserve is free where the ledger, the backups and the engine's images lie."""
    if isinstance(production.free_bytes, NotKnown):
        yield Point(Area.DISK, PointState.NOT_KNOWN, f"how much disk is free is not known: {production.free_bytes.why}")
        return
    for path, free in production.free_bytes.items():
        if free < settings.reserve_disk_bytes:
            yield Point(
                Area.DISK, PointState.WRONG, f"{path} has {free / 1_000_000:,.0f} MB free, less than the reserve of "
                f"{settings.reserve_disk_bytes / 1_000_000:,.0f} MB", "docker system df",
            )
