"""One look at a production that runs release 1 at r1, with an image that goes to r2."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from deploy.model.deployments import Actor
from deploy.model.observed import Observed
from deploy.model.releases import Image
from tests.fakes.fake_database import FakeDatabase
from tests.fakes.fake_migrations import linear_graph


def fake_observed(**changes: Any) -> Observed:
    """The look, with these fields changed."""
    image = Image("sha256:new", "example/shop:latest", None, 1000)
    graph = linear_graph("r1", "r2")
    look = Observed(
        Actor("ann", "host", None), FakeDatabase("r1").state, image, graph, (), None, None, None, (), 2, None, None,
    )
    return replace(look, **changes)
