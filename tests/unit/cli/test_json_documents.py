"""What a command prints with --json is published, and nothing else is printed."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from deploy.cli.documents import DOCUMENTS
from deploy.cli.main import SUBCOMMANDS
from deploy.cli.render import emit, emit_line
from scripts.json_page import SCHEMAS, file_name, files
from tests.published_json import require_published

WELL = {"schema": "surefoot/1", "ok": True, "checks": [], "next_command": None}


def test_page_and_schemas_are_what_the_documents_say() -> None:
    there = {path: path.read_text(encoding="utf-8") for path in files()}
    assert there == files()
    assert sorted(SCHEMAS.glob("*.json")) == sorted(path for path in files() if path.suffix == ".json")


def test_every_command_has_a_document() -> None:
    named = " ".join(DOCUMENTS)
    missing = [name for name in SUBCOMMANDS if not re.search(rf"`{name}\b", named)]
    assert missing == ["check"], "which has a document of its own, docs/check-json.md"


def test_a_schema_is_closed_and_names_its_own_version() -> None:
    for document in DOCUMENTS.values():
        schema = json.loads((SCHEMAS / f"{file_name(document)}.json").read_text())
        assert schema["properties"]["schema"] == {"const": "surefoot/1"}
        assert schema["additionalProperties"] is False
        assert "schema" in schema["required"]


@pytest.mark.parametrize("change", [
    lambda d: d.pop("ok"), lambda d: d.update(more=1), lambda d: d.update(ok="yes"), lambda d: d.update(checks=[{}]),
])
def test_a_document_that_is_otherwise_than_published_is_noticed(change: Any) -> None:
    require_published(["health"], dict(WELL))
    document = dict(WELL)
    change(document)
    with pytest.raises(ValidationError):
        require_published(["health"], document)


def test_times_are_iso_8601_and_values_are_plain(capsys: pytest.CaptureFixture[str]) -> None:
    from datetime import UTC, datetime

    for tell in (emit, emit_line):
        tell({"at": datetime(2026, 11, 30, 12, 1, tzinfo=UTC), "path": Path("/srv"), "some": (1, 2)})
        found = json.loads(capsys.readouterr().out)
        assert found == {"schema": "surefoot/1", "at": "2026-11-30T12:01:00Z", "path": "/srv", "some": [1, 2]}
