"""What a page must hold, whatever browser shows it."""

from __future__ import annotations

from html.parser import HTMLParser

import pytest

from deploy.model.deployment_record import DeploymentRecord
from deploy.pages import render_deployment, render_index
from tests.unit.report.records import START, awkward_record, done_record, undone_record, unfinished_record

RECORDS = {
    "done": done_record, "undone": undone_record, "unfinished": unfinished_record, "awkward": awkward_record,
}
VOID = {"meta", "br", "img", "link", "input", "hr"}


class Outline(HTMLParser):
    """Elements, their attributes, their text; fails on tags that do not match."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self._open: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag not in VOID:
            self._open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self._open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text += data + " "

    def close(self) -> None:
        super().close()
        assert self._open == []


def outline(record: DeploymentRecord) -> Outline:
    parser = Outline()
    parser.feed(render_deployment(record, made_at=START))
    parser.close()
    return parser


@pytest.mark.parametrize("name", RECORDS)
def test_a_page_is_well_formed_and_names_no_address_to_load(name: str) -> None:
    page = outline(RECORDS[name]())
    assert not {tag for tag, _ in page.tags} & {"script", "img", "link", "iframe", "object", "embed", "form", "base"}
    assert not [value for _, attributes in page.tags for key, value in attributes.items() if key in {"src", "srcset"}]
    assert not [key for _, attributes in page.tags for key in attributes if key.startswith("on")]


def test_other_peoples_text_is_shown_and_its_passwords_are_not() -> None:
    page = outline(awkward_record())
    assert "<script>document.title='pwned'</script>" in page.text
    assert "hush" not in page.text


def test_every_begun_step_has_its_row_and_the_others_are_named() -> None:
    page = outline(unfinished_record())
    assert "1. back-up-database" in page.text
    assert "no end was written" in page.text
    assert "Planned and not begun: migrate-database, switch-containers, verify-release." in page.text


def test_findings_stand_worst_first() -> None:
    text = outline(done_record()).text
    places = [text.index(rule) for rule in ("drop_column", "alter_column_type", "add_index_not_concurrently")]
    assert places == sorted(places)


def test_the_backup_of_the_deployment_is_told_with_its_checksum() -> None:
    text = outline(done_record()).text
    assert "0" * 64 in text
    assert "1.4 GiB" in text
    assert "Its backup is no longer kept." in outline(undone_record()).text


def test_responses_are_told_before_and_after_and_what_was_not_measured_is_said() -> None:
    text = " ".join(outline(done_record()).text.split())
    assert "average response 12 ms 13 ms" in text
    assert "failed responses not measured 0 %" in text
    assert "Responses before and after" not in outline(undone_record()).text


def test_the_index_links_the_pages_that_exist_and_no_others() -> None:
    first, second = done_record().deployment, undone_record().deployment
    parser = Outline()
    parser.feed(render_index([first], {first.deployment_id: "pages/d0007.html"}, made_at=START))
    assert [a["href"] for tag, a in parser.tags if tag == "a"] == ["pages/d0007.html"]
    without = Outline()
    without.feed(render_index([second], {}, made_at=START))
    assert not [tag for tag, _ in without.tags if tag == "a"]
    assert second.deployment_id in without.text
