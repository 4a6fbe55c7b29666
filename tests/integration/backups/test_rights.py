"""A user who is no superuser: what he owns is backed up whole, and rows that are hidden from him stop it."""

from __future__ import annotations

from dataclasses import replace

import pytest

from deploy.model.errors import StepFailed
from tests.integration.backups.site import Site

pytestmark = pytest.mark.postgres


@pytest.fixture
def limited(each_site: Site) -> Site:
    """The same database, as its owner, who may do nothing else."""
    name = each_site.address.database_name
    each_site.run(
        "DO $$ BEGIN CREATE ROLE limited LOGIN; EXCEPTION WHEN duplicate_object THEN NULL; END $$",
        f"ALTER DATABASE {name} OWNER TO limited", "ALTER SCHEMA public OWNER TO limited",
    )
    made = replace(each_site, address=replace(each_site.address, user="limited"))
    made.run("CREATE TABLE t (who text, n serial)", "INSERT INTO t (who) VALUES ('ann'), ('bob')")
    return made


def test_the_owner_backs_up_all_that_is_his(limited):
    backup = limited.create()

    assert [t.rows for t in backup.manifest.content.tables] == [2]
    assert backup.manifest.warnings == ()
    assert limited.problems(backup) == ()


def test_rows_hidden_by_row_security_are_never_left_out_in_silence(limited):
    limited.run(
        "ALTER TABLE t ENABLE ROW LEVEL SECURITY", "ALTER TABLE t FORCE ROW LEVEL SECURITY",
        "CREATE POLICY own ON t USING (who = 'ann')",
    )

    with pytest.raises(StepFailed) as caught:
        limited.create()

    assert "row-level security" in caught.value.what
    assert limited.left_behind() == []


def test_a_table_that_may_not_be_read_is_named(each_site, limited):
    each_site.run("CREATE TABLE others (n int)")

    with pytest.raises(StepFailed) as caught:
        limited.create()

    assert "others" in caught.value.what
    assert limited.left_behind() == []
