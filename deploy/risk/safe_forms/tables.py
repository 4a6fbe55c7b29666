"""Tables, partitions, views and what hangs on them."""

from __future__ import annotations

from deploy.risk.safe_forms.code import autocommit, bare, concurrently, execute, patiently, place, steps, text
from deploy.risk.safe_forms.sql_text import quoted, quoted_table


def alone(*sqls: str) -> str:
    """As it is, but by itself in its transaction and with a lock_timeout."""
    return steps(("a revision of its own: nothing else in this transaction", patiently(*(execute(sql) for sql in sqls))))


def later(sql: str, what: str) -> str:
    """In a second release, once nothing uses it."""
    return steps((f"release 2, once no running code uses {what}; nothing else in this transaction", patiently(execute(sql))))


def outside_of_transaction(sql: str) -> str:
    """A statement that blocks nobody but must stand alone."""
    return concurrently(execute(sql))


def detach_concurrently(parent: str, partition: str) -> str:
    """Readers and writers of the parent go on."""
    return steps((
        "a revision of its own; code that reads the partition's rows through the parent must be gone",
        concurrently(execute(f"ALTER TABLE {quoted_table(parent)} DETACH PARTITION {quoted_table(partition)} CONCURRENTLY")),
    ))


def create_then_attach(parent: str, partition: str, bound: str, checks: list[str]) -> str:
    """A table of its own first: attaching takes only SHARE UPDATE EXCLUSIVE on the parent."""
    create = f"CREATE TABLE {quoted_table(partition)} (LIKE {quoted_table(parent)} INCLUDING ALL)"
    return steps(
        ("a revision: a table of its own, nobody waits", execute(create)),
        *default_steps(checks),
        ("the next revision: readers and writers of the parent go on",
         patiently(execute(f"ALTER TABLE {quoted_table(parent)} ATTACH PARTITION {quoted_table(partition)} {bound}"))),
    )


def default_steps(checks: list[str]) -> list[tuple[str, str]]:
    """What spares the default partition its scan."""
    return [("before it: prove that the default partition has no such row", "\n".join(map(execute, checks)))] if checks else []


def attach_with_check(parent: str, partition: str, condition: str, attach: str) -> str:
    """A validated CHECK that says what the bounds say spares the scan."""
    name = f"{bare(partition)}_bounds"[:63]
    add = f"ALTER TABLE {quoted_table(partition)} ADD CONSTRAINT {quoted(name)} CHECK ({condition}) NOT VALID"
    return steps(
        (f"a revision: what the bounds of {parent} will ask for, for new rows", patiently(execute(add))),
        ("the next revision, in a transaction of its own: looks at every row, and blocks nobody",
         execute(f"ALTER TABLE {quoted_table(partition)} VALIDATE CONSTRAINT {quoted(name)}")),
        ("the one after it: the CHECK proves the bounds, nothing is scanned",
         patiently(execute(attach), f"op.drop_constraint({text(name)}, {text(bare(partition))}{place(partition)})")),
    )


def repack(table: str) -> str:
    """Makes the space usable again, without an exclusive lock."""
    return steps((
        "gives the space to new rows and blocks nobody; the file itself shrinks only in a maintenance window",
        autocommit(execute(f"VACUUM (ANALYZE) {quoted_table(table)}")),
    ))


def refresh_concurrently(view: str, has_unique_index: bool) -> str:  # noqa: FBT001
    """Readers see the old rows until the new ones are there."""
    refresh = execute(f"REFRESH MATERIALIZED VIEW CONCURRENTLY {quoted_table(view)}")
    if has_unique_index:
        return steps(("readers go on meanwhile", refresh))
    name = f"{bare(view)}_key"[:63]
    return steps(
        ("CONCURRENTLY needs a unique index over plain columns: put the view's key here",
         concurrently(execute(f"CREATE UNIQUE INDEX CONCURRENTLY {quoted(name)} ON {quoted_table(view)} (id)"))),
        ("then readers go on meanwhile", refresh),
    )


def row_level_security(table: str, enable: str) -> str:
    """A policy before the switch: without one every row is hidden."""
    name = quoted(f"{bare(table)}_all"[:63])
    return steps((
        "one transaction: a policy that shows what was shown before, then the switch; narrow it in a later revision",
        patiently(
            execute(f"CREATE POLICY {name} ON {quoted_table(table)} USING (true) WITH CHECK (true)"), execute(enable),
        ),
    ))


def new_table_and_foreign_keys(create: str, adds: list[tuple[str, str]]) -> str:
    """The table without its foreign keys; each of them short and alone."""
    titled = [("a revision: the table without its foreign keys, nobody waits", execute(create))]
    titled += [
        (f"a revision of its own: writers of {parent} wait for one moment only", patiently(execute(add)))
        for parent, add in adds
    ]
    return steps(*titled)


def then_validate(table: str, name: str) -> str:
    """The second half."""
    return steps((
        "the next revision, in a transaction of its own: looks at every row, and blocks nobody",
        execute(f"ALTER TABLE {quoted_table(table)} VALIDATE CONSTRAINT {quoted(name)}"),
    ))


def new_table_beside(table: str, alter: str) -> str:
    """A second table that has what the first cannot get while it is used."""
    new = f"{bare(table)}_new"[:63]
    schema = table.rpartition(".")[0]
    own = f"{schema}.{new}" if schema else new
    changed = alter.replace(f" {quoted_table(table)} ", f" {quoted_table(own)} ", 1)
    return steps(
        ("a revision: an empty table with the constraint",
         "\n".join((execute(f"CREATE TABLE {quoted_table(own)} (LIKE {quoted_table(table)} INCLUDING ALL)"), execute(changed)))),
        ("then copy the rows in batches while a trigger copies new ones, and change the names in a release of its own.\n"
         "# Where users can be spared for a while: the statement as it is, in a maintenance window",
         patiently(execute(alter))),
    )
