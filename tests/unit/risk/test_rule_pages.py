"""The pages of docs/rules say what the rules say."""

from __future__ import annotations

import pytest

from scripts.rule_pages import PAGES, pages

WANTED = pages()


@pytest.mark.parametrize("path", sorted(WANTED), ids=lambda path: path.stem)
def test_a_page_is_up_to_date(path) -> None:
    assert path.read_text() == WANTED[path], "make rule-pages"


def test_there_is_no_page_without_its_rule() -> None:
    assert set(PAGES.glob("*.md")) == set(WANTED)


def test_the_index_names_every_page() -> None:
    index = (PAGES / "README.md").read_text()
    assert [path.name for path in WANTED if path.name != "README.md" and f"({path.name})" not in index] == []
