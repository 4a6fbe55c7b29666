"""What a query reads and writes: relations, columns, functions.

Best effort: names are not resolved as deep as PostgreSQL does it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from deploy.checking.prediction.schema.indexes import figured_name
from deploy.checking.prediction.schema.objects import Column, Relation
from deploy.checking.prediction.schema.reading import SEQUENCE_FUNCTIONS, sequences_in
from deploy.checking.prediction.schema.schema import SYSTEM_SCHEMAS, Schema
from deploy.checking.statements import parts, unwrap

WRITES = {"InsertStmt": "insert", "UpdateStmt": "update", "DeleteStmt": "delete", "MergeStmt": "merge"}


@dataclass
class Query:
    """One query, its subqueries and CTEs taken together.

    Attributes:
        reads: relations that it reads, by FROM; with whether ONLY was absent.
        writes: the statements inside that write, with their target.
        locked: whether rows are locked (FOR UPDATE and the like).
        outputs: name and, where it is plain, source of each output column.
    """

    reads: list[tuple[Relation, bool]] = field(default_factory=list)
    writes: list[tuple[str, Any, Relation]] = field(default_factory=list)
    columns: set[Column] = field(default_factory=set)
    functions: frozenset[str] = frozenset()
    calls: list[tuple[str, str]] = field(default_factory=list)
    sequences: list[Relation] = field(default_factory=list)
    is_locking: bool = False
    outputs: list[tuple[str, Column | None]] = field(default_factory=list)

    @property
    def relations(self) -> list[Relation]:
        """Those that it reads, each once."""
        return list(dict.fromkeys(relation for relation, _ in self.reads))


@dataclass
class _Names:
    """What was found while walking."""

    ctes: set[str] = field(default_factory=set)
    ranges: list[Any] = field(default_factory=list)
    references: list[list[str]] = field(default_factory=list)
    targets: set[int] = field(default_factory=set)


def read_query(schema: Schema, node: Any) -> Query:
    """Read a SELECT, INSERT, UPDATE, DELETE, MERGE or anything that holds one."""
    query, names = Query(), _Names()
    for kind, part in parts(node):
        _take(schema, query, names, kind, part)
    aliases: dict[str, Relation] = {}
    for item in names.ranges:
        if (not item.schemaname and item.relname in names.ctes) or _key(item) in names.targets:
            continue
        if item.schemaname in SYSTEM_SCHEMAS or (not item.schemaname and item.relname.startswith("pg_")):
            continue
        relation = schema.assumed_of(item)
        query.reads.append((relation, item.inh))
        aliases[item.alias.aliasname if item.HasField("alias") else item.relname] = relation
    for _, item, relation in query.writes:
        aliases.setdefault(item.relation.alias.aliasname or item.relation.relname, relation)
    query.columns = set(_resolved(names.references, aliases))
    query.functions = frozenset(name for _, name in query.calls)
    if not SEQUENCE_FUNCTIONS.isdisjoint(query.functions):
        query.sequences = sequences_in(schema, node)
    query.outputs = _outputs(node, aliases)
    return query


def _take(schema: Schema, query: Query, names: _Names, kind: str, part: Any) -> None:
    if kind == "RangeVar":
        names.ranges.append(part)
    elif kind == "IntoClause":
        names.targets.add(_key(part.rel))
    elif kind == "CommonTableExpr":
        names.ctes.add(part.ctename)
    elif kind == "ColumnRef":
        names.references.append([i.string.sval if i.WhichOneof("node") == "string" else "*" for i in part.fields])
    elif kind == "FuncCall" and part.funcname:
        schema_name = part.funcname[-2].string.sval if len(part.funcname) > 1 else ""
        query.calls.append((schema_name, part.funcname[-1].string.sval))
    elif kind in WRITES:
        names.targets.add(_key(part.relation))
        query.writes.append((WRITES[kind], part, schema.assumed_of(part.relation)))
    elif kind == "LockingClause":
        query.is_locking = True


def _key(range_var: Any) -> int:
    """Tells one mention of a table from another: by its place in the text."""
    return int(range_var.location)


def _resolved(references: list[list[str]], aliases: dict[str, Relation]) -> Iterator[Column]:
    for reference in references:
        *places, name = reference
        sources = [aliases[places[-1]]] if places and places[-1] in aliases else list(aliases.values())
        for source in sources:
            if name == "*":
                yield from source.columns.values()
            elif name in source.columns:
                yield source.columns[name]


def _outputs(node: Any, aliases: dict[str, Relation]) -> list[tuple[str, Column | None]]:
    kind, select = unwrap(node) if "node" in node.DESCRIPTOR.oneofs_by_name else ("", node)
    while kind == "select_stmt" and not select.target_list and select.HasField("larg"):
        select = select.larg
    found: list[tuple[str, Column | None]] = []
    for item in getattr(select, "target_list", ()):
        target = item.res_target
        value_kind, value = unwrap(target.val)
        if value_kind != "column_ref":
            found.append((target.name or figured_name(target.val) or "?column?", None))
            continue
        reference = [i.string.sval if i.WhichOneof("node") == "string" else "*" for i in value.fields]
        columns = list(_resolved([reference], aliases))
        if reference[-1] == "*":
            found += [(column.name, column) for column in columns]
        else:
            found.append((target.name or reference[-1], columns[0] if len(columns) == 1 else None))
    return found
