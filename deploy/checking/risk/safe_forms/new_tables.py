"""Tables that are made beside, and what is added to them afterwards."""

from __future__ import annotations

from dataclasses import replace

from deploy.checking.risk.safe_forms.code import execute, made_name, patiently, steps
from deploy.checking.risk.safe_forms.constraints import add_not_valid, constraint_name, validate
from deploy.checking.statements import Statement, quoted_table, rewriting
from deploy.checking.statements.constraints import ForeignKey
from deploy.checking.statements.views import CreateTable, CreateTableAs


def new_table_beside(table: str, statement: Statement) -> str:
    """A second table that has from the start what the first cannot get while it is used."""
    new = made_name(table, "", "new")
    schema = table.rpartition(".")[0]
    own = f"{schema}.{new}" if schema else new
    # A constraint's index needs a name of its own.
    alter = rewriting.altered_beside(statement, new, lambda name: made_name(name, "", "new"))
    return steps(
        (
            "a revision: an empty table that has it from the start",
            "\n".join(
                (
                    execute(f"CREATE TABLE {quoted_table(own)} (LIKE {quoted_table(table)} INCLUDING ALL)"),
                    execute(alter),
                )
            ),
        ),
        (
            ("then copy the rows in batches, while a trigger copies those that are written meanwhile, and change the\n"
            "# names in a separate revision. Or, in a maintenance window: the statement as it is"),
            "pass",
        ),
    )


def without_foreign_keys(statement: Statement, created: CreateTable) -> str:
    """The table without its foreign keys; each of them short and alone."""
    table = created.table
    titled = []
    for link in _named_foreign_keys(created):
        other = link.target.shown
        add = add_not_valid(link, table) or execute(
            f"ALTER TABLE {quoted_table(table)} ADD CONSTRAINT {link.name} FOREIGN KEY ({', '.join(link.columns)}) "
            f"REFERENCES {quoted_table(other)} NOT VALID"
        )
        titled.append((f"a separate revision: writers of {other} wait for an instant", patiently(add)))
        titled.append(("the next revision: blocks no session", validate(table, link.name)))
    alone = execute(rewriting.without_foreign_keys(statement))
    return steps(("a revision: the table without its foreign keys, no session waits", alone), *titled)


def _named_foreign_keys(created: CreateTable) -> list[ForeignKey]:
    """Each with a name and its columns."""
    found = []
    for link, column in created.all_of(ForeignKey):
        whole = replace(link, columns=(column.name,)) if column is not None else link
        found.append(replace(whole, name=constraint_name(whole, created.table)))
    return found


def empty_then_filled(statement: Statement, created: CreateTableAs) -> str:
    """The table empty at first, then filled in slices."""
    empty = rewriting.without_rows(statement)
    query = empty.partition(" AS ")[2].removesuffix(" WITH NO DATA").strip()
    table = quoted_table(created.relation.shown)
    fill = execute(
        f"REFRESH MATERIALIZED VIEW {table}" if created.is_materialized_view else f"INSERT INTO {table} {query}"
    )
    return steps(
        ("a revision: empty, instant", execute(empty)),
        ("afterwards, in slices by key, each committed; a materialized view by a job outside of the deployment", fill),
    )


def unlogged_beside(table: str) -> str:
    """A table for what may be lost, beside the one that may not."""
    new = made_name(table, "", "cache")
    schema = table.rpartition(".")[0]
    own = quoted_table(f"{schema}.{new}" if schema else new)
    return steps(
        (
            "a separate table for rows that may be lost",
            execute(f"CREATE UNLOGGED TABLE {own} (LIKE {quoted_table(table)} INCLUDING ALL)"),
        )
    )
