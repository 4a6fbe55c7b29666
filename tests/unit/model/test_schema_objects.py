"""What differs between two looks at the catalog."""

from __future__ import annotations

from deploy.model.schema_objects import SchemaLook, SchemaObject, differences, leftovers

ORDERS = SchemaObject("table orders", "", "", "1", "")
TOTAL = SchemaObject("column orders.total", "table orders", "", "2", "")
CENTS = SchemaObject("column orders.cents", "table orders", "", "3", "ALTER TABLE orders DROP COLUMN cents")
INVALID = SchemaObject("index ix", "table orders", "invalid", "4", "DROP INDEX CONCURRENTLY ix")


def look(*objects: SchemaObject) -> SchemaLook:
    return SchemaLook(objects, 7)


def says(before: SchemaLook, after: SchemaLook) -> list[str]:
    return [item.says for item in differences(before, after)]


def test_objects_that_came_went_and_changed_are_named() -> None:
    wider = SchemaObject("column orders.total", "table orders", "", "9", "")
    assert says(look(ORDERS, TOTAL), look(ORDERS, CENTS)) == ["column orders.cents is there", "column orders.total is gone"]
    assert says(look(ORDERS, TOTAL), look(ORDERS, wider)) == [
        "column orders.total differs in its definition, owner or rights"
    ]
    assert says(look(ORDERS, TOTAL), look(ORDERS, TOTAL)) == []


def test_parts_of_a_table_that_is_new_or_gone_are_not_named_beside_it() -> None:
    assert says(look(), look(ORDERS, TOTAL)) == ["table orders is there"]
    assert says(look(ORDERS, TOTAL), look()) == ["table orders is gone"]


def test_a_leftover_is_named_with_its_condition_even_on_a_new_table() -> None:
    (_, found) = sorted(differences(look(), look(ORDERS, INVALID)), key=lambda item: item.is_leftover)
    assert (found.says, found.removal) == ("index ix is there, invalid", "DROP INDEX CONCURRENTLY ix")
    assert leftovers(look(ORDERS, INVALID)) == (INVALID,)


def test_a_constraint_that_was_validated_is_told_as_such() -> None:
    before = SchemaObject("constraint orders.c", "table orders", "not validated", "5", "")
    after = SchemaObject("constraint orders.c", "table orders", "", "6", "")
    assert says(look(before), look(after)) == ["constraint orders.c is validated"]


def test_a_look_is_kept_whole() -> None:
    kept = look(ORDERS, TOTAL, INVALID)
    assert SchemaLook.unpacked(kept.packed()) == kept
