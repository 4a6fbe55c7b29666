"""The predictions against what the product's own watch saw of more_shapes.sql on PostgreSQL 15 to 18."""

from __future__ import annotations

from collections import Counter
from functools import cache
from typing import Any

import pytest

from deploy.checking.prediction.effects import predict
from deploy.checking.prediction.schema import Schema
from deploy.checking.prediction.schema.apply import apply
from deploy.checking.statements import Statement, read_statements
from tests.unit.risk.effects.fixtures import MoreShape, more_dump_sql, more_measured, more_setup_sql, more_shapes
from tests.unit.risk.effects.words import KEYS, UNTOLD, in_words

FEWEST_SHAPES = 600
# What the watch cannot see of statements that stand alone: it looks at the moment when they wait for an older
# transaction, and a lock that was taken and given back before or after leaves no trace.
UNSEEN = {
    ("tree_vacuum", "locks"): "only the first table is waited for",
    ("vacuum_two", "locks"): "only the first table is waited for",
    ("vacuum_full", "index_locks"): "taken after the wait for the table",
    ("matview_vacuum_full", "index_locks"): "taken after the wait for the view",
    ("index_concurrently_if_not_exists", "locks"): "it ends without a wait",
    **dict.fromkeys((("reindex_schema", key) for key in ("locks", "index_locks")), "each table is its own transaction"),
    **dict.fromkeys(
        (("tree_reindex_table", key) for key in ("locks", "index_locks", "other_relation_locks")),
        "each partition is its own transaction",
    ),
}
FLOORS = {
    "locks": 0.99, "rewrites": 0.99, "scans": 0.99, "index_locks": 0.99, "validates_foreign_key": 0.99, "drops": 0.99,
    "builds_indexes": 0.99, "new_files": 0.99, "other_relation_locks": 0.98, "error": 0.98,
}


@cache
def setup_statements() -> tuple[Statement, ...]:
    return read_statements(more_setup_sql())


def prepared(major: int) -> Schema:
    schema = Schema(is_complete=True, server_major=major)
    for statement in setup_statements():
        apply(schema, statement)
    schema.begin("prepared")
    return schema


@cache
def shared(major: int) -> Schema:
    """For shapes that prepare nothing: a prediction leaves the schema as it is."""
    return prepared(major)


def predicted_words(shape: MoreShape, major: int) -> tuple[dict[str, Any], str]:
    *before, last = read_statements(shape.sql)
    schema = prepared(major) if before else shared(major)
    for statement in before:
        apply(schema, statement)
    effects = predict(last, schema, server_major=major, is_in_transaction=shape.is_in_transaction)
    return in_words(effects), effects.unknown or effects.error


def measured_words(measured: dict[str, Any]) -> dict[str, Any]:
    words = {key: measured.get(key, {} if key.endswith("locks") else []) for key in KEYS}
    words["validates_foreign_key"] = bool(measured.get("validates_foreign_key"))
    words["drops"] = sorted(drop for drop in words["drops"] if not drop.startswith(UNTOLD))
    words["error"] = bool(measured.get("error"))
    return words


@pytest.fixture(scope="module")
def comparison() -> tuple[Counter[str], Counter[str], list[str]]:
    agreed, asked, differences = Counter[str](), Counter[str](), []
    measured = more_measured()
    for shape in more_shapes():
        for version in measured[shape.name]:
            wanted = measured_words(version["measured"])
            for major in version["majors"]:
                words, why = predicted_words(shape, major)
                if shape.fails_on_rows:
                    assert wanted["error"], shape.name
                    continue
                for key in KEYS:
                    if (key == "scans" and shape.is_scan_planned) or (shape.name, key) in UNSEEN:
                        continue
                    asked[key] += 1
                    agreed[key] += words[key] == wanted[key]
                    if words[key] != wanted[key]:
                        said = version["measured"].get("error", "") if key == "error" else ""
                        differences.append(
                            f"{shape.name} on {major}: {key} {words[key]} measured {wanted[key]} {said} ({why})"
                        )
    for key in KEYS:
        print(f"{key}: {agreed[key]} of {asked[key]} agree ({agreed[key] / asked[key]:.2%})")
    print("\n".join(differences))
    return agreed, asked, differences


def test_a_schema_from_pg_dump_predicts_what_the_statements_that_made_it_predict() -> None:
    major, differences = 15, []
    dump = read_statements(more_dump_sql())
    restored = Schema(is_complete=True, server_major=major)
    for statement in dump:
        apply(restored, statement)
    restored.begin("prepared")
    assert restored.doubts == []
    for shape in more_shapes():
        statements = read_statements(shape.sql)
        if len(statements) == 1:
            there = predict(statements[0], restored, server_major=major, is_in_transaction=shape.is_in_transaction)
            words, _ = predicted_words(shape, major)
            if in_words(there) != words:
                differences.append(f"{shape.name}: {in_words(there)} and {words}")
    assert differences == []


def test_every_shape_was_measured() -> None:
    measured = more_measured()
    assert set(measured) == {shape.name for shape in more_shapes()}
    assert all(measured.values())
    assert len(measured) >= FEWEST_SHAPES


@pytest.mark.parametrize("key", sorted(FLOORS))
def test_predictions_of_further_shapes_agree_with_what_was_measured(
    key: str, comparison: tuple[Counter[str], Counter[str], list[str]]
) -> None:
    agreed, asked, differences = comparison
    assert agreed[key] / asked[key] >= FLOORS[key], [line for line in differences if f": {key} " in line]
