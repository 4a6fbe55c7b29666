"""Obligation: what pg_dump says to psql is kept from whoever reads the schema."""

from __future__ import annotations

import pytest

from deploy.checking.risk.text_reader import TextReader
from deploy.model.snapshot import Snapshot

SCHEMA = "\\restrict {word}\n\nSET a.b = 'x\u2028y';\nCREATE TABLE public.users (id bigint);\n\n\\unrestrict {word}\n"


def snapshot(word: str) -> Snapshot:
    return Snapshot(
        "2026-01-02T03:04:05Z", "shop", "15.20", 15, (), SCHEMA.format(word=word), (), (), ()
    )


@pytest.mark.parametrize("word", ["abc", "5eXYZ", "12ab", "0x1g"])
def test_a_schema_is_read_whatever_the_random_word_is(word: str) -> None:
    reader = TextReader(snapshot(word).schema_statements(), 15, "UTC")

    assert reader.schema.find("public.users") is not None


def test_nothing_else_of_it_is_changed() -> None:
    assert snapshot("abc").schema_statements() == "\nSET a.b = 'x\u2028y';\nCREATE TABLE public.users (id bigint);\n\n"
