"""Write the table of docs/commands/json.md and the JSON Schemas in docs/json, from the typed documents.

With --check: say whether they are what the documents say.
"""

from __future__ import annotations

import json
import re
import sys
from pathlib import Path
from types import UnionType
from typing import Any, get_args, get_origin

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from pydantic import ConfigDict, TypeAdapter  # noqa: E402 - the path first
from typing_extensions import get_type_hints, is_typeddict  # noqa: E402

from deploy.cli.documents import DOCUMENTS  # noqa: E402
from deploy.cli.render import SCHEMA  # noqa: E402

PAGE, SCHEMAS = ROOT / "docs" / "commands" / "json.md", ROOT / "docs" / "json"
BEGIN, END = "<!-- written by `make docs` -->", "<!-- until here -->"


def main() -> int:
    """0; with --check, 1 where something differs."""
    wanted = files()
    if "--check" not in sys.argv[1:]:
        SCHEMAS.mkdir(exist_ok=True)
        for path in set(SCHEMAS.glob("*.json")) - set(wanted):
            path.unlink()
        for path, text in wanted.items():
            path.write_text(text, encoding="utf-8")
        return 0
    there = {path: path.read_text(encoding="utf-8") for path in (*SCHEMAS.glob("*.json"), PAGE)}
    differing = sorted(str(path.relative_to(ROOT)) for path in {*wanted, *there} if wanted.get(path) != there.get(path))
    for name in differing:
        print(f"{name} is not what the documents say: make docs", file=sys.stderr)
    return 1 if differing else 0


def files() -> dict[Path, str]:
    """What each file should hold."""
    before, _, rest = PAGE.read_text(encoding="utf-8").partition(BEGIN)
    after = rest.partition(END)[2]
    found = {PAGE: f"{before}{BEGIN}\n\n{table()}\n{END}{after}"}
    for typed, document in DOCUMENTS.items():
        text = json.dumps(schema_of(typed, document), indent=2, sort_keys=True)
        found[SCHEMAS / f"{file_name(document)}.json"] = text + "\n"
    return found


def table() -> str:
    """One row a command: its fields beside `schema`, and its schema."""
    rows = ["| command | fields beside `schema` | JSON Schema |", "|---|---|---|"]
    for typed, document in DOCUMENTS.items():
        name = file_name(document)
        # Where it begins with the command's name, that stands in the first column.
        says = re.sub(r"^`[^.;:]*[.;:] ?", "", " ".join((document.__doc__ or "").split()))
        rows.append(f"| {typed} | {says}{' ' if says else ''}{_fields(document)} | [{name}](../json/{name}.json) |")
    return "\n".join(rows)


def _fields(document: type) -> str:
    hints = get_type_hints(document)
    return ", ".join(f"`{name}`{_inner(hint)}" for name, hint in hints.items())


def _inner(hint: Any) -> str:
    """The fields of a value that is an object of ours, or a list of such, one level deep."""
    found = next((part for part in _parts(hint) if is_typeddict(part)), None)
    if found is None:
        return ""
    return f" ({', '.join(f'`{name}`' for name in get_type_hints(found))})"


def _parts(hint: Any) -> list[Any]:
    if get_origin(hint) in {list, UnionType, dict}:
        return [inner for part in get_args(hint) for inner in _parts(part)]
    return [hint]


def schema_of(typed: str, document: type) -> dict[str, Any]:
    """The JSON Schema of a command's whole document."""
    found = adapter_of(document).json_schema()
    found["title"] = typed.replace("`", "")
    found["description"] = " ".join((document.__doc__ or "").split())
    found["properties"] = {"schema": {"const": SCHEMA}, **found["properties"]}
    found["required"] = ["schema", *found["required"]]
    return found


def adapter_of(document: type) -> TypeAdapter[Any]:
    """Strict, and closed: a field that it does not name is a mistake."""
    _close(document)
    return TypeAdapter(document)


def _close(document: type) -> None:
    document.__pydantic_config__ = ConfigDict(extra="forbid")  # type: ignore[attr-defined]
    for hint in get_type_hints(document).values():
        for part in _parts(hint):
            if is_typeddict(part) and "__pydantic_config__" not in vars(part):
                _close(part)


def file_name(document: type) -> str:
    """`StatusDocument` -> `status`."""
    return re.sub(r"(?<=[a-z])(?=[A-Z])", "-", document.__name__.removesuffix("Document")).lower()


if __name__ == "__main__":
    sys.exit(main())
