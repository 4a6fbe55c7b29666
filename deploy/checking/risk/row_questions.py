"""Statements that fail on rows which are already there, as questions to production (hazards C15, K10)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from deploy.checking.risk.evidence import PendingRevision
from deploy.checking.statements import Statement, read_statements
from deploy.checking.statements.commands import AddConstraint, SetNotNull
from deploy.checking.statements.constraints import Check, Constraint, ForeignKey, PrimaryKey, Unique
from deploy.checking.statements.values import Relation
from deploy.checking.statements.views import AlterTable, CreateIndex
from deploy.model.row_question import RowQuestion


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
                changed |= {_name(change.relation) for change in statement.row_changes}
    return tuple(found)


def _questions(statement: Statement) -> Iterator[tuple[str, str, str]]:
    view = statement.view
    if isinstance(view, CreateIndex) and view.is_unique and view.where is None and all(view.columns):
        yield _duplicates(_name(view.relation), view.columns)
    if not isinstance(view, AlterTable):
        return
    table = _name(view.relation)
    for command in view.commands:
        if isinstance(command, SetNotNull):
            yield _nulls(table, command.name)
        elif isinstance(command, AddConstraint):
            yield from _of_constraint(table, command.constraint)


def _of_constraint(table: str, constraint: Constraint) -> Iterator[tuple[str, str, str]]:
    if isinstance(constraint, Unique | PrimaryKey) and constraint.columns:
        yield _duplicates(table, constraint.columns)
    elif isinstance(constraint, Check) and constraint.condition is not None:
        condition = constraint.condition
        if condition.not_null_column is not None:
            yield _nulls(table, condition.not_null_column)
        elif condition.sql:
            sql = f"SELECT EXISTS (SELECT 1 FROM {table} WHERE NOT ({condition.sql}))"  # noqa: S608 - its own text
            yield table, sql, "a row violates the CHECK"
    elif isinstance(constraint, ForeignKey):
        yield from _orphans(table, constraint)


def _nulls(table: str, column: str) -> tuple[str, str, str]:
    sql = f"SELECT EXISTS (SELECT 1 FROM {table} WHERE {_quoted(column)} IS NULL)"  # noqa: S608 - quoted names
    return table, sql, f"{column} is null in a row of {table}"


def _duplicates(table: str, columns: Sequence[str]) -> tuple[str, str, str]:
    names = ", ".join(_quoted(column) for column in columns)
    filled = " AND ".join(f"{_quoted(column)} IS NOT NULL" for column in columns)
    sql = f"SELECT EXISTS (SELECT 1 FROM {table} WHERE {filled} GROUP BY {names} HAVING count(*) > 1)"  # noqa: S608
    return table, sql, f"{', '.join(columns)} is the same in several rows of {table}"


def _orphans(table: str, link: ForeignKey) -> Iterator[tuple[str, str, str]]:
    own, theirs, parent = link.columns, link.target_columns, _name(link.target)
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


def _name(relation: Relation) -> str:
    return ".".join(_quoted(part) for part in (relation.schema, relation.name) if part)


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'
