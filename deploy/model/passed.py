"""An image that passed in another environment: what `promote` deploys."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from typing import Any

FORMAT = "surefoot/passed/1"


@dataclass(frozen=True)
class PassedImage:
    """One good release of another environment.

    Attributes:
        environment_name: where it passed, `staging`.
        image_id: `sha256:…`; what production compares.
        digest: `repository@sha256:…`, to pull it by on another machine; None where no registry gave one.
        release: its name there.
        deployment_id: its deployment there.
        head_ids: the revisions that it brings.
        passed_at: ISO 8601, UTC.
    """

    environment_name: str
    image_id: str
    digest: str | None
    release: str
    deployment_id: str
    head_ids: tuple[str, ...]
    passed_at: str

    @property
    def reference(self) -> str:
        """What to deploy by: the digest where there is one (an id is known on one machine alone)."""
        return self.digest or self.image_id

    def to_json(self) -> str:
        """The file's text."""
        return json.dumps({"format": FORMAT, **asdict(self)}, indent=2) + "\n"

    @classmethod
    def from_json(cls, text: str) -> PassedImage:
        """What `to_json` wrote.

        Raises:
            ValueError: it is something else.
        """
        raw: Any = json.loads(text)
        if not isinstance(raw, dict) or raw.pop("format", None) != FORMAT:
            raise ValueError(f"it is not a {FORMAT} document")
        try:
            passed = cls(**raw | {"head_ids": tuple(raw["head_ids"])})
        except (TypeError, KeyError) as error:
            raise ValueError(f"a field is missing or unknown: {error}") from None
        if not passed.image_id.startswith("sha256:"):
            raise ValueError("its image_id is not a sha256")
        return passed
