"""What failed schema changes left is named, and only what serves nobody is removed."""

from __future__ import annotations

from deploy.cli.leftovers import say_leftovers
from deploy.commands.leftovers import find_leftovers, take_leftovers_away
from deploy.model.deployments import Actor, DeploymentState, Mode, Plan
from tests.fakes.fake_world import DEPLOYMENT_ID, FakeWorld


def failed_world(state: DeploymentState = DeploymentState.NOT_UNDONE) -> FakeWorld:
    """A deployment kept the schema, then a column and an invalid index were left."""
    fake = FakeWorld("r1")
    plan = Plan(Mode.AUTO_MIGRATE, (), {"database_revision": "r1"})
    fake.ledger.begin_deployment(plan, Actor("ann", "host", None), None)
    fake.ledger.keep_schema(DEPLOYMENT_ID, fake.database.look_at_schema())
    fake.database.add_object("column orders.cents", removal="ALTER TABLE orders DROP COLUMN cents")
    fake.database.add_object("index once", condition="invalid", removal="DROP INDEX CONCURRENTLY once")
    fake.ledger.end_deployment(DEPLOYMENT_ID, state, 4, "failed")
    return fake


def test_an_invalid_index_is_removed_and_a_column_is_not() -> None:
    fake = failed_world()
    found = take_leftovers_away(fake.world)
    assert found.removed == ("index once",)
    assert set(fake.database.objects) == {"table orders", "column orders.cents"}
    assert [item.says for item in found.since] == ["column orders.cents is there"]
    assert not found.is_clean


def test_an_index_that_is_being_built_is_left_alone() -> None:
    fake = failed_world()
    fake.database.built = ("index once",)
    assert take_leftovers_away(fake.world).removed == ()
    assert "index once" in fake.database.objects


def test_statements_are_printed_only_where_no_applied_revision_may_have_made_the_object() -> None:
    fake = failed_world()
    say_leftovers(fake.reporter, find_leftovers(fake.world))
    assert any("DROP COLUMN cents" in line for line in fake.reporter.said)
    fake.reporter.said.clear()
    fake.database.change(revision_ids=("r2",))
    say_leftovers(fake.reporter, find_leftovers(fake.world))
    assert not any("DROP COLUMN cents" in line for line in fake.reporter.said)
    assert any("at r2, was at r1" in line for line in fake.reporter.said)


def test_what_a_deployment_changed_that_ended_well_is_no_leftover() -> None:
    fake = failed_world(DeploymentState.DONE)
    found = find_leftovers(fake.world)
    assert (found.deployment_id, found.since) == ("", ())
    assert [item.name for item in found.unfinished] == ["index once"]
