"""Units a person can read, and lines that break where it does no harm."""

from __future__ import annotations

import ast

import pytest

from deploy.checking.cli.report.words import one_line, say_bytes, say_range, say_rows, say_seconds, shorten
from deploy.checking.cli.report.wrapping import columns, wrap, wrap_code, wrap_command
from tests.unit.cli.check_report.reports import a_report


@pytest.mark.parametrize(
    ("rows", "said"),
    [(0, "0 rows"), (1, "1 row"), (9_421, "9,421 rows"), (48_300, "about 48,000 rows"),
     (2_100_000, "about 2.1 million rows"), (340_000_000, "about 340 million rows"),
     (5_000_000_000, "about 5 billion rows")],
)
def test_rows_are_exact_where_few_and_round_where_many(rows: int, said: str) -> None:
    assert say_rows(rows) == said


@pytest.mark.parametrize(
    ("size", "said"),
    [(0, "0 bytes"), (812, "812 bytes"), (8192, "8 kB"), (811_008, "792 kB"), (1_503_238_553, "1.4 GB"),
     (7 * 1024**4, "7 TB"), (5000 * 1024**4, "5000 TB")],
)
def test_bytes_are_counted_as_postgresql_does(size: int, said: str) -> None:
    assert say_bytes(size) == said


@pytest.mark.parametrize(
    ("seconds", "said"),
    [(0.0, "under 1 s"), (0.9, "under 1 s"), (3.6, "about 4 s"), (119, "about 119 s"), (600, "about 10 min"),
     (9000, "about 2.5 h")],
)
def test_times_are_rounded(seconds: float, said: str) -> None:
    assert say_seconds(seconds) == said


def test_plain_sql_has_no_range() -> None:
    assert say_range(a_report(from_ids=(), to_ids=())).startswith("0 revisions")
    assert say_range(a_report(from_ids=())).startswith("an empty database -> 0007: ")


def test_text_cannot_move_the_cursor_or_turn_its_direction() -> None:
    assert one_line("a\x1b[2J\r\n\tb\u202ec") == "a?[2J b?c"
    assert shorten("x" * 300, 10) == "xxxxxxxxx…"


def test_a_wide_letter_takes_two_columns() -> None:
    assert columns("한a") == 3
    assert wrap("한국어 설명", 7) == ["한국어", "설명"]
    assert wrap("한국어설명", 7) == ["한국어", "설명"]


@pytest.mark.parametrize("width", range(10, 60))
def test_wrapping_loses_no_letter(width: int) -> None:
    text = "ALTER TABLE orders ADD COLUMN " + "very_long_name_" * 6 + " text 설명입니다"
    lines = wrap(text, width, "- ", "  ")
    assert all(columns(line) <= width for line in lines)
    assert "".join(line[2:] for line in lines).replace(" ", "") == text.replace(" ", "")


def test_a_broken_command_goes_on_with_a_backslash() -> None:
    lines = wrap_command("./scripts/deploy.sh --manual-migrate --backup --health-check", 40, "next: ", "      ")
    assert lines == ["next: ./scripts/deploy.sh \\", "      --manual-migrate --backup \\", "      --health-check"]


@pytest.mark.parametrize("width", range(44, 120, 3))
def test_broken_code_means_the_same(width: int) -> None:
    code = (
        "with op.get_context().autocommit_block():\n"
        '    op.create_index("orders_symbol_idx", "orders", ["symbol"], postgresql_concurrently=True)\n'
        "    op.execute(\"UPDATE orders SET side = 'buy'  WHERE side IS NULL AND id BETWEEN 1 AND 5000 OR note = 'x y'\")\n"
    )
    lines = wrap_code(code, width, "      ")
    assert all(columns(line) <= width for line in lines)
    assert ast.dump(ast.parse("\n".join(line[6:] for line in lines))) == ast.dump(ast.parse(code))


def test_a_text_of_several_lines_gets_no_quotes_of_ours() -> None:
    code = 'op.execute("""\n    UPDATE orders SET side = \'buy\' WHERE side IS NULL AND id BETWEEN 1 AND 5000\n""")'
    assert "\n".join(wrap_code(code, 40, "")).count("\"") == 6
