"""The page of requirements names only what there is: commands, tests, pages and their sections."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

import pytest

from deploy.cli.backups import backup_command
from deploy.cli.main import SUBCOMMANDS, deploy_command
from deploy.settings.schema import Settings
from deploy.steps.registry import step_kinds

ROOT = Path(__file__).resolve().parents[2]
DOCS = ROOT / "docs"
COLUMNS = 5
WANTED = {
    *(f"D{number}" for number in range(1, 15)), *(f"M{number}" for number in range(1, 7)), "B1", "B2", "B3",
    *(f"V{number}" for number in range(1, 6)), "S1", "S2", "S3", "S4", "Z1", "Z2",
}
IN_CODE = re.compile(r"`([^`]+)`")
LINK = re.compile(r"\]\(([^)]+)\)")


@dataclass(frozen=True)
class Row:
    """One line of the table."""

    name: str
    command: str
    tests: str
    page: str


def rows() -> list[Row]:
    found = []
    for line in (DOCS / "requirements.md").read_text(encoding="utf-8").splitlines():
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        if re.fullmatch(r"[A-Z]\d+", cells[0]):
            assert len(cells) == COLUMNS, line
            found.append(Row(cells[0], *cells[2:]))
    return found


ROWS = [pytest.param(row, id=row.name) for row in rows()]


def anchors(page: Path) -> set[str]:
    """Of its headings, as they are linked to."""
    heads = re.findall(r"^#+ (.+)$", page.read_text(encoding="utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w -]", "", head.lower()).strip().replace(" ", "-") for head in heads}


def test_every_wanted_row_stands_on_the_page_once() -> None:
    names = [row.name for row in rows()]
    assert len(names) == len(set(names))
    assert set(names) == WANTED


@pytest.mark.parametrize("row", ROWS)
def test_each_named_test_exists(row: Row) -> None:
    named = IN_CODE.findall(row.tests)
    assert named
    for item in named:
        file_name, _, test_name = item.partition("::")
        text = (ROOT / "tests" / file_name).read_text(encoding="utf-8")
        wanted = rf"^def {test_name}\(" if test_name else r"^def test_"
        assert re.search(wanted, text, re.MULTILINE), item


@pytest.mark.parametrize("row", ROWS)
def test_each_page_and_its_section_exist(row: Row) -> None:
    named = LINK.findall(row.page)
    assert named
    for item in named:
        file_name, _, anchor = item.partition("#")
        assert not anchor or anchor in anchors(DOCS / file_name), item
        assert (DOCS / file_name).is_file(), item


@pytest.mark.parametrize("row", ROWS)
def test_each_command_setting_and_script_exists(row: Row) -> None:
    flags = {flag for parameter in deploy_command.params for flag in parameter.opts}
    settings = {str(choice) for field in Settings.model_fields.values() for choice in choices(field)}
    known = set(SUBCOMMANDS) | set(step_kinds()) | set(backup_command.commands) | flags | settings | {"deploy.backfill"}
    for item in IN_CODE.findall(row.command):
        script, _, word = item.partition(" ") if item.startswith("./") else ("", "", item)
        assert not script or (ROOT / script).is_file(), item
        assert not word or word in known, item


def choices(field: object) -> list[object]:
    return list(getattr(getattr(field, "validation_alias", None), "choices", []))
