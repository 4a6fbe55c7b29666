"""Every setting stands in .env.example and in the documentation, and nothing stands there that is none."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from pydantic import AliasChoices

from deploy.settings.schema import Settings

ROOT = Path(__file__).resolve().parents[3]
EXAMPLE = (ROOT / ".env.example").read_text()
PAGES = "\n".join(path.read_text() for path in sorted((ROOT / "docs").rglob("*.md")))
OFFERED = dict(re.findall(r"^#?([A-Z][A-Z_0-9]+)=(.*)$", EXAMPLE, re.MULTILINE))
FIELDS = {
    str(field.validation_alias.choices[0]): field
    for field in Settings.model_fields.values() if isinstance(field.validation_alias, AliasChoices)
}
# Variables of the program's own start, which no .env can set.
BEFORE_SETTINGS = {"DEPLOY_ENV", "DEPLOY_PROJECT_DIRECTORY", "DEPLOY_SCRATCH_BINARIES"}
# A secret's name in the templates for pipelines.
OF_PIPELINES = {"DEPLOY_DIRECTORY"}


@pytest.mark.parametrize("name", FIELDS)
def test_a_setting_stands_in_the_example_and_on_a_page(name: str) -> None:
    assert name in OFFERED
    assert re.search(rf"\b{name}\b", PAGES)


def test_the_example_offers_no_setting_that_is_none() -> None:
    assert {name for name in OFFERED if name.startswith("DEPLOY_")} <= set(FIELDS)


def test_the_documentation_names_no_setting_that_is_none() -> None:
    named = set(re.findall(r"\bDEPLOY_[A-Z_0-9]+[A-Z0-9]\b", PAGES))
    assert named <= set(FIELDS) | BEFORE_SETTINGS | OF_PIPELINES


@pytest.mark.parametrize("name", [name for name, field in FIELDS.items() if isinstance(field.default, int | float)])
def test_a_number_in_the_example_is_the_default(name: str) -> None:
    assert float(OFFERED[name]) == float(FIELDS[name].default)
