"""Whether a CHECK already says what a partition's bound says, so that ATTACH need not read the rows.

Best effort for one partition column and comparisons with constants (PartConstraintImpliedByRelConstraint in
PostgreSQL's commands/tablecmds.c proves more).
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from deploy.checking.prediction.schema.objects import Constraint, Relation
from deploy.checking.statements import choice, strings, unwrap

Number = int | float | str
_FLIPPED = {"<": ">", ">": "<", "<=": ">=", ">=": "<=", "=": "="}


def implies_bound(table: Relation, columns: list[str], bound: Any, *, is_inside: bool) -> bool:
    """Whether valid CHECKs put every row inside the bound, or outside of it."""
    if len(columns) != 1:
        return False
    column = table.columns.get(columns[0])
    checks = [c for c in table.constraints.values() if c.kind == "check" and c.is_valid and c.is_enforced]
    is_null_free = column is not None and (
        column.is_not_null or any(column in check.proves_not_null for check in checks)
    )
    if not is_null_free:
        return False
    if bound.strategy == "l":
        return is_inside and _in_list(checks, columns[0], bound)
    lower, upper = _datum(bound.lowerdatums), _datum(bound.upperdatums)
    limits = [limit for check in checks for limit in _comparisons(check.expression, columns[0])]
    at_least = any(op in {">", ">=", "="} and _not_below(value, lower) for op, value in limits)
    below = any(
        (op == "<" and _not_below(upper, value)) or (op in {"<=", "="} and _below(value, upper)) for op, value in limits
    )
    if is_inside:
        return (at_least or lower is None) and (below or upper is None)
    is_under = any((op == "<" and _not_below(lower, v)) or (op in {"<=", "="} and _below(v, lower)) for op, v in limits)
    is_over = any(op in {">", ">=", "="} and _not_below(v, upper) for op, v in limits)
    return is_under or is_over


def _datum(items: Any) -> Number | None:
    """The bound's value; None for MINVALUE, MAXVALUE and what is no constant."""
    return _constant(items[0]) if items else None


def _constant(node: Any) -> Number | None:
    kind, value = unwrap(node)
    if kind == "type_cast":
        return _constant(value.arg)
    if kind != "a_const":
        return None
    which = value.WhichOneof("val")
    if which == "ival":
        return int(value.ival.ival)
    if which == "fval":
        return float(value.fval.fval)
    return str(value.sval.sval) if which == "sval" else None


def _comparable(first: Number | None, second: Number | None) -> bool:
    if first is None or second is None:
        return False
    return isinstance(first, str) == isinstance(second, str)


def _not_below(value: Number | None, limit: Number | None) -> bool:
    return _comparable(value, limit) and not _below(value, limit)


def _below(value: Number | None, limit: Number | None) -> bool:
    if not _comparable(value, limit):
        return False
    return value < limit  # type: ignore[operator]


def _comparisons(expression: Any, column: str) -> Iterator[tuple[str, Number]]:
    """The comparisons of a column with constants that all hold."""
    kind, node = unwrap(expression)
    if kind == "bool_expr" and choice(node, "boolop") == "AND_EXPR":
        for part in node.args:
            yield from _comparisons(part, column)
    elif kind == "a_expr" and choice(node, "kind") == "AEXPR_OP":
        operator = strings(node.name)[-1]
        left, right = _constant(node.lexpr), _constant(node.rexpr)
        if operator in _FLIPPED and _is_column(node.lexpr, column) and right is not None:
            yield operator, right
        elif operator in _FLIPPED and _is_column(node.rexpr, column) and left is not None:
            yield _FLIPPED[operator], left


def _is_column(node: Any, name: str) -> bool:
    kind, found = unwrap(node)
    return kind == "column_ref" and strings(found.fields[-1:])[-1:] == [name]


def _in_list(checks: list[Constraint], column: str, bound: Any) -> bool:
    allowed = {_constant(item) for item in bound.listdatums}
    for check in checks:
        kind, node = unwrap(check.expression)
        if kind != "a_expr" or not _is_column(node.lexpr, column):
            continue
        right_kind, right = unwrap(node.rexpr)
        values = {_constant(item) for item in right.items} if right_kind == "list" else {_constant(node.rexpr)}
        if strings(node.name)[-1:] == ["="] and None not in values and values <= allowed:
            return True
    return False
