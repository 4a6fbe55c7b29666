"""Obligation: the rows of one table reach the sessions whole, whatever the pieces are in which they arrive."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from deploy.adapters.backups.split_copy import LEAST_BYTES, ArchiveList, split_script, tables_to_split
from deploy.model.backups import TableContent

ROWS = b"1\tone\n2\t\\\\.\n3\t\\N\n4\ta\\nb\n"
SCRIPT = (
    b"--\n\\restrict word\n\nSET client_encoding = 'UTF8';\n-- Data for Name: t; Type: TABLE DATA\n\n"
    b"COPY public.t (id, name) FROM stdin;\n" + ROWS + b"\\.\n\n\n-- the end\n\\unrestrict word\n"
)


def pieces(text: bytes, size: int) -> Iterator[bytes]:
    return (text[at : at + size] for at in range(0, len(text), size))


@pytest.mark.parametrize("size", [*range(1, 40), len(SCRIPT)])
def test_rows_are_never_cut_and_none_is_lost(size: int) -> None:
    chunks = pieces(SCRIPT, size)

    preamble, rows = split_script(chunks)

    parts = list(rows)
    assert b"".join(parts) == ROWS
    assert all(part.endswith(b"\n") for part in parts)
    assert preamble.endswith(b"COPY public.t (id, name) FROM stdin;\n")
    assert b"SET client_encoding" in preamble
    assert b"restrict" not in preamble
    assert next(chunks, b"") == b"", "pg_restore is read to its end"


def test_a_column_with_a_line_feed_in_its_name_is_still_a_copy() -> None:
    preamble, rows = split_script(iter([b'COPY public.t ("a\nb") FROM stdin;\n1\n\\.\n']))

    assert preamble == b'COPY public.t ("a\nb") FROM stdin;\n'
    assert list(rows) == [b"1\n"]


def test_an_empty_table_has_no_rows() -> None:
    _, rows = split_script(iter([b"COPY public.t (id) FROM stdin;\n\\.\n\n"]))

    assert list(rows) == []


@pytest.mark.parametrize("script", [b"", b"-- nothing\n"])
def test_a_script_without_rows_is_refused(script: bytes) -> None:
    with pytest.raises(ValueError, match="no COPY"):
        split_script(iter([script]))


def test_rows_that_end_early_are_no_rows() -> None:
    _, rows = split_script(iter([b"COPY public.t (id) FROM stdin;\n1\n2"]))

    with pytest.raises(ValueError, match="no end"):
        list(rows)


def table(name: str, size: int) -> TableContent:
    return TableContent(name, 1, None, size)


def test_only_a_table_above_a_workers_share_is_split() -> None:
    tables = [table("public.big", 6 * LEAST_BYTES), table("public.small", 2 * LEAST_BYTES)]

    assert tables_to_split(tables, jobs=3) == ("public.big",)
    assert tables_to_split(tables, jobs=4) == ("public.big", "public.small")


def test_on_two_cores_nothing_is_split() -> None:
    assert tables_to_split([table("public.big", 9 * LEAST_BYTES)], jobs=2) == ()


def test_small_databases_and_manifests_without_sizes_are_left_to_pg_restore() -> None:
    assert tables_to_split([table("public.t", LEAST_BYTES - 1)], jobs=4) == ()
    assert tables_to_split([TableContent("public.t", 10**9, None)], jobs=4) == ()


def test_a_name_that_needs_quotes_is_left_to_pg_restore() -> None:
    assert tables_to_split([table('public."Big Table"', 9 * LEAST_BYTES)], jobs=4) == ()


def test_the_list_is_parted_by_the_exact_name() -> None:
    lines = [
        "; a comment", "1; 0 2 TABLE DATA public events owner", "2; 0 3 TABLE DATA public events_old owner",
        "3; 0 4 TABLE DATA shop events owner", "4; 0 5 SEQUENCE SET public events_id_seq owner",
    ]

    listed = ArchiveList("\n".join(lines), ["public.events"])

    assert listed.split == (lines[1],)
    assert listed.others == tuple(lines[2:])
