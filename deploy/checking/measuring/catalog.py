"""Asks the scratch server's catalog what stands around a statement, before it runs."""

from __future__ import annotations

import json
import re
from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import replace
from importlib.resources import files
from typing import Any

import asyncpg

from deploy.checking.measuring.relations import KINDS
from deploy.model.catalog_look import (
    CatalogLook,
    LookColumn,
    LookConstraint,
    LookFunction,
    LookIndex,
    LookRelation,
    LookType,
)
from deploy.model.trace import StatementShape

Ask = Callable[[str], Awaitable[Any]]

_QUESTION = files("deploy.checking.measuring").joinpath("catalog_look.sql").read_text(encoding="utf-8")
# A body's words are compared with every function's name: more than it calls is told, never less.
_FUNCTIONS = """WITH RECURSIVE functions AS (
    SELECT f.oid, f.pronamespace, f.proname, f.prolang, f.provolatile, f.prosrc,
           f.pronamespace <> 'pg_catalog'::pg_catalog.regnamespace AND NOT EXISTS (
             SELECT FROM pg_catalog.pg_depend d WHERE d.deptype = 'e' AND d.objid = f.oid
                AND d.classid = 'pg_catalog.pg_proc'::pg_catalog.regclass) AS is_own
      FROM pg_catalog.pg_proc f
), called AS (
    SELECT functions.* FROM pg_catalog.json_array_elements_text({names}::pg_catalog.json) AS given (name)
      JOIN functions ON proname = given.name::pg_catalog.name
    UNION
    SELECT inner_one.* FROM called JOIN functions inner_one
        ON called.is_own AND pg_catalog.strpos(pg_catalog.lower(called.prosrc), inner_one.proname::pg_catalog.text) > 0
)
SELECT coalesce(pg_catalog.json_agg(pg_catalog.json_build_array(
         n.nspname, c.proname, c.is_own, l.lanname, c.provolatile,
         CASE WHEN c.is_own AND l.lanname IN ('sql', 'plpgsql') THEN c.prosrc ELSE '' END)), '[]')::pg_catalog.text
  FROM called c JOIN pg_catalog.pg_namespace n ON n.oid = c.pronamespace
  JOIN pg_catalog.pg_language l ON l.oid = c.prolang"""
_CONSTRAINT_KINDS = {"c": "check", "f": "foreign", "p": "primary", "u": "unique", "x": "exclude"}
_TYPE_KINDS = {"d": "domain", "e": "enum", "r": "range"}
_MODIFIERS = re.compile(r"\((-?\d+(?:,-?\d+)*)\)")
FULL_PRECISION = 0xFFFF  # of an interval whose precision was not written


async def look_around(ask: Ask, shape: StatementShape) -> CatalogLook:
    """What the catalog holds of everything that the statement names.

    Args:
        ask: runs a question on the watched session and gives the JSON that it answers.
    """
    look = CatalogLook(())
    if shape.names:
        question = _QUESTION.format(names=_as_json(shape.names), follows="true" if shape.follows_links else "false")
        look = read_look(await ask(question))
    if shape.calls:
        rows = await ask(_FUNCTIONS.format(names=_as_json(shape.calls)))
        look = replace(look, functions=tuple(LookFunction(*row) for row in rows))
    return look


async def can_look_around(ask: Ask) -> bool:
    """Whether this server answers; a question that fails would end the transaction of the migration that is watched."""
    try:
        await look_around(ask, StatementShape(names=("surefoot",), calls=("surefoot",)))
    except asyncpg.PostgresError:
        return False
    return True


def _as_json(names: Iterable[str]) -> str:
    """A JSON array as a literal that reads the same whatever standard_conforming_strings says."""
    text = json.dumps(list(names)).replace("%", "\\u0025")
    return "E'" + text.replace("\\", "\\\\").replace("'", "''") + "'"


def read_look(raw: Mapping[str, Any]) -> CatalogLook:
    """The answer to catalog_look.sql."""
    columns: dict[int, list[LookColumn]] = {}
    for oid, *column in raw["columns"] or ():
        columns.setdefault(oid, []).append(_column(*column))
    return CatalogLook(
        tuple(raw["search_path"]),
        tuple(
            LookRelation(
                oid, schema, name, KINDS[kind], tuple(columns.get(oid, ())), tuple(key or ()), tuple(parents or ()),
                is_default,
            )
            for oid, schema, name, kind, key, parents, is_default in raw["relations"] or ()
        ),
        tuple(
            LookConstraint(
                table, name, _CONSTRAINT_KINDS[kind], tuple(own or ()), target, tuple(others or ()), on_delete.strip(),
                on_update.strip(),
            )
            for table, name, kind, own, target, others, on_delete, on_update in raw["constraints"] or ()
        ),
        tuple(
            LookIndex(oid, table, schema, name, tuple(key or ()), method, is_unique, has_predicate)
            for oid, table, schema, name, key, method, is_unique, has_predicate in raw["indexes"] or ()
        ),
        tuple(
            LookType(schema, name, _TYPE_KINDS[kind], base or "", has_constraints)
            for schema, name, kind, base, has_constraints in raw["types"] or ()
        ),
    )


def _column(
    name: str, type_name: str, written: str, number: int, is_array: bool, is_own_type: bool, is_not_null: bool,
    is_not_null_valid: bool,
) -> LookColumn:
    return LookColumn(
        name, type_name, _modifiers(type_name, written, number), is_array, is_own_type, is_not_null, is_not_null_valid
    )


def _modifiers(type_name: str, written: str, number: int) -> tuple[int, ...]:
    """The numbers of a type as the grammar reads them: `varchar(50)`; of an interval its fields and its precision."""
    if number < 0:
        return ()
    if type_name == "interval":
        fields, precision = number >> 16, number & FULL_PRECISION
        return (fields,) if precision == FULL_PRECISION else (fields, precision)
    found = _MODIFIERS.search(written)
    return tuple(int(part) for part in found[1].split(",")) if found else ()
