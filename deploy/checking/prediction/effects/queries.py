"""SELECT, INSERT, UPDATE, DELETE, MERGE, COPY, EXPLAIN: weak locks, but rows are read and changed."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from deploy.checking.prediction.effects.draft import Draft, FailedError
from deploy.checking.prediction.effects.volatility import STEADY_FUNCTIONS
from deploy.checking.prediction.schema.objects import Column, Relation
from deploy.checking.prediction.schema.queries import Query, read_query
from deploy.checking.statements import choice, has_option, parts, read_procedure, read_statements, strings
from deploy.model.known_functions import HARMLESS_FUNCTIONS
from deploy.model.locks import LockMode

AS, RS, RX = LockMode.ACCESS_SHARE, LockMode.ROW_SHARE, LockMode.ROW_EXCLUSIVE
SCANNED = frozenset({"table", "materialized view"})
PARTITIONED_INDEXES_ARE_READ_SINCE = 16


def query(draft: Draft, node: Any) -> None:
    """A query that runs."""
    _refuse_new_enum_values(draft, node)
    run(draft, read_query(draft.schema, node), node)


def run(draft: Draft, found: Query, node: Any) -> None:
    """Lock what it names, read what it must read whole, and follow the functions that it calls."""
    for relation, is_recursive in found.reads:
        read(draft, relation, RS if found.is_locking else AS, is_recursive=is_recursive)
    draft.lock_all(found.sequences, RX)
    for relation in _read_whole(found, node):
        draft.scan_one(relation)
    for kind, statement, target in found.writes:
        _write(draft, kind, statement, target)
    _follow_functions(draft, found)


def _refuse_new_enum_values(draft: Draft, node: Any) -> None:
    """A value that this transaction added to an enum cannot be used before COMMIT."""
    fresh = draft.schema.new_enum_values
    if not fresh or not draft.is_in_transaction:
        return
    found = read_query(draft.schema, node)
    relations = [*found.relations, *(target for _, _, target in found.writes)]
    types = {column.user_type for relation in relations for column in relation.columns.values()}
    for kind, part in parts(node):
        value = part.sval.sval if kind == "A_Const" and part.WhichOneof("val") == "sval" else ""
        if value in fresh and fresh[value] in types:
            raise FailedError(f'unsafe use of new value "{value}" of enum type {fresh[value].name}')


def read(draft: Draft, relation: Relation, mode: LockMode, *, is_recursive: bool = True) -> None:
    """Lock a relation that is read, with everything below it or behind it."""
    _lock_for_plan(draft, with_sources(relation.family() if is_recursive else [relation]), mode)


def _lock_for_plan(draft: Draft, relations: Iterable[Relation], mode: LockMode) -> None:
    """Planning opens indexes, since 16 those of partitioned tables too."""
    for relation in relations:
        draft.lock(relation, mode)
        if relation.kind == "partitioned table" and draft.server_major >= PARTITIONED_INDEXES_ARE_READ_SINCE:
            draft.lock_all(relation.indexes, mode)


def with_sources(relations: Iterable[Relation]) -> list[Relation]:
    """These, and what the views among them read."""
    found = dict.fromkeys(relations)
    todo = list(found)
    for relation in todo:
        if relation.kind == "view":
            new = [part for source in relation.uses for part in source.family() if part not in found]
            found.update(dict.fromkeys(new))
            todo.extend(new)
    return list(found)


def _read_whole(found: Query, node: Any) -> Iterable[Relation]:
    """Relations of a query that cannot but read all rows: no WHERE anywhere, or no index that could help."""
    if not _has_condition(node) and not _only_asks_ends(found):
        for relation, is_recursive in found.reads:
            yield from _tables_behind(relation.family() if is_recursive else [relation])
    for kind, statement, target in found.writes:
        if kind in {"update", "delete"} and not _has_condition(statement) and kind not in target.rules.values():
            yield from _tables_behind(target.family() if statement.relation.inh else [target])


def _only_asks_ends(found: Query) -> bool:
    """Whether it asks for the least or greatest value only, which an index answers."""
    called = {name for _, name in found.calls} - {"setval", "coalesce", "nextval", "greatest"}
    return bool(called) and called <= {"max", "min"}


def _has_condition(node: Any) -> bool:
    """Whether something in it may spare rows: WHERE, a join's condition, LIMIT."""
    return any(
        field in part.DESCRIPTOR.fields_by_name and part.HasField(field)
        for kind, part in parts(node) if kind in _WITH_CONDITIONS for field in _CONDITIONS
    )


_WITH_CONDITIONS = frozenset({"SelectStmt", "UpdateStmt", "DeleteStmt", "JoinExpr", "MergeStmt"})
_CONDITIONS = ("where_clause", "quals", "join_condition", "limit_count")


def _tables_behind(relations: Iterable[Relation]) -> list[Relation]:
    return [found for found in with_sources(relations) if found.kind in SCANNED]


def run_query_of_view(draft: Draft, view: Relation) -> None:
    """The query behind a materialized view, as far as it is known."""
    for source in view.uses:
        read(draft, source, AS)
    for relation in _tables_behind(part for source in view.uses for part in source.family()):
        draft.scan_one(relation)


