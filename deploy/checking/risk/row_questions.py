"""Statements that fail on rows which are already there, as questions to production (hazards C15, K10)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from deploy.checking.risk.evidence import PendingRevision
from deploy.checking.statements import (
    Statement,
    column_of_not_null_check,
    enum_name,
    nodes_of,
    read_statements,
    to_sql,
)
from deploy.model.row_question import RowQuestion

CHANGES = ("InsertStmt", "UpdateStmt", "DeleteStmt", "MergeStmt")


def row_questions(revisions: Sequence[PendingRevision]) -> tuple[RowQuestion, ...]:
    """One for each such statement, as long as no earlier statement of the run changes the table's rows."""
    found: list[RowQuestion] = []
    changed: set[str] = set()
    for revision in revisions:
        for item in revision.statements:
            for statement in read_statements(item.sql):
                for table, sql, says in _questions(statement):
                    if table not in changed:
                        found.append(RowQuestion(revision.revision_id, item.sql, table, sql, says))
                for node_type in CHANGES:
                    changed |= {_name(node.relation) for node in nodes_of(statement, node_type)}
    return tuple(found)


def _questions(statement: Statement) -> Iterator[tuple[str, str, str]]:
    if statement.kind == "index_stmt" and statement.node.unique and not statement.node.where_clause.WhichOneof("node"):
        columns = [item.index_elem.name for item in statement.node.index_params]
        if all(columns):
            yield _duplicates(_name(statement.node.relation), columns)
    if statement.kind != "alter_table_stmt":
        return
    table = _name(statement.node.relation)
    for command in statement.node.cmds:
        item = command.alter_table_cmd
        kind = enum_name(item, "subtype")
        if kind == "AT_SetNotNull":
            yield _nulls(table, item.name)
        elif kind == "AT_AddConstraint":
            yield from _of_constraint(table, getattr(item, "def").constraint)


def _of_constraint(table: str, constraint: Any) -> Iterator[tuple[str, str, str]]:
    kind = enum_name(constraint, "contype")
    columns = [item.string.sval for item in constraint.keys]
    if kind in {"CONSTR_UNIQUE", "CONSTR_PRIMARY"} and columns:
        yield _duplicates(table, columns)
    elif kind == "CONSTR_CHECK":
        column = column_of_not_null_check(constraint)
        expression = to_sql(constraint.raw_expr)
        if column is not None:
            yield _nulls(table, column)
        elif expression:
            sql = f"SELECT EXISTS (SELECT 1 FROM {table} WHERE NOT ({expression}))"  # noqa: S608 - the statement's own
            yield table, sql, "a row violates the CHECK"
    elif kind == "CONSTR_FOREIGN":
        yield from _orphans(table, constraint)


def _nulls(table: str, column: str) -> tuple[str, str, str]:
    sql = f"SELECT EXISTS (SELECT 1 FROM {table} WHERE {_quoted(column)} IS NULL)"  # noqa: S608 - quoted names
    return table, sql, f"{column} is null in a row of {table}"


def _duplicates(table: str, columns: Sequence[str]) -> tuple[str, str, str]:
    names = ", ".join(_quoted(column) for column in columns)
    filled = " AND ".join(f"{_quoted(column)} IS NOT NULL" for column in columns)
    sql = f"SELECT EXISTS (SELECT 1 FROM {table} WHERE {filled} GROUP BY {names} HAVING count(*) > 1)"  # noqa: S608
    return table, sql, f"{', '.join(columns)} is the same in several rows of {table}"


def _orphans(table: str, constraint: Any) -> Iterator[tuple[str, str, str]]:
    own = [item.string.sval for item in constraint.fk_attrs]
    theirs = [item.string.sval for item in constraint.pk_attrs]
    parent = _name(constraint.pktable)
    if len(own) == 1 and not theirs:
        yield _orphans_of_primary_key(table, own[0], parent)
        return
    if not own or len(own) != len(theirs):
        return  # a primary key of several columns, which the text does not name
    filled = " AND ".join(f"c.{_quoted(column)} IS NOT NULL" for column in own)
    same = " AND ".join(f"p.{_quoted(b)} = c.{_quoted(a)}" for a, b in zip(own, theirs, strict=True))
    sql = f"SELECT EXISTS (SELECT 1 FROM {table} c WHERE {filled} AND NOT EXISTS (SELECT 1 FROM {parent} p WHERE {same}))"  # noqa: S608, E501
    yield table, sql, f"a row of {table} points to no row of {parent}"


def _orphans_of_primary_key(table: str, column: str, parent: str) -> tuple[str, str, str]:
    """`REFERENCES parent` names no column: production itself knows its primary key."""
    literal = "'" + parent.replace("'", "''") + "'"
    key = (
        "SELECT a.attname FROM pg_index i JOIN pg_attribute a ON a.attrelid = i.indrelid "  # noqa: S608 - quoted
        f"AND a.attnum = i.indkey[0] WHERE i.indisprimary AND i.indrelid = {literal}::regclass"
    )
    own = _quoted(column)
    sql = (
        f"SELECT EXISTS (SELECT 1 FROM {table} c WHERE c.{own} IS NOT NULL AND NOT EXISTS "  # noqa: S608
        f"(SELECT 1 FROM {parent} p WHERE to_jsonb(p) ->> ({key}) = c.{own}::text))"
    )
    return table, sql, f"a row of {table} points to no row of {parent}"


def _name(relation: Any) -> str:
    return ".".join(_quoted(part) for part in (relation.schemaname, relation.relname) if part)


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'
