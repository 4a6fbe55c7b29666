"""The parser's columns and constraints, made into ours."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from deploy.checking.statements import constraints as made
from deploy.checking.statements.nodes import choice, strings
from deploy.checking.statements.partitions import PartitionBound
from deploy.checking.statements.values import ColumnType, Expression, Relation

_ACTIONS = {"c": "CASCADE", "n": "SET NULL", "d": "SET DEFAULT", "r": "RESTRICT"}
_STRATEGIES = {"r": "range", "l": "list", "h": "hash"}


def relation_of(node: Any) -> Relation:
    """Of a RangeVar."""
    is_temporary = node.relpersistence == "t" or node.schemaname == "pg_temp"
    return Relation(node.relname, node.schemaname, is_only=not node.inh, is_temporary=is_temporary)


def expression_of(node: Any) -> Expression | None:
    """Of a Node; None where it holds nothing."""
    return Expression(node) if node.WhichOneof("node") is not None else None


def type_of(node: Any) -> ColumnType:
    """Of a TypeName."""
    modifiers = tuple(item.a_const.ival.ival for item in node.typmods)
    return ColumnType(tuple(strings(node.names)), modifiers, len(node.array_bounds), node)


def column_of(node: Any) -> made.Column:
    """Of a ColumnDef."""
    found = constraints_of(item.constraint for item in node.constraints)
    return made.Column(node.colname, type_of(node.type_name), found, node)


def constraints_of(items: Iterable[Any]) -> tuple[made.Constraint, ...]:
    """Those that are some."""
    found = (constraint_of(item) for item in items)
    return tuple(item for item in found if item is not None)


def constraint_of(node: Any) -> made.Constraint | None:
    """Of a Constraint; None for what the grammar only calls so: NULL, DEFERRABLE beside a column."""
    read = _READERS.get(choice(node, "contype"))
    return read(node) if read is not None else None


def bound_of(node: Any) -> PartitionBound:
    """Of a PartitionBoundSpec."""
    return PartitionBound(
        strategy=_STRATEGIES.get(node.strategy, ""),
        low=_values(node.lowerdatums),
        high=_values(node.upperdatums),
        values=_values(node.listdatums),
        modulus=node.modulus,
        remainder=node.remainder,
        is_default=node.is_default,
    )


def _values(items: Iterable[Any]) -> tuple[Expression, ...]:
    return tuple(Expression(item) for item in items)


def _check(node: Any) -> made.Check:
    return made.Check(
        name=node.conname,
        is_not_valid=node.skip_validation,
        is_enforced=node.is_enforced,
        condition=expression_of(node.raw_expr),
        is_no_inherit=node.is_no_inherit,
    )


def _foreign_key(node: Any) -> made.ForeignKey:
    return made.ForeignKey(
        name=node.conname,
        columns=tuple(strings(node.fk_attrs)),
        is_not_valid=node.skip_validation,
        is_enforced=node.is_enforced,
        target=relation_of(node.pktable),
        target_columns=tuple(strings(node.pk_attrs)),
        on_delete=_ACTIONS.get(node.fk_del_action, ""),
        on_update=_ACTIONS.get(node.fk_upd_action, ""),
        is_match_simple=node.fk_matchtype in {"", "s"},
        set_columns=tuple(strings(node.fk_del_set_cols)),
        is_deferrable=node.deferrable,
        is_deferred=node.initdeferred,
    )


def _not_null(node: Any) -> made.NotNull:
    return made.NotNull(name=node.conname, columns=tuple(strings(node.keys)), is_not_valid=node.skip_validation)


def _unique(node: Any) -> made.Unique:
    return made.Unique(name=node.conname, columns=tuple(strings(node.keys)), index_name=node.indexname)


def _primary_key(node: Any) -> made.PrimaryKey:
    return made.PrimaryKey(name=node.conname, columns=tuple(strings(node.keys)), index_name=node.indexname)


def _exclude(node: Any) -> made.Exclude:
    return made.Exclude(name=node.conname)


def _default(node: Any) -> made.Default:
    return made.Default(name=node.conname, value=expression_of(node.raw_expr))


def _generated(node: Any) -> made.Generated:
    value, is_virtual = expression_of(node.raw_expr), node.generated_kind == "v"
    return made.Generated(name=node.conname, value=value, is_virtual=is_virtual)


def _identity(node: Any) -> made.Identity:
    return made.Identity(name=node.conname)


_READERS: Mapping[str, Callable[[Any], made.Constraint]] = {
    "CONSTR_CHECK": _check,
    "CONSTR_FOREIGN": _foreign_key,
    "CONSTR_NOTNULL": _not_null,
    "CONSTR_UNIQUE": _unique,
    "CONSTR_PRIMARY": _primary_key,
    "CONSTR_EXCLUSION": _exclude,
    "CONSTR_DEFAULT": _default,
    "CONSTR_GENERATED": _generated,
    "CONSTR_IDENTITY": _identity,
}
