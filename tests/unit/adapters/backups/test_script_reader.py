"""A script of another origin: its rows counted, and nothing let through that is not of one database."""

from __future__ import annotations

import pytest

from deploy.adapters.backups.script_reader import ScriptReader
from deploy.model.errors import BlockedError

WHOLE = r"""--
-- PostgreSQL database dump
--

\restrict abc
-- Dumped from database version 15.18
SET standard_conforming_strings = on;
SET transaction_timeout = 0;
CREATE FUNCTION public.f() RETURNS text LANGUAGE sql AS $_$
 SELECT 'DROP DATABASE shop;' || $$\! ls$$
$_$;
ALTER FUNCTION public.f() OWNER TO shop;
CREATE TABLE public.users (id integer, note text DEFAULT 'a\b'::text);
CREATE TABLE public."Order" (id integer);
COPY public.users (id, note) FROM stdin;
1	\N
2	\\! ls
3	DROP DATABASE shop;
\.


COPY public."Order" (id) FROM stdin;
\.


COMMENT ON TABLE public.users IS E'it\'s \\ fine';
GRANT SELECT ON TABLE public.users TO reader;
--
-- PostgreSQL database dump complete
--

\unrestrict abc
"""


def read(text: str, *, has_owner: bool = True) -> tuple[ScriptReader, str]:
    reader = ScriptReader("shop.sql", has_owner=has_owner)
    return reader, b"".join(reader.read(text.encode().splitlines(keepends=True))).decode()


def refused(text: str) -> BlockedError:
    with pytest.raises(BlockedError) as caught:
        read(text)
    return caught.value


def test_rows_are_counted_and_the_script_goes_through() -> None:
    reader, through = read(WHOLE)
    assert reader.rows == {"public.users": 3, 'public."Order"': 0}
    assert (reader.server_major, reader.is_of_pg_dump, reader.is_whole, reader.inserts) == (15, True, True, 0)
    assert "restrict" not in through
    assert "transaction_timeout" not in through, "an older server does not know it"
    assert "OWNER TO shop" in through
    assert "3\tDROP DATABASE shop;" in through


def test_without_owners_nothing_names_a_role() -> None:
    _, through = read(WHOLE, has_owner=False)
    assert "OWNER TO" not in through
    assert "GRANT" not in through
    assert "CREATE TABLE public.users" in through


@pytest.mark.parametrize(
    "line",
    [
        "\\! rm -rf /", "\\connect postgres", "SELECT 1 \\g |sh", "SELECT 'a'; \\copy users to 'x'",
        "CREATE ROLE root SUPERUSER;", "ALTER ROLE shop SUPERUSER;", "DROP DATABASE shop;", "CREATE DATABASE shop;",
        "SELECT 1; DROP  DATABASE shop;", "/* x */ create user eve;", "ALTER SYSTEM SET archive_command = 'x';",
        "COPY users TO PROGRAM 'sh';", "COPY users FROM '/etc/passwd';", "SELECT $a$x$a$; \\! ls", "SELECT 'it''s'\\! ls",
        "; CREATE\nROLE eve;", "COPY users\n  FROM '/etc/passwd'", "create /* a */ role -- b\n eve;",
    ],
)
def test_what_is_not_of_one_database_is_refused(line: str) -> None:
    error = refused(f"SELECT 1;\n{line}\n")
    assert error.reference == "dump-refused"
    assert "line 2" in error.what or "\n" in line


def test_what_only_looks_so_is_let_through() -> None:
    for line in (
        "SELECT 'DROP DATABASE shop; \\! ls';", 'CREATE TABLE "\\" (id int);', "-- \\! ls", "/* \\! ls */ SELECT 1;",
        "CREATE USER MAPPING FOR shop SERVER other;", "INSERT INTO t VALUES (E'\\\\! it\\'s \\n');", "SELECT a$b$c;",
    ):
        assert line in read(f"{line}\n")[1], line


def test_a_script_that_is_cut_off_is_refused() -> None:
    lines = WHOLE.splitlines(keepends=True)
    for end in (10, 17, 21, len(lines) - 5):
        assert refused("".join(lines[:end])).reference == "dump-cut-off", end


def test_a_script_of_another_program_is_read_and_known_to_be_that() -> None:
    reader, _ = read("SET search_path = app, pg_catalog;\nCOPY users FROM stdin;\n1\n\\.\nINSERT INTO t VALUES (1);\n")
    assert reader.rows == {"app.users": 1}
    assert (reader.is_of_pg_dump, reader.inserts) == (False, 1)


def test_a_clean_dump_drops_nothing_of_an_empty_database() -> None:
    reader, through = read("ALTER TABLE public.users ALTER COLUMN id DROP DEFAULT;\nDROP TABLE public.users;\nCREATE SCHEMA public;\nCREATE TABLE public.users (id int);\n")
    assert through == "CREATE TABLE public.users (id int);\n"
    assert reader.left_out == 3
