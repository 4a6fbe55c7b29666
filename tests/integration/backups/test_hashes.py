"""What the content hash sees: any changed value, and neither the order of rows nor that of columns."""

from __future__ import annotations

import pytest

from tests.integration.backups.site import Site

pytestmark = pytest.mark.postgres
COLUMNS = {
    "i": ("int", "1", "2"), "b": ("bool", "true", "false"), "t": ("text", "'a'", "'A'"), "s": ("text", "'a'", "'a '"),
    "n": ("numeric", "1.0", "1.00"), "f": ("float8", "0", "'-0'"), "j": ("jsonb", '\'{"a": 1}\'', '\'{"a": 2}\''),
    "js": ("json", "'{}'", "'{ }'"), "y": ("bytea", "'\\x00'", "'\\x01'"), "ts": ("timestamptz", "'2020-01-01'", "'2020-01-01 00:00:00.000001'"),
    "iv": ("interval", "'1 day'", "'24 hours'"), "e": ("size", "'small'", "'large'"), "a": ("size[]", "'{small}'", "'{large}'"),
    "u": ("uuid", "'00000000-0000-0000-0000-000000000001'", "'00000000-0000-0000-0000-000000000002'"),
    "d": ("date", "'2020-01-01'", "NULL"), "p": ("point", "'(1,2)'", "'(2,1)'"), "c": ("char(3)", "'a'", "'b'"),
}


def hashes(site: Site) -> dict[str, str | None]:
    return {t.name: t.content_hash for t in site.create().manifest.content.tables}


@pytest.fixture
def typed(each_site: Site) -> Site:
    each_site.run(
        "CREATE TYPE size AS ENUM ('small', 'large')",
        f"CREATE TABLE t ({', '.join(f'{name} {kind}' for name, (kind, _, _) in COLUMNS.items())})",
        f"INSERT INTO t VALUES ({', '.join(value for _, value, _ in COLUMNS.values())})",
    )
    return each_site


def test_a_change_of_any_value_is_seen_whatever_its_type(typed):
    seen = {hashes(typed)["public.t"]}
    for name, (_, value, other) in COLUMNS.items():
        typed.run(f"UPDATE t SET {name} = {other}")
        seen.add(hashes(typed)["public.t"])
        typed.run(f"UPDATE t SET {name} = {value}")

    assert len(seen) == len(COLUMNS) + 1, "1.0 and 1.00, 0 and -0, a day and 24 hours are equal, and not the same"
    assert hashes(typed)["public.t"] in seen  # each change was taken back


def test_neither_the_order_of_rows_nor_that_of_columns_is_seen(site):
    site.run(
        "CREATE TABLE a (x int, y text)", "INSERT INTO a VALUES (1, 'one'), (2, 'two'), (3, NULL)",
        "CREATE TABLE b (y text, x int)", "INSERT INTO b VALUES (NULL, 3), ('two', 2), ('one', 1)",
        "CREATE TABLE c (x int, y text)", "INSERT INTO c VALUES (1, 'two'), (2, 'one'), (3, NULL)",
    )

    found = hashes(site)

    assert found["public.a"] == found["public.b"]
    assert found["public.a"] != found["public.c"]


def test_the_same_row_twice_is_not_the_same_as_none(site):
    site.run("CREATE TABLE a (x int)", "CREATE TABLE b (x int)", "INSERT INTO b VALUES (7), (7)")
    found = hashes(site)
    assert found["public.a"] != found["public.b"]


def test_a_database_above_the_size_is_counted_only(site):
    site.run("CREATE TABLE t (n int)", "INSERT INTO t VALUES (1), (2)")
    site.options = type(site.options)(hash_below_bytes=0)

    backup = site.create()

    [table] = backup.manifest.content.tables
    assert (table.rows, table.content_hash) == (2, None)
    assert site.problems(backup) == ()
