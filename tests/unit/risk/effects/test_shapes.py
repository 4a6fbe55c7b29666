"""The predictions against what PostgreSQL 11 to 18 really did (tests/fixtures/postgres_locks)."""

from __future__ import annotations

import json
from collections import Counter
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from deploy.checking.prediction.effects import predict
from deploy.checking.prediction.schema import Schema
from deploy.checking.prediction.schema.apply import apply
from deploy.checking.statements import read_statements
from deploy.model.effects import Effects
from tests.unit.risk.effects.words import KEYS, UNTOLD, in_words

FIXTURE = Path(__file__).parents[3] / "fixtures" / "postgres_locks"
MAJORS = range(11, 19)
# Tables of the fixture without rows: reading them leaves no trace.
EMPTY = {"part2", "partd1", "candd", "a", "b", "outside", "dt_", "inh", "inhc", "rls"}
# Lines of the fixture that are wrong; measured again on 15, 16, 17 and 18 (tests/integration/check says why).
EVERY, SINCE_17 = range(11, 19), range(17, 19)
REMEASURED: dict[tuple[str, str], tuple[range, Any]] = {
    ("create_temp", "locks"): (EVERY, {}),
    ("create_table_like", "builds_indexes"): (EVERY, []),
    ("create_index_conc_parttable", "locks"): (range(16, 17), {}),
    ("drop_function_cascade", "locks"): (EVERY, {"trg": "AX", "trigt": "AX"}),
    ("drop_function_cascade", "drops"): (
        EVERY, ["trigger:t1 on public.trg (cascade)", "trigger:tt on public.trigt (cascade)"],
    ),
    ("refresh_mv_conc", "error"): (SINCE_17, False),
    ("refresh_mv_conc", "locks"): (SINCE_17, {"mvbase": "AS"}),
    ("refresh_mv_conc", "other_relation_locks"): (SINCE_17, {"mv": "X"}),
    ("refresh_mv_conc", "scans"): (SINCE_17, ["mv", "mvbase"]),
}
FLOORS = {"locks": 0.99, "rewrites": 0.99, "scans": 0.98, "index_locks": 0.98, "validates_foreign_key": 0.99,
          "drops": 0.98, "builds_indexes": 0.97, "new_files": 0.98, "other_relation_locks": 0.97}


def shapes() -> list[dict[str, Any]]:
    return json.loads((FIXTURE / "shapes.json").read_text())


@cache
def setup_statements() -> tuple[Any, ...]:
    return read_statements((FIXTURE / "setup.sql").read_text())


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


def predicted(shape: dict[str, Any], major: int) -> Effects:
    *before, last = read_statements(shape["sql"])
    schema = prepared(major) if before else shared(major)
    for statement in before:
        apply(schema, statement)
    return predict(last, schema, server_major=major, is_in_transaction=shape["in_transaction"])


def in_words_of_fixture(effects: Effects) -> dict[str, Any]:
    words = in_words(effects)
    return {**words, "scans": [name for name in words["scans"] if name not in EMPTY]}


def measured_words(measured: dict[str, Any]) -> dict[str, Any]:
    words = {key: measured.get(key, {} if key.endswith("locks") else []) for key in KEYS}
    words["validates_foreign_key"] = bool(measured.get("validates_foreign_key"))
    words["drops"] = [drop for drop in words["drops"] if not drop.startswith(UNTOLD)]
    words["error"] = bool(measured.get("error"))
    return words


def compare() -> tuple[Counter[str], Counter[str], list[str]]:
    agreed, asked, mismatches = Counter[str](), Counter[str](), []
    for shape in shapes():
        for version in shape["versions"]:
            for major in range(version["from"], version["to"] + 1):
                measured = measured_words(version["measured"])
                for (name, key), (majors, value) in REMEASURED.items():
                    if name == shape["name"] and major in majors:
                        measured[key] = value
                words = in_words_of_fixture(predicted(shape, major))
                for key in KEYS:
                    asked[key] += 1
                    agreed[key] += words[key] == measured[key]
                    if words[key] != measured[key]:
                        mismatches.append(f"{shape['name']} on {major}: {key} {words[key]} measured {measured[key]}")
    return agreed, asked, mismatches


@pytest.fixture(scope="module")
def comparison() -> tuple[Counter[str], Counter[str], list[str]]:
    agreed, asked, mismatches = compare()
    for key in KEYS:
        print(f"{key}: {agreed[key]} of {asked[key]} agree ({agreed[key] / asked[key]:.2%})")
    print("\n".join(mismatches))
    return agreed, asked, mismatches


@pytest.mark.parametrize("key", sorted(FLOORS))
def test_predictions_agree_with_what_was_measured(key: str, comparison: tuple[Any, Any, Any]) -> None:
    agreed, asked, mismatches = comparison
    assert agreed[key] / asked[key] >= FLOORS[key], [line for line in mismatches if f": {key} " in line]
