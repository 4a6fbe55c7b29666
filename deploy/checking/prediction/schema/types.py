"""Domains, enums and other types; functions."""

from __future__ import annotations

from typing import Any

from deploy.checking.prediction.schema.objects import Function, UserType
from deploy.checking.prediction.schema.reading import type_of, user_type_of
from deploy.checking.prediction.schema.schema import Schema
from deploy.checking.statements import choice, strings

_STRENGTH = {"i": 0, "s": 1, "v": 2}


def _add(schema: Schema, names: list[str], kind: str) -> UserType:
    key = schema.new_key(names[-2] if len(names) > 1 else "", names[-1])
    made = schema.types[key] = UserType(*key, kind, schema.label)
    return made


def create_enum(schema: Schema, node: Any) -> None:
    """CREATE TYPE … AS ENUM."""
    _add(schema, strings(node.type_name), "enum")


def alter_enum(schema: Schema, node: Any) -> None:
    """ALTER TYPE … ADD VALUE: the new value cannot be used before COMMIT, unless the type is as new."""
    names = strings(node.type_name)
    enum = schema.user_type(names[-2] if len(names) > 1 else "", names[-1])
    if enum is not None and not node.old_val and (enum.created_in is None or enum.created_in != schema.label):
        schema.new_enum_values[node.new_val] = enum


def create_range(schema: Schema, node: Any) -> None:
    """CREATE TYPE … AS RANGE."""
    _add(schema, strings(node.type_name), "range")


def create_composite(schema: Schema, node: Any) -> None:
    """CREATE TYPE … AS (…)."""
    names = [name for name in (node.typevar.schemaname, node.typevar.relname) if name]
    _add(schema, names, "composite")


def define(schema: Schema, node: Any) -> None:
    """CREATE TYPE of a base type, CREATE AGGREGATE and the like."""
    kind = choice(node, "kind")
    if kind == "OBJECT_TYPE":
        _add(schema, strings(node.defnames), "base")
    elif kind == "OBJECT_AGGREGATE":
        _add_function(schema, strings(node.defnames), "internal", "i", "")


def create_domain(schema: Schema, node: Any) -> None:
    """CREATE DOMAIN."""
    base = type_of(node.type_name)
    base_user_type = user_type_of(schema, base)  # looked up before: a domain is not its own base
    domain = _add(schema, strings(node.domainname), "domain")
    domain.base, domain.base_user_type = base, base_user_type
    for item in node.constraints:
        _add_domain_constraint(domain, item.constraint)


def _add_domain_constraint(domain: UserType, constraint: Any) -> None:
    kind = choice(constraint, "contype")
    if kind == "CONSTR_CHECK":
        domain.checks.add(constraint.conname or f"{domain.name}_check{len(domain.checks) or ''}")
    elif kind == "CONSTR_NOTNULL":
        domain.is_not_null = True


def alter_domain(schema: Schema, node: Any) -> None:
    """ALTER DOMAIN. The grammar's letters: C and X add and drop a constraint, O and N are SET and DROP NOT NULL."""
    names = strings(node.type_name)
    domain = schema.user_type(names[-2] if len(names) > 1 else "", names[-1])
    if domain is None:
        return
    if node.subtype == "C":
        _add_domain_constraint(domain, getattr(node, "def").constraint)
    elif node.subtype == "X":
        domain.checks.discard(node.name)
    elif node.subtype in {"O", "N"}:
        domain.is_not_null = node.subtype == "O"


def create_function(schema: Schema, node: Any) -> None:
    """CREATE FUNCTION or PROCEDURE."""
    options = {item.def_elem.defname: item.def_elem.arg for item in node.options}
    language = options["language"].string.sval.lower() if "language" in options else "sql"
    volatility = options["volatility"].string.sval[:1] if "volatility" in options else "v"
    body = strings(options["as"].list.items)[-1] if "as" in options else ""
    _add_function(schema, strings(node.funcname), language, volatility, body).arguments = _arguments(node.parameters)


# How object identities write types; the grammar has their internal names.
_WRITTEN = {
    "int4": "integer", "int8": "bigint", "int2": "smallint", "bool": "boolean", "varchar": "character varying",
    "float8": "double precision", "float4": "real", "timestamptz": "timestamp with time zone",
    "timestamp": "timestamp without time zone", "bpchar": "character",
}


def _arguments(parameters: Any) -> str:
    """The input types, `integer,text`."""
    types = []
    for item in parameters:
        parameter = item.function_parameter
        if choice(parameter, "mode") in {"FUNC_PARAM_OUT", "FUNC_PARAM_TABLE"}:
            continue
        found = type_of(parameter.arg_type)
        written = _WRITTEN.get(found.name, f"{found.schema}.{found.name}" if found.schema else found.name)
        types.append(written + ("[]" if found.is_array else ""))
    return ",".join(types)


def _add_function(schema: Schema, names: list[str], language: str, volatility: str, body: str) -> Function:
    key = schema.new_key(names[-2] if len(names) > 1 else "", names[-1])
    old = schema.functions.get(key)
    label = old.created_in if old else schema.label
    if old is not None and _STRENGTH.get(old.volatility, 2) > _STRENGTH.get(volatility, 2):
        body = old.body if old.body != body else body
    made = schema.functions[key] = Function(*key, language, volatility, body, label)
    return made
