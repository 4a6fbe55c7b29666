"""Obligation: nothing is restored before what it needs, and nothing of an archive is forgotten."""

from __future__ import annotations

import pytest

from deploy.adapters.backups.archive_list import LEAST_BYTES, ArchiveList, large_tables
from deploy.model.backups import TableContent

# As pg_restore 17 writes it with --list --verbose; orders refer to customers, events to orders.
LIST = """;
; Archive created at 2026-11-21 15:53:38 UTC
;     TOC Entries: 37
;     Compression: zstd
;
; Selected TOC Entries:
;
226; 1255 16385 FUNCTION public pick(text, bigint, integer) owner
219; 1259 16393 TABLE public customers owner
218; 1259 16392 SEQUENCE public customers_id_seq owner
;\tdepends on: 219
223; 1259 16409 TABLE public events owner
221; 1259 16401 TABLE public orders owner
230; 1259 16500 MATERIALIZED VIEW public sums owner
;\tdepends on: 221
2588; 0 16393 TABLE DATA public customers owner
;\tdepends on: 219
2592; 0 16409 TABLE DATA public events owner
;\tdepends on: 223
2590; 0 16401 TABLE DATA public orders owner
;\tdepends on: 221
2601; 0 0 SEQUENCE SET public customers_id_seq owner
;\tdepends on: 218
2427; 2606 16399 CONSTRAINT public customers customers_pkey owner
;\tdepends on: 219
2435; 2606 16415 CONSTRAINT public events events_pkey owner
;\tdepends on: 223
2430; 2606 16407 CONSTRAINT public orders orders_pkey owner
;\tdepends on: 221
2425; 1259 16424 INDEX public customers_email_idx owner
;\tdepends on: 219 226
2700; 0 0 INDEX ATTACH public customers_2025_pkey owner
;\tdepends on: 219
2433; 1259 16428 INDEX public events_at_idx owner
;\tdepends on: 223
2440; 2606 16430 FK CONSTRAINT public events events_order_id_fkey owner
;\tdepends on: 221 2430 223
2438; 2606 16430 FK CONSTRAINT public orders orders_customer_id_fkey owner
;\tdepends on: 2427 219 221
2450; 2620 16440 TRIGGER public customers watched owner
;\tdepends on: 219
2460; 0 16500 MATERIALIZED VIEW DATA public sums owner
;\tdepends on: 230 2592
"""
EVENTS = "2592; 0 16409 TABLE DATA public events owner"
ORDERS = "2590; 0 16401 TABLE DATA public orders owner"


def numbers(lines: tuple[str, ...]) -> list[int]:
    return [int(line.split(";")[0]) for line in lines]


def test_while_a_table_is_loaded_its_indexes_and_keys_wait_and_what_refers_to_it() -> None:
    listed = ArchiveList(LIST)

    assert numbers(listed.independent_of(["public.events"], [EVENTS])) == [2588, 2590, 2601, 2427, 2430, 2425, 2438]
    assert numbers(listed.independent_of(["public.orders"], [ORDERS])) == [2588, 2592, 2601, 2427, 2435, 2425, 2433]


def test_what_may_read_another_table_is_left_for_the_end() -> None:
    early = numbers(ArchiveList(LIST).independent_of([], []))

    assert not {2450, 2460, 2700} & set(early), "a trigger, a materialized view, an attached index"
    assert {2440, 2438} <= set(early)


def test_rows_that_are_loaded_otherwise_are_not_loaded_twice() -> None:
    listed = ArchiveList(LIST)

    early = listed.independent_of(["public.events"], [EVENTS, ORDERS])

    assert EVENTS not in early
    assert ORDERS not in early
    assert 2430 in numbers(early)


def test_what_is_not_done_is_all_there_in_the_order_of_the_archive() -> None:
    listed = ArchiveList(LIST)
    done = {EVENTS, *listed.independent_of(["public.events"], [EVENTS])}

    left = listed.without(done)

    every = [line for line in LIST.splitlines() if line[0].isdigit()]
    assert sorted([*left, *done]) == sorted(every)
    assert numbers(left) == [226, 219, 218, 223, 221, 230, 2435, 2700, 2433, 2440, 2450, 2460]


@pytest.mark.parametrize("name", ["public.event", "public.events2", "other.events", "public.sums"])
def test_a_table_without_rows_has_no_line(name: str) -> None:
    assert ArchiveList(LIST).rows_of(name) == ""


def test_a_table_that_an_extension_makes_is_left_to_pg_restore() -> None:
    line = "2599; 0 16600 TABLE DATA public spatial_ref_sys owner"
    listed = ArchiveList(f"{LIST}{line}\n")

    assert listed.rows_of("public.spatial_ref_sys") == ""
    assert line in listed.independent_of(["public.events"], [EVENTS])


def test_the_line_of_a_tables_rows_is_as_pg_restore_wrote_it() -> None:
    assert ArchiveList(LIST).rows_of("public.events") == EVENTS


def test_large_tables_come_with_the_largest_first() -> None:
    tables = [
        TableContent("public.small", 1, None, LEAST_BYTES - 1), TableContent("public.large", 1, None, LEAST_BYTES),
        TableContent("public.larger", 1, None, LEAST_BYTES + 1), TableContent("public.unknown", 1, None),
        TableContent('public."Odd"', 1, None, LEAST_BYTES * 2),
    ]

    assert large_tables(tables) == ("public.larger", "public.large")
