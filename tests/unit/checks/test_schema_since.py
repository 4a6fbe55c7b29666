"""Whether the schema differs since a migration began: what differs is told, and what is not known is never "nothing"."""

from __future__ import annotations

from deploy.checks.schema_since import MOST_NAMED, SchemaSince, keep_schema_of_before, schema_since
from deploy.model.errors import BlockedError
from deploy.model.schema_objects import SchemaDifference, SchemaObject
from tests.fakes.fake_world import DEPLOYMENT_ID, FakeWorld

AWAY = BlockedError("it does not answer", hint="", reference="database-unreachable")


def difference(number: int) -> SchemaDifference:
    return SchemaDifference(f"table t{number} is there", "", False)


def table(name: str) -> SchemaObject:
    return SchemaObject(f"table {name}", "", "", name, f"DROP TABLE {name}")


def test_a_deployment_that_never_touched_the_schema_has_nothing_to_tell() -> None:
    since = schema_since(FakeWorld().world, DEPLOYMENT_ID)
    assert (since.has_baseline, since.differs) == (False, ())


def test_the_first_look_is_kept_and_what_differs_from_it_is_told() -> None:
    fake = FakeWorld()
    keep_schema_of_before(fake.world, DEPLOYMENT_ID)
    assert schema_since(fake.world, DEPLOYMENT_ID) == SchemaSince(True)
    fake.database.objects["table later"] = table("later")
    fake.database.next_transaction += 1
    keep_schema_of_before(fake.world, DEPLOYMENT_ID)
    since = schema_since(fake.world, DEPLOYMENT_ID)
    assert since.has_baseline
    assert [found.removal for found in since.found] == ["DROP TABLE later"]
    assert "table later" in since.differs[0]
    assert not schema_since(fake.world, "another").has_baseline


def test_a_second_look_is_not_even_taken() -> None:
    fake = FakeWorld()
    keep_schema_of_before(fake.world, DEPLOYMENT_ID)
    fake.database.failure = AWAY
    keep_schema_of_before(fake.world, DEPLOYMENT_ID)


def test_what_does_not_answer_leaves_it_open_whether_the_schema_differs() -> None:
    fake = FakeWorld()
    keep_schema_of_before(fake.world, DEPLOYMENT_ID)
    fake.database.failure = AWAY
    since = schema_since(fake.world, DEPLOYMENT_ID)
    assert (since.has_baseline, since.found, since.unknown) == (True, (), AWAY.what)
    assert [AWAY.what in line for line in since.differs] == [True]

    def unreadable(deployment_id: str) -> None:
        raise BlockedError("the ledger cannot be read", hint="", reference="ledger-unusable")

    fake.ledger.kept_schema = unreadable  # type: ignore[method-assign,assignment]
    since = schema_since(fake.world, DEPLOYMENT_ID)
    assert (since.has_baseline, since.unknown) == (True, "the ledger cannot be read")


def test_of_many_differences_the_first_are_named_and_the_others_counted() -> None:
    all_named = SchemaSince(True, tuple(difference(n) for n in range(MOST_NAMED)))
    assert len(all_named.differs) == MOST_NAMED
    more = SchemaSince(True, tuple(difference(n) for n in range(MOST_NAMED + 2)))
    assert more.differs[:-1] == all_named.differs
    assert "2 more" in more.differs[-1]
