"""What must be true for a release to be called healthy."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any


@dataclass(frozen=True)
class HealthExpectation:
    """What must be true.

    Attributes:
        url: the health endpoint through the edge; empty while the maintenance page is on.
        release_header: header that must carry the release's name; empty where the application has none.
        release: the release's name; None when any will do.
        image_id: what the containers must run; None when any will do.
        revision_ids: where the database must be; None when that is not asked.
    """

    service: str
    url: str
    release_header: str
    release: str | None
    image_id: str | None
    revision_ids: tuple[str, ...] | None

    def to_params(self) -> dict[str, Any]:
        """Plain JSON values for the plan."""
        values = asdict(self)
        values["revision_ids"] = None if self.revision_ids is None else list(self.revision_ids)
        return values

    @classmethod
    def from_params(cls, params: Mapping[str, Any]) -> HealthExpectation:
        """The expectation that `to_params` wrote."""
        revision_ids = params["revision_ids"]
        return cls(
            service=params["service"],
            url=params["url"],
            release_header=params["release_header"],
            release=params["release"],
            image_id=params["image_id"],
            revision_ids=None if revision_ids is None else tuple(revision_ids),
        )
