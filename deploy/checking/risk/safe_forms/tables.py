"""Tables, partitions, views and what hangs on them."""

from __future__ import annotations

from deploy.checking.risk.safe_forms.code import (
    autocommit,
    bare,
    comment,
    concurrently,
    execute,
    made_name,
    patiently,
    place,
    steps,
    text,
)
from deploy.checking.statements import quoted, quoted_table


def alone(*sqls: str) -> str:
    """As it is, but by itself in its transaction and with a lock_timeout."""
    return steps(
        ("a separate revision: nothing else in this transaction", patiently(*(execute(sql) for sql in sqls)))
    )


def later(sql: str, what: str) -> str:
    """In a second release, once nothing uses it."""
    return steps(
        (f"release 2, once no running code uses {what}; nothing else in this transaction", patiently(execute(sql)))
    )


def outside_of_transaction(sql: str) -> str:
    """A statement that blocks no session but must stand alone."""
    return concurrently(execute(sql))


def repack(table: str) -> str:
    """Makes the space usable again, without an exclusive lock."""
    return steps(
        (
            "gives the space to new rows and blocks no session; the file itself shrinks only in a maintenance window",
            autocommit(execute(f"VACUUM (ANALYZE) {quoted_table(table)}")),
        )
    )


def refresh_concurrently(view: str, has_unique_index: bool) -> str:
    """Readers see the old rows until the new ones are there."""
    refresh = execute(f"REFRESH MATERIALIZED VIEW CONCURRENTLY {quoted_table(view)}")
    if has_unique_index:
        return steps(("readers go on meanwhile", refresh))
    name = made_name(view, "", "key")
    return steps(
        (
            "CONCURRENTLY needs a unique index over plain columns: put the view's key here",
            concurrently(execute(f"CREATE UNIQUE INDEX CONCURRENTLY {quoted(name)} ON {quoted_table(view)} (id)")),
        ),
        ("then readers go on meanwhile", refresh),
    )


def row_level_security(table: str, enable: str) -> str:
    """A policy before the switch: without one every row is hidden."""
    name = quoted(made_name(table, "", "all"))
    return steps(
        (
            ("one transaction: a policy that shows what was shown before, then the switch; narrow it in a later "
            "revision"),
            patiently(
                execute(f"CREATE POLICY {name} ON {quoted_table(table)} USING (true) WITH CHECK (true)"),
                execute(enable),
            ),
        )
    )


def then_validate(table: str, name: str) -> str:
    """The second half."""
    return steps(
        (
            "the next revision, in its own transaction: looks at every row, and blocks no session",
            execute(f"ALTER TABLE {quoted_table(table)} VALIDATE CONSTRAINT {quoted(name)}"),
        )
    )


def index_in_tablespace(index: str, tablespace: str) -> str:
    """Built anew in the other place, while the old one is used (PostgreSQL 14)."""
    return concurrently(execute(f"REINDEX (TABLESPACE {quoted(tablespace)}, CONCURRENTLY) INDEX {quoted_table(index)}"))


def without_disabling(table: str) -> str:
    """A condition inside the trigger's function, for this session only."""
    return steps(
        (
            ("let the trigger's function look at a setting, and set it for this transaction only:\n"
            "# IF current_setting('app.migration', true) = 'on' THEN RETURN NEW; END IF;"),
            f"{execute(_SETTING)}\n{comment(f'then change {bare(table)} in small batches')}",
        )
    )


_SETTING = "SET LOCAL app.migration = 'on'"


def drop_links_first(links: list[tuple[str, str]], sql: str) -> str:
    """The foreign keys one by one; the rest then locks one table only.

    Args:
        links: table and name of each foreign key.
        sql: what then follows.
    """
    drops = [
        (
            f"a separate revision: {name}; both of its tables are locked for an instant",
            patiently(f"op.drop_constraint({text(name)}, {text(bare(table))}{place(table)})"),
        )
        for table, name in links
    ]
    return steps(*drops, ("the last one", patiently(execute(sql))))


def next_revision(sql: str) -> str:
    """After the COMMIT of the rows."""
    return steps(
        ("this revision: the change of rows alone", "pass"),
        ("the next revision, in its own transaction", patiently(execute(sql))),
    )
