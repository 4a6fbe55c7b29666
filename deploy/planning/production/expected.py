"""Which releases the ledger says must run now."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from deploy.model.containers import RELEASE_LABEL, Container
from deploy.model.production import LedgerLook, Production
from deploy.model.releases import Release

# A container that Docker started again by itself so lately counts as crashing.
RECENT_RESTART = timedelta(minutes=5)


@dataclass(frozen=True)
class Expected:
    """What the ledger says must run; while a deployment is under way its own release may run too."""

    releases: tuple[Release, ...]

    @property
    def names(self) -> str:
        """For people."""
        return " or ".join(release.name for release in self.releases)

    @property
    def redeploy_command(self) -> str:
        """Brings everything to the first of them again."""
        return f"./scripts/deploy.sh --skip-migrate --image {self.releases[0].image.image_id}"

    def has(self, container: Container) -> bool:
        """Whether the container is of one of them, by image and by label."""
        label = container.labels.get(RELEASE_LABEL)
        return any(container.image_id == r.image.image_id and label in {None, r.name} for r in self.releases)


def expected_releases(production: Production) -> Expected | None:
    """None where the ledger cannot be read or names no release."""
    ledger = production.ledger
    if not isinstance(ledger, LedgerLook):
        return None
    releases = [ledger.current] if ledger.current else []
    unfinished = ledger.unfinished
    if unfinished is not None and (production.is_under_way or unfinished.is_being_watched):
        releases += [r for r in ledger.releases if r.name == unfinished.plan.summary.get("release")]
    return Expected(tuple(releases)) if releases else None


def restarted_lately(production: Production, container: Container) -> bool:
    """Whether Docker started it again by itself in the last minutes."""
    if not container.restart_count or container.started_at is None:
        return False
    return production.at - container.started_at < RECENT_RESTART