def _write(draft: Draft, kind: str, statement: Any, target: Relation) -> None:
    is_recursive = bool(statement.relation.inh) and kind != "insert"
    family = target.family() if is_recursive else [target]
    draft.lock_all(with_sources(family), RX)
    if kind != "insert":
        _lock_for_plan(draft, family, RX)
    if kind in target.rules.values():
        draft.unknown(f"{target.shown} has rules")
    if target.triggers:
        draft.unknown(f"{target.shown} has triggers")
    if kind == "insert":
        _insert(draft, statement, target)
    elif kind in {"update", "merge"}:
        _check_update(draft, statement, target)
    if kind == "delete" or (kind == "merge" and _deletes(statement)):
        for foreign_key in target.referenced_by:
            draft.lock(foreign_key.table, RS if foreign_key.on_delete in {"a", "r"} else RX)


def _deletes(statement: Any) -> bool:
    """Whether some branch of a MERGE deletes."""
    clauses = (item.merge_when_clause for item in statement.merge_when_clauses)
    return any(choice(clause, "command_type") == "CMD_DELETE" for clause in clauses)


def _insert(draft: Draft, statement: Any, target: Relation) -> None:
    """Defaults ask their sequences, foreign keys their tables."""
    names = [item.res_target.name for item in statement.cols]
    for column in target.columns.values():
        if column.name not in names and (names or not statement.HasField("select_stmt")):
            draft.lock_all(column.default_sequences, RX)
    given = set(names) or set(target.columns)
    for foreign_key in target.foreign_keys():
        if foreign_key.target is not None and _mentions(foreign_key.columns, given):
            draft.lock(foreign_key.target, RS)
    if statement.HasField("on_conflict_clause"):
        _check_update(draft, statement.on_conflict_clause, target)


def _check_update(draft: Draft, statement: Any, target: Relation) -> None:
    changed = {
        item.res_target.name for kind, part in parts(statement)
        if kind in {"UpdateStmt", "OnConflictClause", "MergeWhenClause"} for item in part.target_list
    }
    for foreign_key in target.foreign_keys():
        if foreign_key.target is not None and _mentions(foreign_key.columns, changed):
            draft.lock(foreign_key.target, RS)
    for foreign_key in target.referenced_by:
        if _mentions(foreign_key.target_columns, changed):
            draft.lock(foreign_key.table, RS if foreign_key.on_update in {"a", "r"} else RX)


def _mentions(columns: Iterable[Column], names: set[str]) -> bool:
    return any(column.name in names for column in columns)


def _follow_functions(draft: Draft, found: Query) -> None:
    for place, name in found.calls:
        function = draft.schema.function(place, name)
        if function is None:
            if name not in STEADY_FUNCTIONS and name not in HARMLESS_FUNCTIONS:
                draft.unknown(f"what the function {name} does is not known")
        elif function.volatility == "v":
            _follow(draft, function.name, function.language, function.body)


def _follow(draft: Draft, name: str, language: str, body: str) -> None:
    if language not in {"sql", "plpgsql"} or not body:
        draft.unknown(f"what the function {name} does is not known")
        return
    if language == "plpgsql":
        procedure = read_procedure(body)
        texts, why = procedure.queries, procedure.unknown
    else:
        texts, why = (body,), ""
    if why:
        draft.unknown(f"function {name}: {why}")
    for text in texts:
        for statement in read_statements(text):
            if statement.kind != "select_stmt" or list(statement.node.from_clause):
                draft.inside(statement)


def copy(draft: Draft, node: Any) -> None:
    """COPY of a table or a query."""
    if node.HasField("query"):
        query(draft, node.query)
        return
    relation = draft.schema.assumed_of(node.relation)
    draft.lock(relation, RX if node.is_from else AS)
    if not node.is_from:
        draft.scan_one(relation)
        return
    named = set(strings(node.attlist)) or set(relation.columns)
    for foreign_key in relation.foreign_keys():
        if foreign_key.target is not None and _mentions(foreign_key.columns, named):
            draft.lock(foreign_key.target, RS)


def explain(draft: Draft, node: Any) -> None:
    """EXPLAIN plans only, and runs with ANALYZE."""
    runs = has_option(node.options, "analyze")
    found = read_query(draft.schema, node.query)
    if runs:
        run(draft, found, node.query)
        return
    for relation, is_recursive in found.reads:
        read(draft, relation, AS, is_recursive=is_recursive)
    for _, _, target in found.writes:
        draft.lock_all(target.family(), RX)


def prepare(draft: Draft, node: Any) -> None:
    """PREPARE: what it names is opened."""
    found = read_query(draft.schema, node.query)
    draft.lock_all(found.relations, AS)
    draft.lock_all((target for _, _, target in found.writes), RX)


def declare_cursor(draft: Draft, node: Any) -> None:
    """DECLARE: planned now, run by FETCH."""
    found = read_query(draft.schema, node.query)
    for relation, is_recursive in found.reads:
        read(draft, relation, RS if found.is_locking else AS, is_recursive=is_recursive)


def output_of(node: Any) -> bool:
    """Whether CREATE … AS runs its query."""
    return not node.into.skip_data


def is_matview(node: Any) -> bool:
    """Whether CREATE … AS makes a materialized view."""
    return choice(node, "objtype") == "OBJECT_MATVIEW"
