"""Conditions that exclude no row."""

from __future__ import annotations

from typing import Any

from deploy.checking.statements.nodes import choice


def is_always_true(condition: Any) -> bool:
    """No condition, `true`, or `1 = 1`."""
    kind = condition.WhichOneof("node")
    if kind is None:
        return True
    if kind == "a_const":
        return bool(condition.a_const.boolval.boolval)
    if kind == "a_expr" and choice(condition.a_expr, "kind") == "AEXPR_OP":
        names = [item.string.sval for item in condition.a_expr.name]
        return names == ["="] and _alike(condition.a_expr.lexpr, condition.a_expr.rexpr)
    if kind == "bool_expr" and choice(condition.bool_expr, "boolop") == "AND_EXPR":
        return all(is_always_true(part) for part in condition.bool_expr.args)
    if kind == "bool_expr" and choice(condition.bool_expr, "boolop") == "OR_EXPR":
        return any(is_always_true(part) for part in condition.bool_expr.args)
    return False


def _alike(left: Any, right: Any) -> bool:
    if left.WhichOneof("node") != right.WhichOneof("node") or left.WhichOneof("node") != "a_const":
        return False
    return _without_place(left.a_const) == _without_place(right.a_const)


def _without_place(constant: Any) -> bytes:
    copied = type(constant)()
    copied.CopyFrom(constant)
    copied.location = 0
    return bytes(copied.SerializeToString())
