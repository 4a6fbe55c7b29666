"""Tables that are made beside, and what is added to them afterwards."""

from __future__ import annotations

from typing import Any

from deploy.checking.risk.safe_forms.code import execute, made_name, patiently, steps
from deploy.checking.risk.safe_forms.constraints import add_not_valid, constraint_name, validate
from deploy.checking.risk.safe_forms.sql_text import copy_of, quoted_table, statement_sql
from deploy.checking.statements import Statement, choice, relation_name


def new_table_beside(table: str, statement: Statement) -> str:
    """A second table that has from the start what the first cannot get while it is used."""
    new = made_name(table, "", "new")
    schema = table.rpartition(".")[0]
    own = f"{schema}.{new}" if schema else new
    changed = copy_of(statement.node)
    changed.relation.relname = new
    for command in changed.cmds:
        constraint = getattr(command.alter_table_cmd, "def").constraint
        if constraint.conname:  # its index needs a name of its own
            constraint.conname = made_name(constraint.conname, "", "new")
    return steps(
        (
            "a revision: an empty table that has it from the start",
            "\n".join(
                (
                    execute(f"CREATE TABLE {quoted_table(own)} (LIKE {quoted_table(table)} INCLUDING ALL)"),
                    execute(statement_sql(statement, changed)),
                )
            ),
        ),
        (
            ("then copy the rows in batches, while a trigger copies those that are written meanwhile, and change the\n"
            "# names in a revision of its own. Or, in a maintenance window: the statement as it is"),
            "pass",
        ),
    )


def without_foreign_keys(statement: Statement) -> str:
    """The table without its foreign keys; each of them short and alone."""
    table = relation_name(statement.node.relation)
    changed = copy_of(statement.node)
    titled = []
    for constraint in _take_foreign_keys(changed):
        name = constraint.conname
        add = add_not_valid(constraint, table)
        if not add:
            target = relation_name(constraint.pktable)
            columns = ", ".join(item.string.sval for item in constraint.fk_attrs)
            add = execute(
                f"ALTER TABLE {quoted_table(table)} ADD CONSTRAINT {name} FOREIGN KEY ({columns}) "
                f"REFERENCES {quoted_table(target)} NOT VALID"
            )
        other = relation_name(constraint.pktable)
        titled.append((f"a revision of its own: writers of {other} wait for an instant", patiently(add)))
        titled.append(("the next revision: blocks nobody", validate(table, name)))
    return steps(
        ("a revision: the table without its foreign keys, nobody waits", execute(statement_sql(statement, changed))),
        *titled,
    )


def _take_foreign_keys(node: Any) -> list[Any]:
    """Take them out of a CREATE TABLE, each with a name and its columns."""
    table, taken = relation_name(node.relation), []
    kept = []
    for element in node.table_elts:
        if element.WhichOneof("node") == "constraint" and choice(element.constraint, "contype") == "CONSTR_FOREIGN":
            taken.append(_named(element.constraint, table, ""))
            continue
        column = element.column_def
        own = [copy_of(i) for i in column.constraints if choice(i.constraint, "contype") != "CONSTR_FOREIGN"]
        taken += [
            _named(i.constraint, table, column.colname)
            for i in column.constraints
            if choice(i.constraint, "contype") == "CONSTR_FOREIGN"
        ]
        changed = copy_of(element)
        if element.WhichOneof("node") == "column_def":
            del changed.column_def.constraints[:]
            changed.column_def.constraints.extend(own)
        kept.append(changed)
    del node.table_elts[:]
    node.table_elts.extend(kept)
    return taken


def _named(constraint: Any, table: str, column: str) -> Any:
    found = copy_of(constraint)
    if column:
        found.fk_attrs.add().string.sval = column
    found.conname = constraint_name(found, table)
    return found


def empty_then_filled(statement: Statement) -> str:
    """The table empty at first, then filled in slices."""
    changed = copy_of(statement.node)
    changed.into.skip_data = True
    query = statement_sql(statement).partition(" AS ")[2]
    table = quoted_table(relation_name(statement.node.into.rel))
    if choice(statement.node, "objtype") == "OBJECT_MATVIEW":
        fill = execute(f"REFRESH MATERIALIZED VIEW {table}")
    else:
        fill = execute(f"INSERT INTO {table} {query}")
    return steps(
        ("a revision: empty, instant", execute(statement_sql(statement, changed))),
        ("afterwards, in slices by key, each committed; a materialized view by a job outside of the deployment", fill),
    )


def unlogged_beside(table: str) -> str:
    """A table for what may be lost, beside the one that may not."""
    new = made_name(table, "", "cache")
    schema = table.rpartition(".")[0]
    own = quoted_table(f"{schema}.{new}" if schema else new)
    return steps(
        (
            "a table of its own for rows that may be lost",
            execute(f"CREATE UNLOGGED TABLE {own} (LIKE {quoted_table(table)} INCLUDING ALL)"),
        )
    )
