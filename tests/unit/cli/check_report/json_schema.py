"""As much of JSON Schema as docs/check-report.schema.json uses; jsonschema itself is asked too where it is there."""

from __future__ import annotations

from typing import Any

TYPES: dict[str, tuple[type, ...]] = {
    "object": (dict,), "array": (list,), "string": (str,), "integer": (int,), "number": (int, float),
    "boolean": (bool,), "null": (type(None),),
}
KNOWN = {
    "$schema", "$id", "$defs", "title", "description", "type", "properties", "required", "items", "enum", "const",
    "minimum", "anyOf", "$ref", "additionalProperties", "uniqueItems",
}


def problems(value: Any, schema: dict[str, Any], root: dict[str, Any], at: str = "$") -> list[str]:
    """What is wrong; also keys that the schema does not name."""
    assert set(schema) <= KNOWN, f"{at}: this test does not know {set(schema) - KNOWN}"
    if "$ref" in schema:
        return problems(value, root["$defs"][schema["$ref"].rsplit("/", 1)[-1]], root, at)
    if "anyOf" in schema:
        return [] if any(not problems(value, one, root, at) for one in schema["anyOf"]) else [f"{at}: fits none"]
    found = _of_value(value, schema, at)
    if isinstance(value, dict) and not found:
        found += _of_keys(value, schema, root, at)
    if isinstance(value, list):
        found += [p for n, item in enumerate(value) for p in problems(item, schema["items"], root, f"{at}[{n}]")]
    return found


def _of_value(value: Any, schema: dict[str, Any], at: str) -> list[str]:
    if "const" in schema and value != schema["const"]:
        return [f"{at}: {value!r} is not {schema['const']!r}"]
    if "enum" in schema and value not in schema["enum"]:
        return [f"{at}: {value!r} is none of {schema['enum']}"]
    names = schema.get("type", [])
    wanted = tuple(t for name in ([names] if isinstance(names, str) else names) for t in TYPES[name])
    if wanted and (not isinstance(value, wanted) or (isinstance(value, bool) and bool not in wanted)):
        return [f"{at}: {value!r} is no {names}"]
    if "minimum" in schema and value is not None and value < schema["minimum"]:
        return [f"{at}: {value!r} is under {schema['minimum']}"]
    return []


def _of_keys(value: dict[str, Any], schema: dict[str, Any], root: dict[str, Any], at: str) -> list[str]:
    found = [f"{at}: {name} is missing" for name in schema.get("required", []) if name not in value]
    for name, item in value.items():
        inner = schema.get("properties", {}).get(name) or schema.get("additionalProperties")
        found += problems(item, inner, root, f"{at}.{name}") if inner else [f"{at}: {name} is not in the schema"]
    return found
