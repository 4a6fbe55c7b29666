"""Which schema revisions an image may serve."""

import pytest

from app.revisions import OLDEST_SERVED_REVISION, judge_revision
from app.shipped_revisions import read_shipped_revisions

SHIPPED = ("0001", "0002", "0003", "0004", "0005", "0006")


@pytest.mark.parametrize(
    ("database_revisions", "window", "may_serve", "reason_says"),
    [
        pytest.param(["0006"], "0005", True, None, id="its own head"),
        pytest.param(["0005"], "0001", True, None, id="the oldest that it serves"),
        pytest.param(["0004"], "0001", False, "older than 0005", id="too old"),
        pytest.param(["0007"], "0005", True, None, id="ahead, additive"),
        pytest.param(["0007"], "0006", True, None, id="ahead, the window begins at its head"),
        pytest.param(["0008"], "0007", False, "0007 or newer", id="ahead, contracted"),
        pytest.param(["0007"], None, False, "schema_window is empty", id="ahead, no window"),
        pytest.param([], None, False, "found none", id="never migrated"),
        pytest.param(["0006", "0007"], "0005", False, "found 0006, 0007", id="several heads"),
    ],
)
def test_an_image_serves_exactly_the_schemas_it_can(
    database_revisions: list[str], window: str | None, may_serve: bool, reason_says: str | None
) -> None:
    verdict = judge_revision(
        shipped=SHIPPED,
        oldest_served="0005",
        database_revisions=database_revisions,
        oldest_image_revision=window,
    )
    assert verdict.may_serve is may_serve
    if reason_says is None:
        assert verdict.reason is None
    else:
        assert reason_says in (verdict.reason or "")


def test_the_image_ships_the_oldest_revision_it_claims_to_serve() -> None:
    shipped = read_shipped_revisions()
    assert shipped[0] == "0001"
    assert OLDEST_SERVED_REVISION in shipped
