"""Obligation: the watch sees of more_shapes.sql what it saw when more_measured.json was written."""

from __future__ import annotations

from typing import Any

import pytest

from deploy.adapters.scratch.binaries import ServerBinaries, all_server_binaries
from tests.integration.risk.measure_shapes import is_same, measure
from tests.unit.risk.effects.fixtures import more_measured, more_shapes

FEWEST_SHAPES = 585
# As in tests/integration/check: the oldest and the newest here are where servers differ.
SERVERS = [
    pytest.param(found, marks=pytest.mark.exhaustive if found.major in (16, 17) else ())
    for found in all_server_binaries()
]


@pytest.mark.postgres
@pytest.mark.parametrize("binaries", SERVERS, ids=lambda found: f"PostgreSQL {found.major}")
def test_a_further_shape_is_measured_as_before(binaries: ServerBinaries) -> None:
    known = more_measured()
    if not any(binaries.major in version["majors"] for versions in known.values() for version in versions):
        pytest.skip(f"nothing was written down for PostgreSQL {binaries.major}")
    count, differences = 0, []
    for shape, words in measure(binaries, more_shapes()):
        wanted = _of_major(known[shape.name], binaries.major)
        count += 1
        if not is_same(words, wanted):
            differences.append(f"{shape.name}: {words}, was {wanted}")
    assert count >= FEWEST_SHAPES
    assert differences == []


def _of_major(versions: list[dict[str, Any]], major: int) -> dict[str, Any]:
    return next(version["measured"] for version in versions if major in version["majors"])
