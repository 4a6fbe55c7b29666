"""Which of Alembic's tables is this project's, and what is said where that is not known."""

from __future__ import annotations

import pytest

from deploy.model.releases import VersionTable
from deploy.model.version_tables import VersionRows, at_words, revision_in

OURS = VersionRows("public", "alembic_version", ("a2",))
BILLING = VersionRows("billing", "alembic_version", ("billing_77",), is_on_path=False)
OWN_NAME = VersionRows("public", "shop_alembic_version", ("a2",))
NO_NAME = VersionTable("", None, "env.py cannot be run")


@pytest.mark.parametrize(
    ("tables", "wanted", "found"),
    [
        ((), VersionTable(), ()),
        ((OURS,), VersionTable(), ("a2",)),
        ((OURS, BILLING), VersionTable(), ("a2",)),
        ((OURS, BILLING), VersionTable("alembic_version", "billing"), ("billing_77",)),
        ((OWN_NAME, BILLING), VersionTable("shop_alembic_version"), ("a2",)),
        ((OWN_NAME, OURS), VersionTable("not_there_yet"), ()),
        ((VersionRows("public", "alembic_version", ("a2", "b7")),), VersionTable(), ("a2", "b7")),
        ((OURS,), None, ("a2",)),
        ((), None, ()),
        ((), NO_NAME, ()),
    ],
)
def test_the_revision_is_the_one_of_the_projects_own_table(
    tables: tuple[VersionRows, ...], wanted: VersionTable | None, found: tuple[str, ...]
) -> None:
    assert revision_in(tables, wanted) == (found, "")


@pytest.mark.parametrize(
    ("tables", "wanted"),
    [
        ((OURS,), NO_NAME),
        ((OWN_NAME,), None),
        ((BILLING,), VersionTable()),
        ((VersionRows("public", "alembic_version", (), problem="permission denied"),), VersionTable()),
    ],
)
def test_what_cannot_be_told_is_not_known_and_never_no_revision(
    tables: tuple[VersionRows, ...], wanted: VersionTable | None
) -> None:
    found, problem = revision_in(tables, wanted)
    assert found == ()
    assert tables[0].table_name in problem
    assert "not known" in at_words(found, problem)


def test_another_services_table_elsewhere_is_not_ours_where_its_revision_is_unknown_to_us() -> None:
    assert revision_in((BILLING,), VersionTable(), knows=lambda revision_id: revision_id == "a2") == ((), "")
    _, problem = revision_in((BILLING,), VersionTable(), knows=lambda _: True)
    assert "billing.alembic_version at billing_77" in problem
