"""The JSON is a promise: every fact is in it, under names that do not change."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from deploy.checking.cli.report import SCHEMA, check_to_json
from deploy.model.check import (
    Advice,
    Answer,
    CheckedStatement,
    CheckReport,
    Comparison,
    EnvironmentAdvice,
    LockWindow,
    ReviewLine,
)
from deploy.model.effects import Drop, Effects, IndexBuild, RelationLock
from deploy.model.locks import LockMode
from deploy.model.risk import Finding, RevisionRisk, RiskLevel
from tests.unit.cli.check_report.json_schema import problems
from tests.unit.cli.check_report.reports import awkward_report, nothing_pending, realistic_report, small_report

DOCS = Path(__file__).resolve().parents[4] / "docs"
SCHEMA_TEXT: dict[str, Any] = json.loads((DOCS / "check-report.schema.json").read_text())
PAGE = (DOCS / "check-json.md").read_text()
REPORTS = (small_report, realistic_report, awkward_report, nothing_pending)


def objects(value: Any) -> Iterator[dict[str, Any]]:
    if isinstance(value, dict):
        yield value
    for item in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        yield from objects(item)


@pytest.mark.parametrize("make", REPORTS)
def test_every_document_fits_the_published_schema(make: Callable[[], CheckReport]) -> None:
    document = json.loads(json.dumps(check_to_json(make())))
    assert problems(document, SCHEMA_TEXT, SCHEMA_TEXT) == []


@pytest.mark.parametrize("make", REPORTS)
def test_every_document_fits_the_schema_by_jsonschema_too(make: Callable[[], CheckReport]) -> None:
    jsonschema = pytest.importorskip("jsonschema")
    jsonschema.Draft202012Validator.check_schema(SCHEMA_TEXT)
    jsonschema.validate(check_to_json(make()), SCHEMA_TEXT)


def test_a_document_that_breaks_the_promise_is_noticed() -> None:
    document = check_to_json(realistic_report())
    document["statements"][0]["comparison"] = "perhaps"
    document["windows"][0]["mode"] = "AccessExclusiveLock"
    del document["advice"]["backup"]
    document["extra"] = 1
    assert len(problems(document, SCHEMA_TEXT, SCHEMA_TEXT)) == 4


@pytest.mark.parametrize(
    ("kind", "path"),
    [
        (CheckReport, ()), (Advice, ("advice",)), (Answer, ("answers", 0)), (ReviewLine, ("review", 0)),
        (LockWindow, ("windows", 0)), (EnvironmentAdvice, ("environment", 0)), (CheckedStatement, ("statements", 0)),
        (RevisionRisk, ("risk", "revisions", 0)), (Finding, ("risk", "revisions", 0, "findings", 0)),
        (Effects, ("statements", 0, "measured")), (RelationLock, ("statements", 0, "predicted", "locks", 0)),
        (IndexBuild, ("statements", 0, "effects", "index_builds", 0)), (Drop, ("statements", 3, "effects", "drops", 0)),
    ],
)
def test_every_field_of_the_model_is_in_the_document(kind: type, path: tuple[str | int, ...]) -> None:
    place: Any = check_to_json(realistic_report())
    for step in path:
        place = place[step]
    assert {field.name for field in dataclasses.fields(kind)} <= set(place)


def test_the_schema_tells_all_levels_modes_and_comparisons() -> None:
    kinds = SCHEMA_TEXT["$defs"]
    assert kinds["level"]["enum"] == [level.label for level in RiskLevel]
    assert kinds["lock_mode"]["enum"] == [mode.label for mode in LockMode]
    assert kinds["statement"]["properties"]["comparison"]["enum"] == [kind.value for kind in Comparison]


def test_every_key_stands_on_the_page() -> None:
    named = [SCHEMA_TEXT, *SCHEMA_TEXT["$defs"].values()]
    keys = {key for part in named for key in part.get("properties", {})}
    assert {key for key in keys if f"| `{key}` |" not in PAGE} == set()


def test_the_example_on_the_page_fits_the_schema() -> None:
    example = json.loads(PAGE.split("```json\n")[1].split("```")[0])
    assert problems(example, SCHEMA_TEXT, SCHEMA_TEXT) == []


def test_the_schema_is_named_first() -> None:
    assert next(iter(check_to_json(small_report()).items())) == ("schema", SCHEMA)


def test_locks_bear_the_names_of_postgresql() -> None:
    document = check_to_json(realistic_report())
    assert document["statements"][0]["effects"]["locks"] == [{"relation": "orders", "kind": "table", "mode": "SHARE"}]
    assert document["windows"][1]["mode"] == "ACCESS EXCLUSIVE"


def test_what_is_not_known_is_null_and_never_an_empty_word() -> None:
    document = check_to_json(awkward_report())
    assert document["server"] is None
    assert document["production"] is None
    assert document["statements"][0]["line"] is None
    unknown = [finding for finding in objects(document) if finding.get("rule") == "not_rendered"]
    assert (unknown[0]["path"], unknown[0]["rows"], unknown[0]["safe_form"]) == (None, None, None)


def test_a_statement_that_was_not_run_has_no_measurement() -> None:
    last = check_to_json(realistic_report())["statements"][-1]
    assert last["measured"] is None
    assert last["comparison"] == "not exercised"
    assert last["effects"] == last["predicted"]
